"""``wangdun refer receipt``: what came back from the department."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.exceptions import UsageError
from wangdun.mistakes import nearest
from wangdun.output import print_json
from wangdun.refer_view import by_option, facts, known, moment, person, referring, seen_option, told
from wangdun.words import why

if TYPE_CHECKING:
    from storage.referral.records import Answer, Referral
    from storage.review.audit import Actor
    from wangdun.referring import Referring

KINDS = {
    "receive": "签收",
    "accept": "接收",
    "decline": "不予接收",
    "pass_on": "转送",
    "file": "立案",
    "not_file": "不予立案",
    "reconsider": "提请复议",
    "close": "办结",
    "note": "备注",
}
"""As typed, in either language."""
NEEDED = (
    ("file", "reference", "立案须写明立案文号（--reference）"),
    ("pass_on", "onward", "转送须写明转送给了哪个单位（--to）"),
    ("close", "result", "办结须写明办理结果（--result）"),
)
"""(kind, parameter, what to say): what a result cannot go without."""


@click.command("receipt", cls=Command)
@click.argument("referral", metavar="[移送]", required=False)
@click.option(
    "--kind", default="receive", metavar="结果", help="、".join(f"{code} {said}" for code, said in KINDS.items())
)
@click.option("--on", "day", metavar="日期", help="回执上的日期，默认不填")
@click.option("--reference", default="", metavar="编号", help="回执编号、立案文号等")
@click.option("--person", "signer", default="", metavar="姓名", help="对方签收人、承办人")
@click.option("--note", "remark", default="", metavar="文字", help="说明")
@click.option("--to", "onward", default="", metavar="单位", help="转送给了哪个单位（与 --kind pass_on 同用）")
@click.option("--result", default="", metavar="结果", help="办理结果（与 --kind close 同用）")
@click.option(
    "--file", "file", type=click.Path(path_type=Path), metavar="回执.xlsx", help="读取退回的回执表，不用另写移送编号"
)
@by_option
@seen_option
@json_option
@click.pass_obj
def receipt(
    invocation: Invocation, /, *, referral: str | None, file: Path | None, by: str | None, as_json: bool, **given: Any
) -> None:
    """登记签收回执和办理情况；或用 --file 读取对方填好退回的回执表。"""
    if (referral is None) == (file is None):
        raise UsageError("请写明移送的编号或文号，或用 --file 给出退回的回执表（二者选一）")
    now = datetime.now(UTC)
    with referring(invocation) as service:
        actor = person(service.db, by)
        if file is not None:
            made = service.read_receipt(file.name, _content(file), actor, now)
        else:
            made = _enter(service, referral or "", actor, now, given)
        if as_json:
            print_json(facts(made))
        else:
            told(service, made, _said(made), now)


def _said(made: Referral) -> str:
    from storage.referral.words import STATUSES

    return f"已登记，现为“{STATUSES[made.status]}”"


def _content(file: Path) -> bytes:
    from wangdun.referring import LARGEST_RETURNED

    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST_RETURNED + 1)
    except OSError as error:
        raise UsageError(f"读不出 {file}：{why(error)}") from error


def _enter(service: Referring, referral: str, actor: Actor, now: datetime, given: dict[str, Any]) -> Referral:
    case = known(service.db, referral)
    seen = case.step_id if given["seen"] is None else given["seen"]
    return service.answer(case.id, _answer(given, now), actor, now, seen=seen)


def _answer(given: dict[str, Any], now: datetime) -> Answer:
    from storage.referral.records import Answer

    code = _code(given["kind"])
    for kind, key, said in NEEDED:
        if code == kind and not given[key].strip():
            raise UsageError(said)
    detail = {name: given[key] for name, key in (("to", "onward"), ("result", "result")) if given[key]}
    remark = given["remark"]
    if code == "reconsider":  # our own step: the department's status stays what it is
        code, detail, remark = "note", detail | {"reconsider": True}, remark or KINDS["reconsider"]
    facts = (moment(given["day"], now), given["reference"], given["signer"], remark)
    return Answer(code, *facts, detail=detail)  # type: ignore[arg-type]


def _code(text: str) -> str:
    words = {said: code for code, said in KINDS.items()} | {code: code for code in KINDS}
    if text in words:
        return words[text]
    near = nearest(text, list(words))
    raise UsageError(f"没有 {text!r} 这种结果" + (f"，是不是 {near}？" if near else f"；可用：{'、'.join(words)}"))
