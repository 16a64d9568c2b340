"""``wangdun refer show``."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from storage.referral.lead_answers import newest
from wangdun.cli import Command, Invocation, json_option
from wangdun.commands.leads import opened
from wangdun.output import local_time, one_line, print_json, print_line, print_table
from wangdun.refer_view import ZONE, due_said, facts, known, referral_argument

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.referral.lead_answers import LeadAnswer
    from storage.referral.records import Referral, ReferralCase, Step

TEXT = 60  # characters of a title or note on one line


@click.command("show", cls=Command)
@referral_argument
@json_option
@click.pass_obj
def show(invocation: Invocation, *, referral: str, as_json: bool) -> None:
    """一份移送的全部情况；写编号或文号。"""
    from storage.referral import queries

    with opened(invocation.load()) as db:
        case = queries.get(db, known(db, referral).id)
    if as_json:
        print_json(case_facts(case))
        return
    _print(case, datetime.now(UTC))


def case_facts(case: ReferralCase) -> dict[str, Any]:
    """For other programs; without the sellers' contacts."""
    hidden = {"contacts", "excerpt", "hits"}
    leads = [{name: value for name, value in asdict(one).items() if name not in hidden} for one in case.leads]
    answers = list(map(asdict, newest(case.steps).values()))
    rows: dict[str, list[dict[str, Any]]] = {"lead_answers": answers}
    rows |= {"leads": leads, "steps": list(map(asdict, case.steps)), "files": list(map(asdict, case.files))}
    return facts(case.referral) | {name: [_plain(row) for row in found] for name, found in rows.items()}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _print(case: ReferralCase, now: datetime) -> None:
    for name, value in _head(case.referral, now):
        print_line(f"{name}：{value}")
    rows = [
        (str(one.position), str(one.lead_id), one_line("、".join(one.terms), 24), one_line(one.title, TEXT), one.site,
         one_line(one.seller or "—", 16), str(one.evidence))
        for one in case.leads
    ]  # fmt: skip
    print_table(("序号", "线索", "命中词", "标题", "站点", "卖家", "固定"), rows, title="线索")
    print_table(("步骤", "时间", "办理人", "办理", "对方日期", "编号", "说明"), map(_step, case.steps), title="经过")
    answers = [_answer(one) for one in newest(case.steps).values()]
    if answers:
        print_table(("线索", "处理结果", "文号", "说明", "读入"), answers, title="各线索的处理结果（退回的回执表）")
    files = [(one.name, f"{one.size:,}", one.sha256, "" if one.current else "已作废") for one in case.files]
    if files:
        print_table(("文书", "字节", "SHA-256", ""), files, title="文书")


def _head(one: Referral, now: datetime) -> Iterator[tuple[str, str]]:
    from referrals.letters import KINDS
    from storage.referral.words import DEPARTMENTS, STATUSES

    yield f"移送 {one.id}", f"{one.number}　{STATUSES[one.status]}"
    yield "标题", one_line(one.title)
    kind = KINDS.get(one.template)
    yield "函件", f"{kind.name if kind else one.template}　主送 {one_line(one.receiver)}（{one.department}）"
    if one.copies:
        yield "抄送", "、".join(DEPARTMENTS.get(code, code) for code in one.copies)
    yield "分工", one_line(str(one.routing.get("explanation", "")))
    if override := one.routing.get("override"):
        yield "未按分工规则的理由", one_line(str(override))
    yield "拟稿", f"{one.drafter} {local_time(one.drafted_at, ZONE)}"
    if one.approver:
        yield "审核", one.approver
    yield "个人信息", "遮挡" if one.masked else "不遮挡"
    for name, text in one.fields.items():
        yield one_line(name), one_line(text)
    yield "期限", due_said(one, now)


def _answer(one: LeadAnswer) -> tuple[str, ...]:
    from storage.referral.words import STEPS

    said = STEPS.get(one.kind, one.kind) or "—"
    return str(one.lead_id), said, one_line(one.reference, 30), one_line(one.note, TEXT), local_time(one.at, ZONE)


def _step(step: Step) -> tuple[str, ...]:
    from storage.referral.words import STEPS

    what = STEPS.get(step.kind, step.kind) + ("（已撤销）" if step.undone else "")
    who = "、".join(part for part in (step.person, step.reference) if part)
    at = local_time(step.happened_at, ZONE) if step.happened_at else ""
    return (
        str(step.id), local_time(step.at, ZONE), step.actor, what, at.removesuffix(" 00:00"), one_line(who, 30),
        one_line(step.note, TEXT),
    )  # fmt: skip
