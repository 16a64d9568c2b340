"""Referrals on a terminal and as JSON; what the commands of ``wangdun refer`` share."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, time
from getpass import getuser
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from wangdun.commands.leads import opened
from wangdun.exceptions import UsageError
from wangdun.output import local_time, one_line, print_line, print_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from storage.database import Database
    from storage.referral.records import Referral
    from storage.review.audit import Actor
    from wangdun.cli import Invocation
    from wangdun.referring import Referring

ZONE = ZoneInfo("Asia/Shanghai")  # legal terms are counted in its days
COLUMNS = ("编号", "文号", "状态", "主送", "标题", "线索", "送出", "期限")
by_option: Callable[[Any], Any] = click.option(
    "--by", metavar="账号", help="由谁办理（wangdun account 的账号），默认为与系统用户同名的账号"
)
seen_option: Callable[[Any], Any] = click.option(
    "--seen", type=int, metavar="步骤", help="看过的最后一步（refer show 列出）；之后有人办理过就不执行"
)
referral_argument: Callable[[Any], Any] = click.argument("referral", metavar="移送")


@contextmanager
def referring(invocation: Invocation) -> Iterator[Referring]:
    """The referrals of this installation. Raises StorageError, ConfigError."""
    from wangdun.referring import Referring

    config = invocation.load()
    with opened(config) as db:
        yield Referring(config, db)


def known(db: Database, text: str) -> Referral:
    """The referral with this id or 文号. Raises Absent."""
    from storage.referral import queries

    given = text.strip()
    if given.isascii() and given.isdecimal() and len(given) <= 19:  # what a database can compare has at most 19 digits
        return queries.one(db, int(given))
    return queries.by_number(db, given)


def person(db: Database, name: str | None) -> Actor:
    """Who acts: an account, since nobody approves what they drafted.

    Raises:
        UsageError: there is no such account, or it is disabled.
    """
    from storage.review import accounts
    from wangdun.mistakes import nearest

    user = _user()
    found = accounts.by_name(db, name or user)
    if found is None and name is None:
        raise UsageError("请用 --by 账号 写明由谁办理；用 wangdun account list 查看账号")
    if found is None:
        near = nearest(name or "", [one.name for one in accounts.everybody(db)])
        raise UsageError(f"没有名为 {name!r} 的账号" + (f"，是不是 {near}？" if near else ""))
    if not found.is_enabled:
        raise UsageError(f"账号 {found.name} 已停用")
    return found.actor(f"命令行（{user}）")


def _user() -> str:
    try:
        return getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "?"


def moment(text: str | None, now: datetime) -> datetime | None:
    """``2026-11-20`` (now where that is today, else its first moment) or ``2026-11-20 15:30``, local time; in UTC.

    Raises:
        UsageError: it is none of them.
    """
    if text is None:
        return None
    given = text.strip().replace("/", "-")
    try:
        if len(given) <= 10:
            day = datetime.strptime(given, "%Y-%m-%d").date()  # noqa: DTZ007 -- a day has no zone
            today = now.astimezone(ZONE).date()
            return now if day == today else datetime.combine(day, time(), ZONE).astimezone(UTC)
        found = datetime.fromisoformat(given)
    except ValueError as error:
        raise UsageError(f"日期无法识别：{text!r}，应写成 2026-11-20 或 '2026-11-20 15:30'") from error
    return (found if found.tzinfo else found.replace(tzinfo=ZONE)).astimezone(UTC)


def facts(referral: Referral) -> dict[str, Any]:
    """For other programs."""
    told = asdict(referral)
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in told.items()}


def print_referrals(found: Iterable[Referral], now: datetime) -> None:
    """One line each."""
    print_table(COLUMNS, [_row(one, now) for one in found])


def _row(one: Referral, now: datetime) -> tuple[str, ...]:
    from storage.referral.words import STATUSES

    return (
        str(one.id),
        one.number,
        STATUSES[one.status],
        one_line(one.receiver, 20),
        one_line(one.title, 40),
        str(len(one.lead_ids)),
        local_time(one.sent_at, ZONE)[:10],
        due_said(one, now),
    )


def due_said(one: Referral, now: datetime) -> str:
    """``回执 11-25``, and by how much it is late."""
    from storage.referral.words import DUE_KINDS

    if one.due_at is None:
        return "—"
    said = f"{DUE_KINDS.get(one.due_kind, one.due_kind)} {until(one.due_at)}"
    return f"{said}（逾期 {late(one.due_at, now)}）" if one.due_at < now else said


def until(at: datetime) -> str:
    """``2026-11-25``, with the time of day where the term is one of hours."""
    local = at.astimezone(ZONE)
    return f"{local:%Y-%m-%d}" if local.time() == time(23, 59, 59) else f"{local:%Y-%m-%d %H:%M}"


def late(at: datetime, now: datetime) -> str:
    """``3 天``, ``5 小时``."""
    hours = int((now - at).total_seconds() // 3600)
    return f"{hours // 24} 天" if hours >= 24 else f"{hours} 小时"


def warn_of_years(service: Referring, referral: Referral, now: datetime) -> None:
    """Say so where a term runs into a year whose holidays are not known."""
    if referral.due_at is None:
        return
    first, last = now.astimezone(ZONE).date(), referral.due_at.astimezone(ZONE).date()
    if not service.calendar.knows(min(first, last), max(first, last)):
        print_line(f"  注意：{last.year} 年的节假日未列入节假日表，期限按周一至周五上班推算（referrals.holidays）")


def told(service: Referring, referral: Referral, said: str, now: datetime) -> None:
    """What was done, and what is awaited now."""
    print_line(f"{said}：{referral.number}（编号 {referral.id}）　主送 {referral.receiver}")
    if referral.due_at is not None:
        print_line(f"  期限：{due_said(referral, now)}")
        warn_of_years(service, referral, now)
