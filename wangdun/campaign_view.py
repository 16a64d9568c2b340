"""What the commands on campaigns share: who acts, which campaign, day and unit is meant, what is shown."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from wangdun.commands.leads import opened
from wangdun.exceptions import UsageError
from wangdun.files import replacing
from wangdun.mistakes import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from storage.database import Database
    from storage.referral.campaign_records import Campaign, Due, Standing, Unit
    from storage.review.audit import Actor
    from wangdun.cli import Invocation
    from wangdun.config import Config

campaign_argument: Callable[[Any], Any] = click.argument("campaign", metavar="行动")
by_option: Callable[[Any], Any] = click.option(
    "--by", metavar="账号", help="由谁办理（wangdun account 的账号），默认记为命令行的系统用户"
)
output_option: Callable[[Any], Any] = click.option(
    "-o", "--output", metavar="文件", help="写到哪个文件，格式看扩展名", required=False
)
force_option: Callable[[Any], Any] = click.option("--force", is_flag=True, help="覆盖已有文件")


@contextmanager
def store(invocation: Invocation) -> Iterator[tuple[Config, Database, datetime]]:
    """Configuration, open database and the time."""
    config = invocation.load()
    with opened(config) as db:
        yield config, db, datetime.now(UTC)


def acting(db: Database, name: str | None) -> Actor:
    """The account of that name, else whoever may use this command line. Raises UsageError: no such account."""
    from storage.review.audit import Actor
    from wangdun.commands.evidence_export import somebody
    from wangdun.refer_view import person

    return person(db, name) if name else Actor(None, f"命令行（{somebody(None)}）")


def today(now: datetime) -> date:
    """The office's day."""
    from storage.review.wording import ZONE

    return now.astimezone(ZONE).date()


def known(db: Database, name: str) -> Campaign:
    """By name, a part of it, or number. Raises Absent."""
    from storage.referral import campaigns

    return campaigns.named(db, name)


def unit_of(campaign: Campaign, name: str) -> Unit:
    """The unit of that name. Raises UsageError."""
    found = next((one for one in campaign.units if one.name == name), None)
    if found is None:
        raise UsageError(_unknown(campaign, "填报单位", name, [one.name for one in campaign.units]))
    return found


def due_of(campaign: Campaign, name: str) -> Due:
    """What is due under that name. Raises UsageError."""
    found = next((one for one in campaign.dues if one.name == name), None)
    if found is None:
        raise UsageError(_unknown(campaign, "报送事项", name, [one.name for one in campaign.dues]))
    return found


def _unknown(campaign: Campaign, what: str, name: str, names: list[str]) -> str:
    near = nearest(name, names)
    hint = f"，是不是 {near}？" if near else f"；有：{'、'.join(names[:20]) or '（无）'}"
    return f"专项行动“{campaign.name}”没有{what} {name!r}{hint}"


def day_of(text: str | None, default: date) -> date:
    """``2026-03-05``. Raises UsageError."""
    if text is None:
        return default
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"{text!r} 不是日期，应像 2026-03-05") from error


def unit_name(config: Config) -> str:
    """Who fills in forms and signs reports."""
    return config.referrals.office.name or config.crawler.unit or "（未填写本单位名称）"


def extension(path: Path, known_ones: Sequence[str]) -> str:
    """Of the file to write. Raises UsageError: none that can be made."""
    found = path.suffix.lower().removeprefix(".")
    if found not in known_ones:
        raise UsageError(f"{path}：扩展名应为 {'、'.join(f'.{one}' for one in known_ones)}")
    return found


def write(path: Path, content: bytes, *, force: bool) -> None:
    """The whole file or none. Raises UsageError: it exists, or its folder cannot be written."""
    with replacing(path, force=force) as temporary:
        temporary.write_bytes(content)


def standing_facts(one: Standing) -> dict[str, Any]:
    """For a program."""
    return {
        "due": one.due.name,
        "due_on": one.due.due_on,
        "unit": one.unit.name,
        "state": one.state,
        "days": one.days,
        "late": one.late,
        "received_on": one.report.received_on if one.report else None,
    }


def campaign_facts(campaign: Campaign) -> dict[str, Any]:
    """For a program."""
    from wangdun.campaign_file import written

    state = {"created_at": campaign.created_at.isoformat()}
    state["closed_at"] = campaign.closed_at.isoformat() if campaign.closed_at else ""
    return {"id": campaign.id} | written(campaign) | state
