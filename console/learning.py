"""What the screens of learning share: periods in days, shares with their intervals in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from console.exceptions import Refusal

if TYPE_CHECKING:
    from datetime import datetime

    from storage.review.intervals import Share

SPANS: Final = {"30": "近 30 天", "90": "近 90 天", "365": "近一年"}
USUAL: Final = "90"  # days: a month has too few decisions for most entries
STEPS: Final = 10  # parts of a period in a trend: more are too thin to see


def period(days: str, now: datetime) -> tuple[str, datetime, datetime]:
    """The choice that is meant, and from when until when.

    Raises:
        Refusal: 422, there is no such choice.
    """
    chosen = days or USUAL
    if chosen not in SPANS:
        raise Refusal(422, "网址中的时段不正确。")
    return chosen, now - timedelta(days=int(chosen)), now + timedelta(seconds=1)


def edges(since: datetime, until: datetime, steps: int = STEPS) -> list[datetime]:
    """A period cut into equal parts."""
    return [since + (until - since) * at / steps for at in range(steps + 1)]


def percent(value: float) -> str:
    """``12%``; below 10 with one digit more, because misses are few."""
    shown = 100 * value
    return f"{shown:.1f}%" if 0 < shown < 10 else f"{shown:.0f}%"


def said(share: Share) -> str:
    """``62% （48%–74%）``; a line where nothing is known."""
    if not share.of:
        return "—"
    return f"{percent(share.value)}（{percent(share.low)}–{percent(share.high)}）"
