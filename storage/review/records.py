"""What callers of decisions fill in and get back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.review.audit import Actor
    from storage.review.filters import QueueRow
    from storage.review.folding import Kind


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person wants done with a lead."""

    lead_id: int
    actor: Actor
    kind: Kind
    seen: int | None = None
    """Id of the last decision on this lead that the person saw; None when there was none."""
    reason: str | None = None
    """Code; dismissals need one."""
    category: str | None = None
    """Where detection's is wrong."""
    subject: str | None = None
    """What is offered, where detection is wrong."""
    note: str = ""
    duplicate_of: int | None = None
    seconds: float | None = None
    """How long the lead was looked at."""
    bulk_id: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of it."""

    id: int
    """Of the new row; `seen` of the next decision on this lead."""
    lead_id: int
    kind: str
    status: str
    """Of the lead, now."""


@dataclass(frozen=True, slots=True)
class Step:
    """One decision in a lead's history."""

    id: int
    at: datetime
    account_id: int
    who: str
    """Display name."""
    kind: str
    asks: bool
    """It waited, or waits, for a second person."""
    reason: str | None
    reason_label: str | None
    category: str | None
    subject: str | None
    note: str
    undoes: int | None
    duplicate_of: int | None
    seconds: float | None
    bulk_id: str | None
    detection_id: int
    score: float
    undone: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a decision over a whole queue would touch."""

    rows: tuple[QueueRow, ...]
    over: bool
    """There are more than the cap: narrow the queue first."""
    digest: str
    """To be handed over with the decision, so that it touches what was shown."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A decision over a whole queue, as far as it was not taken back."""

    id: str
    kind: str
    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class BulkDone:
    """What a decision over a whole queue came to."""

    bulk_id: str
    decided: tuple[Decided, ...]
    skipped: tuple[tuple[int, str], ...]
    """Lead ids, and in Chinese why."""
