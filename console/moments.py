"""Moments and days as people type them in forms."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from storage.referral.exceptions import ReferringError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def moment(text: str, zone: ZoneInfo) -> datetime | None:
    """``2026-11-02T09:30`` or a day alone (its beginning), in `zone`; None for nothing. Raises ReferringError."""
    text = text.strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(zone) if found.tzinfo else found.replace(tzinfo=zone)
    except (ValueError, OverflowError) as error:
        raise ReferringError("时间应写成 2026-11-02 09:30") from error


def day(text: str, what: str = "日期") -> date:
    """``2026-11-02``. Raises ReferringError: it is none."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ReferringError(f"{what}应写成 2026-11-01") from error


def typed_now(now: datetime, zone: ZoneInfo) -> str:
    """What a field for a moment begins with."""
    return now.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
