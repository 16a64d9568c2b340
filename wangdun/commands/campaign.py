"""``wangdun campaign``: special campaigns, who reports what, the results form, drafts of reports."""

from __future__ import annotations

from pathlib import Path

import click

from wangdun.campaign_view import (
    acting,
    by_option,
    campaign_argument,
    campaign_facts,
    force_option,
    known,
    standing_facts,
    store,
    today,
    write,
)
from wangdun.cli import Group, Invocation, json_option
from wangdun.commands import campaign_papers, campaign_reports
from wangdun.exceptions import UsageError
from wangdun.output import one_line, print_json, print_line, print_table

_file = click.option("-f", "--file", "path", metavar="文件", type=click.Path(path_type=Path), help="行动计划（YAML）")


@click.group(cls=Group)
def command() -> None:
    """专项行动：计划、报送、成果表、报告。"""


for _one in (
    campaign_reports.report,
    campaign_reports.missing,
    campaign_reports.remind,
    campaign_reports.figure,
    campaign_papers.results,
    campaign_papers.draft,
):
    command.add_command(_one)


@command.command("new")
@_file
@click.option("--example", is_flag=True, help="打印一份计划示例，不新建")
@by_option
@json_option
@click.pass_obj
def new(invocation: Invocation, *, path: Path | None, example: bool, by: str | None, as_json: bool) -> None:
    """按计划文件新建专项行动。"""
    from storage.referral import campaigns
    from wangdun import campaign_file

    if example:
        print_line(campaign_file.EXAMPLE.rstrip())
        return
    plan = campaign_file.read(_given(path))
    with store(invocation) as (_, db, now):
        made = campaigns.create(db, plan, acting(db, by), now)
    if as_json:
        print_json(campaign_facts(made))
        return
    print_line(
        f"已新建专项行动 {made.id}“{made.name}”：{len(made.stages)} 个阶段、{len(made.units)} 个填报单位、{len(made.dues)} 项报送"
    )


def _given(path: Path | None) -> Path:
    if path is None:
        raise UsageError("请用 -f 写明计划文件；用 wangdun campaign new --example 看示例")
    return path


@command.command("change")
@campaign_argument
@_file
@click.option("--write", "target", metavar="文件", type=click.Path(path_type=Path), help="把现在的计划写到文件，供修改")
@force_option
@by_option
@json_option
@click.pass_obj
def change(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    campaign: str,
    path: Path | None,
    target: Path | None,
    force: bool,
    by: str | None,
    as_json: bool,
) -> None:
    """按改过的计划文件修改。计划中去掉的单位不再要求报送，已有数据保留。"""
    import yaml

    from storage.referral import campaigns
    from wangdun import campaign_file

    with store(invocation) as (_, db, now):
        found = known(db, campaign)
        if target is not None:
            text = yaml.safe_dump(campaign_file.written(found), allow_unicode=True, sort_keys=False)
            write(target, text.encode("utf-8", "replace"), force=force)
            print_line(f"已写出 {target}；改好后用 wangdun campaign change {found.id} -f {target}")
            return
        made = campaigns.change(db, found.id, campaign_file.read(_given(path)), acting(db, by), now)
    if as_json:
        print_json(campaign_facts(made))
        return
    print_line(f"已修改专项行动 {made.id}“{made.name}”")


@command.command("list")
@click.option("--open", "open_only", is_flag=True, help="只列未关闭的")
@json_option
@click.pass_obj
def list_(invocation: Invocation, *, open_only: bool, as_json: bool) -> None:
    """全部专项行动，最新的在前。"""
    from storage.referral import campaigns

    with store(invocation) as (_, db, now):
        found = campaigns.everyone(db, open_only=open_only)
    if as_json:
        print_json([campaign_facts(one) for one in found])
        return
    if not found:
        print_line("还没有专项行动，用 wangdun campaign new --example 看怎样新建")
        return
    day = today(now)
    rows = []
    for one in found:
        stage = one.stage_on(day)
        state = "已关闭" if one.closed_at else stage.name if stage else "进行中" if day <= one.ends_on else "已到期"
        units = sum(unit.left_at is None for unit in one.units)
        rows.append((str(one.id), one_line(one.name), f"{one.starts_on} 至 {one.ends_on}", state, str(units)))
    print_table(("编号", "名称", "起止", "状态", "填报单位"), rows)


@command.command("show")
@campaign_argument
@json_option
@click.pass_obj
def show(invocation: Invocation, *, campaign: str, as_json: bool) -> None:
    """一个专项行动：阶段、报送事项和各单位报送情况。"""
    from storage.referral import reporting

    with store(invocation) as (_, db, now):
        found = known(db, campaign)
        standings = reporting.standings(db, found.id, today(now))
    if as_json:
        print_json(campaign_facts(found) | {"standings": [standing_facts(one) for one in standings]})
        return
    print_line(
        f"{found.id}　{found.name}　{found.starts_on} 至 {found.ends_on}" + ("（已关闭）" if found.closed_at else "")
    )
    if found.basis:
        print_line(f"依据：{found.basis}")
    for name, said in found.facts.items():
        print_line(f"{name}：{said}")
    print_table(("阶段", "起", "止"), [(one.name, str(one.starts_on), str(one.ends_on)) for one in found.stages])
    campaign_reports.print_standings(found, standings)


@command.command("units")
@campaign_argument
@json_option
@click.pass_obj
def units(invocation: Invocation, *, campaign: str, as_json: bool) -> None:
    """填报单位和联系人。"""
    from storage.referral.campaign_records import UNIT_KINDS

    with store(invocation) as (_, db, _now):
        found = known(db, campaign)
    if as_json:
        facts = ("id", "name", "kind", "contact")
        print_json([{name: getattr(one, name) for name in facts} | {"left": bool(one.left_at)} for one in found.units])
        return
    rows = [
        (
            one_line(one.name),
            UNIT_KINDS.get(one.kind, one.kind),
            one_line(one.contact),
            "不再报送" if one.left_at else "",
        )
        for one in found.units
    ]
    print_table(("单位", "种类", "联系人", "说明"), rows)


@command.command("close")
@campaign_argument
@click.option("--reopen", is_flag=True, help="取消关闭")
@by_option
@click.pass_obj
def close(invocation: Invocation, *, campaign: str, reopen: bool, by: str | None) -> None:
    """关闭：不再提醒、不能再改；办理结果仍可录入。"""
    from storage.referral import campaigns

    with store(invocation) as (_, db, now):
        found = known(db, campaign)
        act = campaigns.reopen if reopen else campaigns.close
        act(db, found.id, acting(db, by), now)
    print_line(f"{'已重新打开' if reopen else '已关闭'}专项行动“{found.name}”")
