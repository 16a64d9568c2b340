"""``wangdun refer feedback``: what came of cases, typed in or read from filled forms."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wangdun.campaign_view import acting, by_option, force_option, known, store, today, write
from wangdun.cli import Group, Invocation, json_option
from wangdun.commands.leads import LONGEST_ID
from wangdun.exceptions import UsageError
from wangdun.feedback_given import SEIZED_AS, keeping, new_feedback, numbered, referral_id_of
from wangdun.output import one_line, print_json, print_line, print_table
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from storage.database import Database
    from storage.referral.feedback_records import Feedback

NUMBER = click.IntRange(1, LONGEST_ID)
# as in storage.referral.feedback_records and on the form; a test compares them
PUBLISH = {"yes": "可公开", "no": "不公开", "after_meeting": "会商后公开"}


@click.group("feedback", cls=Group)
def feedback() -> None:
    """办理结果：立案、人员、收缴、罚没；录入、导入、更正、作废。"""


def _facts_of_a_case(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that say what came of a case; where none is given, a correction keeps what was."""
    for option in (
        click.option("--note", metavar="文字", help="备注"),
        click.option(
            "--publish",
            type=click.Choice(list(PUBLISH)),
            metavar="公开",
            help="yes 可公开（默认）、no 不公开、after_meeting 会商后公开",
        ),
        click.option(
            "--typical", metavar="文件", type=click.Path(path_type=Path), help="典型案例的案情，UTF-8 文本文件"
        ),
        click.option(
            "--picture",
            "pictures",
            multiple=True,
            metavar="文件",
            type=click.Path(path_type=Path),
            help="典型案例的图片（PNG、JPEG），可多次",
        ),
        click.option("--lead", "lead_ids", type=NUMBER, multiple=True, metavar="编号", help="对应的线索，可多次"),
        click.option("--seized", multiple=True, metavar="物品", help=f"收缴物品，可多次：{SEIZED_AS}"),
        click.option("--fined", metavar="万元", help="罚款和罚金"),
        click.option("--confiscated", metavar="万元", help="没收违法所得"),
        click.option("--gangs", type=int, metavar="个", help="打掉犯罪团伙"),
        click.option("--people", type=int, metavar="人", help="打击处理违法犯罪人员"),
        click.option("--criminal/--not-criminal", default=None, help="刑事案件（即已立案）"),
        click.option("--filed/--not-filed", default=None, help="已立案"),
        click.option("--case", "case_number", metavar="文号", help="立案或处罚文号；同一文号按一起案件计"),
        click.option("--on", "day", metavar="日期", help="日期，默认今天"),
        click.option("--title", metavar="名称", help="案件名称"),
        click.option("--unit", metavar="单位", help="填报单位，与专项行动中的名称一致"),
        click.option("--referral", metavar="移送", help="由哪份移送引出：编号或文号"),
        click.option("--campaign", metavar="行动", help="计入哪个专项行动；不写则随移送，再不然计入正在进行的"),
    ):
        function = option(function)
    return function


@feedback.command("add")
@_facts_of_a_case
@by_option
@json_option
@click.pass_obj
def add(invocation: Invocation, /, *, by: str | None, as_json: bool, **given: Any) -> None:
    """录入一条办理结果。"""
    from storage.referral import feedback as stored
    from storage.referral.running import counted

    for name, option in (("unit", "--unit"), ("title", "--title")):
        if not given[name]:
            raise UsageError(f"请用 {option} 写明")
    with store(invocation) as (config, db, now), keeping(config, given["pictures"]) as pictures:
        new = counted(db, new_feedback(db, given | {"pictures": pictures}, None, today(now)))
        made = stored.add(db, new, acting(db, by), now)
        told = _counting(db, made)
    _tell(made, "已录入", as_json=as_json)
    if not as_json:
        print_line(told)


