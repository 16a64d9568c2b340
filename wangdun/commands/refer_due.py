"""``wangdun refer overdue`` and ``remind``: what is late, what soon will be, and that somebody was reminded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.commands.leads import opened
from wangdun.exceptions import UsageError
from wangdun.output import local_time, print_json, print_line, print_table
from wangdun.refer_view import ZONE, by_option, due_said, facts, known, person, referring, told

if TYPE_CHECKING:
    from storage.referral.reminding import Reminder
    from wangdun.config import Config

COLUMNS = ("编号", "文号", "等谁", "期限", "上次催办", "联系人", "电话")
OURS = ("approval", "transfer", "reconsider")
"""Terms that bind us, not the department."""


@click.command("overdue", cls=Command)
@json_option
@click.pass_obj
def overdue(invocation: Invocation, *, as_json: bool) -> None:
    """逾期的移送，最久的在前。"""
    _list(invocation, ahead=False, as_json=as_json)


@click.command("remind", cls=Command)
@click.argument("referral", metavar="[移送]", required=False)
@click.option("--person", "whom", default="", metavar="姓名", help="催办了谁")
@click.option("--note", "remark", default="", metavar="文字", help="怎么催办的、对方怎么说")
@by_option
@json_option
@click.pass_obj
def remind(  # noqa: PLR0913 -- one parameter per option
    invocation: Invocation, *, referral: str | None, whom: str, remark: str, by: str | None, as_json: bool
) -> None:
    """不写移送：列出快到期（referrals.remind_days 天内）和逾期的；写明移送：登记一次催办。"""
    if referral is None:
        if whom or remark:
            raise UsageError("登记催办请写明移送的编号或文号")
        _list(invocation, ahead=True, as_json=as_json)
        return
    from storage.referral.records import Answer

    now = datetime.now(UTC)
    with referring(invocation) as service:
        actor, case = person(service.db, by), known(service.db, referral)
        answer = Answer("remind", now, person=whom, note=remark)
        made = service.answer(case.id, answer, actor, now, seen=case.step_id)
        if as_json:
            print_json(facts(made))
        else:
            told(service, made, "已登记催办", now)


def _list(invocation: Invocation, *, ahead: bool, as_json: bool) -> None:
    from storage.referral import reminding

    config, now = invocation.load(), datetime.now(UTC)
    days = timedelta(days=config.referrals.remind_days if ahead else 0)
    with opened(config) as db:
        found = reminding.awaited(db, now, days)
    if as_json:
        print_json([_facts(one) for one in found])
        return
    if not found:
        print_line("没有快到期或逾期的移送" if ahead else "没有逾期的移送")
        return
    print_table(COLUMNS, [_row(one, config, now) for one in found])
    late = sum(one.late for one in found)
    more = f"，另有 {len(found) - late} 份快到期" if ahead and len(found) > late else ""
    print_line(
        f"逾期 {late} 份{more}；催办后用 wangdun refer remind 编号 --by 账号 登记" if found else "没有逾期的移送"
    )


def _facts(one: Reminder) -> dict[str, object]:
    reminded = one.reminded_at.isoformat() if one.reminded_at else None
    return facts(one.referral) | {"late": one.late, "reminded_at": reminded, "reminders": one.reminders}


def _row(one: Reminder, config: Config, now: datetime) -> tuple[str, ...]:
    referral, department = one.referral, config.referrals.department(one.referral.department)
    ours = referral.due_kind in OURS
    whom = "本单位" if ours else referral.receiver
    contact = ("—", "—") if ours else (department.person or "—", department.phone or "—")
    times = f"（{one.reminders} 次）" if one.reminders else ""
    return (
        str(referral.id), referral.number, whom, due_said(referral, now), local_time(one.reminded_at, ZONE) + times,
        *contact,
    )  # fmt: skip
