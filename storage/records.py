"""What callers fill in and get back: frozen facts, free of any database library."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal


class Outcome(StrEnum):
    """What storing one listing came to."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    BACK = "back"
    """It had been marked as gone; its text may have changed as well."""


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """One way to reach a seller."""

    kind: str
    value: str
    """Normalised; one row per (kind, value) over all sites."""
    text: str
    """Exactly as written on the page."""


@dataclass(frozen=True, slots=True)
class HitRecord:
    """One place in the text that matched the lexicon."""

    entry: str
    term: str
    kind: str
    category: str
    channel: str
    matched: str
    start: int
    """Code-point offset into `ListingRecord.text`."""
    end: int
    weight: float
    clause: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    """Anything else that explains the hit, JSON-ready."""


@dataclass(frozen=True, slots=True)
class DetectionRecord:
    """The verdict of one lexicon version on one text."""

    verdict: str
    """alert, review, mention or none: the first two make a lead."""
    score: float
    intent: str
    departments: tuple[str, ...]
    lexicon_version: str
    hits: tuple[HitRecord, ...] = ()
    explanation: dict[str, Any] = field(default_factory=dict)
    """Factors and suppressed candidates, JSON-ready."""


@dataclass(frozen=True, slots=True)
class ListingRecord:
    """One fetched listing, ready to be kept."""

    key: str
    url: str
    title: str
    body: str
    digest: str
    """A new snapshot is kept when this differs from the newest stored one."""
    fetched_at: datetime
    price_text: str | None = None
    price_amount: Decimal | None = None
    price_currency: str | None = None
    price_unit: str | None = None
    negotiable: bool = False
    seller: str | None = None
    contacts: tuple[ContactRecord, ...] = ()
    region: str | None = None
    posted_at: datetime | None = None
    images: tuple[str, ...] = ()
    replies: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    row_signature: str | None = None
    """None leaves the stored one as it is."""
    status: int = 200
    detection: DetectionRecord | None = None

    @property
    def text(self) -> str:
        """What the offsets of hits count in: title, newline, body, then each reply on its own line."""
        return "\n".join((self.title, self.body, *self.replies))


@dataclass(frozen=True, slots=True)
class Known:
    """What the crawl needs to know of a stored listing to decide whether to fetch it again."""

    listing_id: int
    key: str
    url: str
    row_signature: str | None
    etag: str | None
    last_modified: str | None
    digest: str
    checked_at: datetime
    """When its own page was last read or answered "not modified"."""
    gone_at: datetime | None


@dataclass(frozen=True, slots=True)
class IssueRecord:
    """A page that could not be read."""

    url: str
    kind: str
    reason: str
    """Chinese, for people."""
    page: str
    """list, item or robots."""
    seen_at: datetime
    key: str | None = None
    """Of the listing, when the page was an item."""
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunTally:
    """What a run has counted so far."""

    pages: int = 0
    requests: int = 0
    bytes: int = 0
    listings_new: int = 0
    listings_changed: int = 0
    listings_unchanged: int = 0
    listings_gone: int = 0
    listings_back: int = 0
    listings_seen: int = 0
    """Known ones that a list page showed unchanged: not fetched again."""
    hits: int = 0
    leads: int = 0
    errors: int = 0
    empty_fields: dict[str, float] = field(default_factory=dict)
    """Field -> share (0 to 1) of this run's listings where it was empty."""
    extra: dict[str, float] = field(default_factory=dict)
    """Other counts worth showing."""

    @property
    def listings(self) -> int:
        """All listings that the run met, however known."""
        met = (self.listings_new, self.listings_changed, self.listings_unchanged, self.listings_back)
        return sum(met) + self.listings_seen


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One stored version of a listing."""

    id: int
    number: int
    """1 is the first version."""
    run_id: int
    fetched_at: datetime
    status: int
    url: str
    digest: str
    title: str
    body: str
    replies: tuple[str, ...]
    seller: str | None
    price_text: str | None
    price_amount: Decimal | None
    price_currency: str | None
    price_unit: str | None
    negotiable: bool
    region: str | None
    posted_at: datetime | None
    images: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The same text that detection read."""
        return "\n".join((self.title, self.body, *self.replies))


@dataclass(frozen=True, slots=True)
class Event:
    """A listing went away or came back."""

    kind: str
    """gone or back."""
    at: datetime
    run_id: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class History:
    """All that is stored about one listing over time, oldest first."""

    snapshots: tuple[Snapshot, ...]
    events: tuple[Event, ...]