@feedback.command("correct")
@click.argument("feedback_id", metavar="反馈编号", type=NUMBER)
@_facts_of_a_case
@by_option
@json_option
@click.pass_obj
def correct(invocation: Invocation, /, *, feedback_id: int, by: str | None, as_json: bool, **given: Any) -> None:
    """更正一条：只写要改的；原来的一条保留、不再计数。写了 --seized 即替换全部收缴物品。"""
    from storage.referral import feedback as stored

    with store(invocation) as (config, db, now), keeping(config, given["pictures"]) as pictures:
        new = new_feedback(db, given | {"pictures": pictures}, stored.get(db, feedback_id), today(now))
        made = stored.correct(db, feedback_id, new, acting(db, by), now)
    _tell(made, f"已更正反馈 {feedback_id}", as_json=as_json)


@feedback.command("void")
@click.argument("feedback_id", metavar="反馈编号", type=NUMBER)
@click.option("--reason", "-m", required=True, metavar="原因", help="作废原因")
@by_option
@json_option
@click.pass_obj
def void(invocation: Invocation, *, feedback_id: int, reason: str, by: str | None, as_json: bool) -> None:
    """作废一条：记录保留，不再计数。"""
    from storage.referral import feedback as stored

    with store(invocation) as (_, db, now):
        made = stored.void(db, feedback_id, reason, acting(db, by), now)
    _tell(made, f"已作废反馈 {feedback_id}", as_json=as_json)


@feedback.command("list")
@click.option("--campaign", metavar="行动", help="只看一个专项行动的")
@click.option("--referral", metavar="移送", help="只看一份移送的")
@click.option("--lead", "lead_id", type=NUMBER, metavar="编号", help="只看一条线索的")
@click.option("--unit", metavar="单位", help="只看一个单位的")
@click.option("--text", metavar="文字", help="案件名称、文号或备注中含有的文字")
@click.option("--typical", is_flag=True, help="只看典型案例")
@click.option("--all", "all_versions", is_flag=True, help="也列已更正、已作废的")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, metavar="数", help="最多列多少条"
)
@json_option
@click.pass_obj
def list_(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation,
    *,
    campaign: str | None,
    referral: str | None,
    lead_id: int | None,
    unit: str | None,
    text: str | None,
    typical: bool,
    all_versions: bool,
    limit: int,
    as_json: bool,
) -> None:
    """办理结果列表，最新的在前。"""
    from storage.referral import feedback as stored
    from storage.referral.feedback_records import Wanted

    with store(invocation) as (_, db, _now):
        wanted = Wanted(
            campaign_id=known(db, campaign).id if campaign else None,
            referral_id=referral_id_of(db, referral) if referral else None,
            lead_id=lead_id, unit=unit, text=text, typical=typical, all_versions=all_versions,
        )  # fmt: skip
        found = stored.find(db, wanted, limit=limit)
    if as_json:
        print_json([_facts(one) for one in found])
        return
    if not found:
        print_line("没有办理结果")
        return
    heads = ("编号", "单位", "日期", "案件", "文号", "立案", "人员", "收缴", "没收/罚款（万元）", "状态")
    print_table(heads, [_row(one) for one in found])


@feedback.command("template")
@click.option("-o", "--output", required=True, metavar="文件", type=click.Path(path_type=Path), help="写到哪个 xlsx")
@click.option("--campaign", metavar="行动", help="单位一栏按这个专项行动的填报单位给出选项")
@force_option
@click.pass_obj
def template(invocation: Invocation, *, output: Path, campaign: str | None, force: bool) -> None:
    """写出空白反馈表（xlsx），发给各单位填写。"""
    from referrals.feedback_import.template import blank_xlsx

    units: tuple[str, ...] = ()
    name = ""
    if campaign:
        with store(invocation) as (_, db, _now):
            found = known(db, campaign)
        units, name = tuple(one.name for one in found.units if one.left_at is None), found.name
    write(output, blank_xlsx(units, name), force=force)
    print_line(f"已写出 {output}；填好后用 wangdun refer feedback import 导入")


