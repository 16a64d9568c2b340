"""What a queue is narrowed by, and a place in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from storage.columns import MAX_ID

STATUSES = ("new", "pending", "needs_info", "confirmed", "dismissed", "duplicate", "referred", "lapsed")
OPEN = ("new", "pending", "needs_info")
"""Somebody has still to do something; only these are pinned when they are due."""

PINNED = timedelta(days=1)  # due within a day: what must be done today comes first


@dataclass(frozen=True, slots=True)
class Filters:
    """Which leads: all that satisfy every given condition."""

    status: tuple[str, ...] = ()
    """One of these; empty for any."""
    category: str | None = None
    department: str | None = None
    """The lead department that detection suggests."""
    site: str | None = None
    """Name of the site."""
    seller_id: int | None = None
    since: datetime | None = None
    """First seen at that moment or later."""
    until: datetime | None = None
    """First seen before that moment."""
    verdict: str | None = None
    channel: str | None = None
    """Of the hit that weighs most."""
    term: str | None = None
    """Of any hit."""
    text: str | None = None
    """Words; each of them must be there."""
    source: str | None = None
    held_by: int | None = None
    """Account that holds it now."""
    due: bool = False
    """Only those with a deadline."""
    changed: bool = False
    """Only those whose page changed after somebody had decided."""
    viewer: int | None = None
    """Account that looks: what waits for a second person is not shown to the first one."""
    order: str = "risk"
    """risk (the score) or model (what a ranking model thinks)."""


class Cursor(NamedTuple):
    """A place in a queue: that of the last lead shown or looked at."""

    at: datetime
    """When the first page was shown: what became due since is not moved to the front meanwhile."""
    due: datetime | None
    """The deadline of the last lead, as long as pinned ones are shown."""
    score: float
    id: int

    def __str__(self) -> str:
        """Fit for an address."""
        due = "" if self.due is None else f"{self.due.timestamp():.6f}"
        return f"{self.at.timestamp():.6f}_{due}_{self.score!r}_{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """What `str` made; None for anything else."""
        try:
            at, due, score, number = text.split("_")
            made = cls(_moment(at), _moment(due) if due else None, float(score), int(number))
        except (ValueError, OverflowError, OSError):  # OSError: a moment beyond what the system knows
            return None
        known = 0 <= made.id <= MAX_ID and abs(made.score) <= 1e9  # no score is near it; NaN compares as False
        return made if known else None


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(float(text), UTC)


class Count(NamedTuple):
    """How many there are, as far as somebody counted."""

    number: int
    exact: bool
    """False: there are at least so many."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue."""

    id: int
    title: str
    score: float
    priority: float
    verdict: str
    status: str
    category: str
    department: str
    term: str
    """Of the hit that weighs most."""
    channel: str
    source: str
    site: str
    price_text: str | None
    seller_id: int | None
    seller: str | None
    other_leads: int
    """Of this seller, counted up to `MOST_OTHERS`."""
    picture: str | None
    """URL of the first picture, not to be loaded by the browser."""
    first_seen: datetime
    posted_at: datetime | None
    due_at: datetime | None
    pinned: bool
    gone_at: datetime | None
    held_by: int | None
    holder: str | None
    """Display name."""
    state: str
    """What the watch last saw: online, changed, sold, gone, relisted; empty when it is not watched."""
    decision_id: int | None
    """What to hand over as `seen` with a decision."""
    changed_at: datetime | None
    """When the page changed after the decision; None where it did not, or somebody has looked since."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of the queue, and where they go on."""

    rows: tuple[QueueRow, ...]
    next: Cursor | None
    """None at the end."""
    tired: bool = False
    """Fewer than asked for, because so many leads were looked at in vain; `next` goes on from there."""
