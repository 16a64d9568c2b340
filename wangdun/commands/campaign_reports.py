"""``wangdun campaign report | missing | remind | figure``: what units hand in, and figures that only people know."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import click

from wangdun.campaign_view import (
    acting,
    by_option,
    campaign_argument,
    day_of,
    due_of,
    known,
    standing_facts,
    store,
    today,
    unit_of,
)
from wangdun.cli import Command, Invocation, json_option
from wangdun.exceptions import UsageError
from wangdun.output import one_line, print_json, print_line, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.referral.campaign_records import Campaign, Figure, Standing


@click.command("report", cls=Command)
@campaign_argument
@click.argument("unit", metavar="单位")
@click.argument("due", metavar="事项")
@click.option("--on", "day", metavar="日期", help="收到的日期，默认今天")
@click.option("--paper", is_flag=True, help="收到纸质件")
@click.option("--no-electronic", is_flag=True, help="没有收到电子件")
@click.option("--zero", is_flag=True, help="零报告")
@click.option("--withdraw", "mistake", metavar="原因", help="撤销登记（登记错了）")
@click.option("--note", default="", metavar="文字", help="备注")
@by_option
@json_option
@click.pass_obj
def report(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    campaign: str,
    unit: str,
    due: str,
    day: str | None,
    paper: bool,
    no_electronic: bool,
    zero: bool,
    mistake: str | None,
    note: str,
    by: str | None,
    as_json: bool,
) -> None:
    """登记一个单位报送了一项材料；再登记一次即以后一次为准。"""
    from storage.referral import reporting
    from storage.referral.campaign_records import HandedIn

    with store(invocation) as (_, db, now):
        found = known(db, campaign)
        who, what, actor = unit_of(found, unit), due_of(found, due), acting(db, by)
        if mistake is not None:
            made = reporting.withdraw(db, what.id, who.id, mistake, actor, now)
        else:
            on = day_of(day, today(now))
            given = HandedIn(what.id, who.id, on, not no_electronic and not zero, paper, zero, note)
            made = reporting.hand_in(db, given, actor, now)
        standings = reporting.standings(db, found.id, today(now))
    # a unit that need not report any more has no standing
    state = next((one for one in standings if (one.due, one.unit) == (what, who)), None)
    if as_json:
        print_json({"id": made.id, "withdrawn": made.withdrawn} | (standing_facts(state) if state else {}))
        return
    said = "已撤销登记" if made.withdrawn else f"已登记（{_state(state)}）" if state else "已登记"
    print_line(f"{found.name}　{who.name}　{what.name}：{said}")


def _state(one: Standing) -> str:
    from storage.referral.campaign_records import STATES

    return STATES[one.state] + ("，迟报" if one.late else "")


@click.command("missing", cls=Command)
@campaign_argument
@click.option("--due", metavar="事项", help="只看一项")
@json_option
@click.pass_obj
def missing(invocation: Invocation, *, campaign: str, due: str | None, as_json: bool) -> None:
    """谁还没有报：按事项列出单位、期限和缺什么。"""
    from storage.referral import reporting

    with store(invocation) as (_, db, now):
        found = known(db, campaign)
        wanted = due_of(found, due) if due else None
        some = [one for one in reporting.missing(db, found.id, today(now)) if wanted in {None, one.due}]
    if as_json:
        print_json([standing_facts(one) for one in some])
        return
    if not some:
        print_line("都已报送")
        return
    print_table(
        ("事项", "期限", "单位", "联系人", "情况"),
        [(one.due.name, str(one.due.due_on), one.unit.name, one.unit.contact, _late(one)) for one in some],
    )


def _late(one: Standing) -> str:
    return _state(one) + (f"（逾期 {-one.days} 天）" if one.days < 0 and one.report is None else "")


@click.command("remind", cls=Command)
@json_option
@click.pass_obj
def remind(invocation: Invocation, *, as_json: bool) -> int:
    """所有未关闭行动中快到期和逾期的报送，及未报单位；有需要提醒的则退出码为 1，可供定时任务判断。"""
    from storage.referral import reporting

    with store(invocation) as (_, db, now):
        found = reporting.reminders(db, today(now))
    if as_json:
        print_json(
            [
                {"campaign": one.campaign, "due": one.due.name, "due_on": one.due.due_on, "days": one.days}
                | {"missing": [state.unit.name for state in one.missing]}
                for one in found
            ]
        )
    elif not found:
        print_line("没有需要提醒的报送")
    for one in () if as_json else found:
        when = f"逾期 {-one.days} 天" if one.days < 0 else "今天到期" if one.days == 0 else f"还有 {one.days} 天"
        units = "、".join(state.unit.name for state in one.missing)
        print_line(f"{one.campaign}　{one.due.name}（{one.due.due_on}，{when}）：{units}")
    return 1 if found else 0


def print_standings(campaign: Campaign, standings: Sequence[Standing]) -> None:
    """Units down, dues across."""
    states = {(one.unit.id, one.due.id): one for one in standings}
    units = [one for one in campaign.units if one.left_at is None]
    rows = [
        (unit.name, *(_state(states[unit.id, due.id]) if (unit.id, due.id) in states else "" for due in campaign.dues))
        for unit in units
    ]
    heads = [f"{due.name}\n{due.due_on}{' 纸质' if due.paper else ''}" for due in campaign.dues]
    print_table(("单位", *heads), rows)


@click.command("figure", cls=Command)
@campaign_argument
@click.argument("unit", metavar="[单位]", required=False)
@click.argument("column", metavar="[栏]", type=int, required=False)
@click.argument("value", metavar="[数]", required=False)
@click.option("--source", default="", metavar="来源", help="谁报的、记在哪里；录入时必填")
@click.option("--remove", is_flag=True, help="取消这一格的填报数")
@click.option("--all", "all_versions", is_flag=True, help="列出改过的历次数字")
@by_option
@json_option
@click.pass_obj
def figure(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    campaign: str,
    unit: str | None,
    column: int | None,
    value: str | None,
    source: str,
    remove: bool,
    all_versions: bool,
    by: str | None,
    as_json: bool,
) -> None:
    """成果表中只有人知道的数（如出动车次）：录入、取消；只写行动则列出全部填报数。

    填报数与办理结果算出的数相加。再录一次即以后一次为准。
    """
    from storage.referral import reporting
    from storage.referral.campaign_records import NewFigure

    with store(invocation) as (_, db, now):
        found = known(db, campaign)
        if unit is None:
            some = reporting.figures(db, found.id, all_versions=all_versions)
        elif column is None or (value is None) is not remove:
            raise UsageError("请写：行动 单位 栏（1 到 15）数 --source 来源；取消则不写数、加 --remove")
        else:
            number = None if value is None else _number(value)
            given = NewFigure(found.id, unit_of(found, unit).id, column, number, source)
            some = [reporting.enter_figure(db, given, acting(db, by), now)]
    _print_figures(found, some, as_json=as_json)


def _number(text: str) -> Decimal:
    try:
        return Decimal(text.strip()[:40])
    except InvalidOperation as error:
        raise UsageError(f"{text!r} 不是数字") from error


def _print_figures(campaign: Campaign, some: Sequence[Figure], *, as_json: bool) -> None:
    from storage.referral.form_records import COLUMNS, shown

    names = {one.id: one.name for one in campaign.units}
    rows: list[tuple[Any, ...]] = [
        (names.get(one.unit_id, ""), one.column, None if one.value is None else shown(one.value), one.source)
        for one in some
    ]
    if as_json:
        print_json([dict(zip(("unit", "column", "value", "source"), row, strict=True)) for row in rows])
        return
    if not rows:
        print_line("没有填报数")
        return
    print_table(
        ("单位", "栏", "项目", "数", "来源"),
        [
            (name, str(column), COLUMNS[column - 1].name, "（取消）" if value is None else value, one_line(source))
            for name, column, value, source in rows
        ],
    )