@feedback.command("import")
@click.argument("path", metavar="文件", type=click.Path(path_type=Path))
@click.option("--campaign", metavar="行动", help="计入哪个专项行动")
@click.option("--again", is_flag=True, help="同一份文件导入过也再导入一次")
@click.option("--check", is_flag=True, help="只检查，不导入")
@by_option
@json_option
@click.pass_obj
def import_(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation, *, path: Path, campaign: str | None, again: bool, check: bool, by: str | None, as_json: bool
) -> None:
    """导入填好的反馈表：有一处错误就一条也不导入，并逐处指出工作表、行、列。"""
    from referrals.feedback_import.reader import read_xlsx
    from storage.referral import feedback as stored
    from storage.referral.feedback_records import ImportedFile
    from storage.referral.running import counted

    content = _content(path)
    file = ImportedFile(path.name, sha256(content).hexdigest())
    with store(invocation) as (_, db, now):
        campaign_id = known(db, campaign).id if campaign else None
        rows = read_xlsx(
            content, path.name, today(now), campaign_id=campaign_id, referral_of=lambda number: numbered(db, number)
        )
        rows = tuple(counted(db, row) for row in rows)
        made = () if check else stored.add_all(db, rows, acting(db, by), now, file=file, again=again)
        nowhere = sum(stored.get(db, number).campaign_id is None for number in made)
    if as_json:
        print_json({"rows": len(rows), "imported": list(made), "without_campaign": nowhere, "sha256": file.sha256})
        return
    print_line(f"{path}：{len(rows)} 起案件，没有错误" + ("" if check else f"，已导入为反馈 {made[0]} 到 {made[-1]}"))
    if nowhere:
        print_line(
            f"  注意：其中 {nowhere} 起未计入任何专项行动，成果表不含；可用 refer feedback correct --campaign 补上"
        )


def _content(path: Path) -> bytes:
    from referrals.feedback_import.workbook import LARGEST

    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"{path}：读不了（{why(error)}）") from error


def _facts(one: Feedback) -> dict[str, Any]:
    plain = ("id", "unit", "title", "happened_on", "case_number", "referral_id", "campaign_id", "filed", "criminal")
    more = ("people", "gangs", "confiscated", "fined", "typical", "publish", "note", "source", "supersedes", "void")
    seized = ("kind", "name", "amount", "unit", "batch")
    return {
        **{name: getattr(one, name) for name in (*plain, *more, "superseded_by", "counts", "entered_by")},
        "lead_ids": list(one.lead_ids),
        "pictures": list(one.pictures),
        "seizures": [{name: getattr(thing, name) for name in seized} for thing in one.seizures],
        "at": one.at.isoformat(),
    }


def _row(one: Feedback) -> tuple[str, ...]:
    from storage.referral.form_records import shown

    seized = "、".join(f"{thing.name}{shown(thing.amount)}{thing.unit}" for thing in one.seizures)
    state = "计数" if one.counts else "作废记录" if one.void else f"已被 {one.superseded_by} 替换"
    filed = "刑事" if one.criminal else "是" if one.filed else ""
    money = f"{shown(one.confiscated)}/{shown(one.fined)}"
    texts: Sequence[str] = (one_line(one.title, 30), one_line(one.case_number), filed, str(one.people))
    return (str(one.id), one_line(one.unit), str(one.happened_on), *texts, one_line(seized, 40), money, state)


def _counting(db: Database, made: Feedback) -> str:
    """Where it counts: a result that is in no form must not go unnoticed."""
    from storage.referral import campaigns

    if made.campaign_id is not None:
        return f"  计入专项行动：{campaigns.get(db, made.campaign_id).name}"
    return f"  注意：未计入任何专项行动，成果表不含；可用 wangdun refer feedback correct {made.id} --campaign 行动 补上"


def _tell(made: Feedback, said: str, *, as_json: bool) -> None:
    if as_json:
        print_json(_facts(made))
        return
    publish = "" if made.publish == "yes" else f"，{PUBLISH[made.publish]}"
    print_line(f"{said}：反馈 {made.id}　{made.unit}　{made.title}{publish}")
