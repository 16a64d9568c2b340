"""Leads as people see them: a queue with the riskiest first, one lead in full, and a stream for export."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, TypeVar, Unpack

from sqlalchemy import bindparam, exists, func, select, tuple_

from storage.columns import MAX_ID
from storage.evidence import watching
from storage.evidence.models import Visit, Watch
from storage.listings import read_history
from storage.models import Contact, Detection, Event, Hit, Listing, ListingContact, Site, Snapshot
from storage.models import Lead as LeadRow
from storage.records import ContactRecord, HitRecord
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from decimal import Decimal

    from sqlalchemy import Connection, Row, Select
    from sqlalchemy.orm import InstrumentedAttribute

    from storage.database import Database
    from storage.evidence.watching import Visited, Watched
    from storage.records import History

T = TypeVar("T")

PAGE = 50  # leads held in memory while streaming: a body may be 10 MB


class Cursor(NamedTuple):
    """A place in the queue: that of the last lead shown."""

    score: float
    id: int


class Narrowing(TypedDict, total=False):
    """Which leads: all that satisfy every given condition."""

    site: str | None
    """Name of the site."""
    verdict: str | None
    """alert or review."""
    since: datetime | None
    """First seen at that moment or later."""
    status: str | None
    but_not: str | None
    """Any status but this one."""


@dataclass(frozen=True, slots=True)
class Lead:
    """A listing that deserves a person's eyes, with the words that made it so."""

    id: int
    verdict: str
    score: float
    """0 to 100."""
    status: str
    intent: str
    departments: tuple[str, ...]
    lexicon_version: str
    title: str
    text: str
    """What the offsets of `hits` count in: the snapshot that raised the lead, which need not be the newest."""
    url: str
    site: str
    seller: str | None
    price_text: str | None
    price_amount: Decimal | None
    price_currency: str | None
    price_unit: str | None
    negotiable: bool
    region: str | None
    images: tuple[str, ...]
    posted_at: datetime | None
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None
    listing_id: int
    key: str
    snapshot_id: int
    """The newest snapshot of the listing."""
    flagged_snapshot_id: int
    """The snapshot that `text` and `hits` belong to."""
    detection_id: int
    hits: tuple[HitRecord, ...]
    """In text order."""
    contacts: tuple[ContactRecord, ...]
    page_state: str = ""
    """What the watch tells of the page: online, changed, sold, gone, relisted; empty before its first visit."""

    @property
    def price(self) -> str | None:
        """As written on the page."""
        return self.price_text

    @property
    def terms(self) -> tuple[str, ...]:
        """Canonical terms found, each once, in text order."""
        return tuple(dict.fromkeys(hit.term for hit in self.hits))

    @property
    def channels(self) -> tuple[str, ...]:
        """How they were found, each once, in text order."""
        return tuple(dict.fromkeys(hit.channel for hit in self.hits))

    @property
    def changed_since(self) -> bool:
        """The page says something else by now."""
        return self.snapshot_id != self.flagged_snapshot_id

    @property
    def cursor(self) -> Cursor:
        """Hand this to `list` as `before` to get what follows."""
        return Cursor(self.score, self.id)


@dataclass(frozen=True, slots=True)
class LeadFile:
    """All that is stored about one lead."""

    lead: Lead
    explanation: dict[str, Any]
    """Factors and suppressed candidates of the detection that raised it."""
    history: History
    watch: Watched | None = None
    """When its page is looked at again; None while it is not watched."""
    visits: tuple[Visited, ...] = ()
    """What the watch saw, oldest first."""


# asked for by itself: of six joined tables PostgreSQL thinks longer how to read one lead than it reads
_SITE = select(Site.name).where(Site.id == LeadRow.site_id).scalar_subquery()
_STATE = select(Watch.state).where(Watch.lead_id == LeadRow.id).scalar_subquery()
SHOWN = (
    select(
        LeadRow.id, LeadRow.verdict, LeadRow.score, LeadRow.status, Detection.intent, Detection.departments,
        LeadRow.lexicon_version, Snapshot.title, Snapshot.body, Snapshot.replies, Snapshot.url,
        _SITE.label("site"), Snapshot.seller, Snapshot.price_text, Snapshot.price_amount, Snapshot.price_currency,
        Snapshot.price_unit, Snapshot.negotiable, Snapshot.region, Snapshot.images, LeadRow.posted_at,
        LeadRow.first_seen_at.label("first_seen"), Listing.last_seen_at.label("last_seen"), Listing.gone_at,
        LeadRow.listing_id, Listing.key, LeadRow.snapshot_id, Snapshot.id.label("flagged_snapshot_id"),
        LeadRow.detection_id, func.coalesce(_STATE, "").label("page_state"),
    )
    .join(Detection, Detection.id == LeadRow.detection_id)
    .join(Snapshot, Snapshot.id == Detection.snapshot_id)
    .join(Listing, Listing.id == LeadRow.listing_id)
)  # fmt: skip
ONE = SHOWN.add_columns(
    Detection.explanation,
    exists().where(Event.listing_id == LeadRow.listing_id).label("came_and_went"),
    exists().where(Watch.lead_id == LeadRow.id).label("watched"),
    exists().where(Visit.lead_id == LeadRow.id).label("visited"),
).where(LeadRow.id == bindparam("lead"))
"""With what `get` wants besides, and whether there is more to ask for: of most leads there is not."""
SHOWN_NAMES = tuple(SHOWN.selected_columns.keys())
HITS = select(
    Hit.detection_id, Hit.entry, Hit.term, Hit.kind, Hit.category, Hit.channel, Hit.matched, Hit.start, Hit.end,
    Hit.weight, Hit.clause, Hit.detail,
).order_by(Hit.detection_id, Hit.position)  # fmt: skip
CONTACTS = (
    select(ListingContact.listing_id, Contact.kind, Contact.value, ListingContact.text)
    .join(Contact, Contact.id == ListingContact.contact_id)
    .order_by(ListingContact.listing_id, Contact.kind, Contact.value)
)


def list(  # noqa: A001 - read as leads.list(db)
    db: Database, *, limit: int = 50, before: Cursor | None = None, **narrow: Unpack[Narrowing]
) -> tuple[Lead, ...]:
    """Leads riskiest first (score, then the newer one), at most `limit`, after the place `before`. Raises StorageError."""
    query = _narrowed(SHOWN, narrow).order_by(LeadRow.score.desc(), LeadRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(tuple_(LeadRow.score, LeadRow.id) < tuple_(before.score, before.id))
    with db.read() as connection:
        return _leads(connection, connection.execute(query).all())


def iterate(db: Database, **narrow: Unpack[Narrowing]) -> Iterator[Lead]:
    """All such leads in the order of `list`, a page at a time: memory stays flat and no transaction stays open."""
    before = None
    while page := list(db, limit=PAGE, before=before, **narrow):
        yield from page
        before = page[-1].cursor


def count(db: Database, **narrow: Unpack[Narrowing]) -> int:
    """How many such leads there are."""
    with db.read() as connection:
        return int(connection.execute(_narrowed(select(func.count()).select_from(LeadRow), narrow)).scalar_one())


def get(db: Database, lead_id: int) -> LeadFile | None:
    """One lead with explanation and history; None when there is no such id."""
    if not 0 < lead_id <= MAX_ID:  # from an address typed by hand: neither database can compare it
        return None
    with db.read() as connection:
        rows = connection.execute(ONE, {"lead": lead_id}).all()
        if not rows:
            return None
        (row,), (lead,) = rows, _leads(connection, rows)
        history = read_history(connection, row.listing_id, events=row.came_and_went)
        watch = watching.read_watch(connection, lead_id) if row.watched else None
        visits = watching.read_visits(connection, lead_id) if row.visited else ()
        return LeadFile(lead, row.explanation, history, watch, visits)


def _narrowed(query: Select[*tuple[Any, ...]], narrow: Narrowing) -> Select[*tuple[Any, ...]]:
    if (site := narrow.get("site")) is not None:
        query = query.where(LeadRow.site_id == select(Site.id).where(Site.name == site).scalar_subquery())
    if (verdict := narrow.get("verdict")) is not None:
        query = query.where(LeadRow.verdict == verdict)
    if (status := narrow.get("status")) is not None:
        query = query.where(LeadRow.status == status)
    if (but_not := narrow.get("but_not")) is not None:
        query = query.where(LeadRow.status != but_not)
    if (since := narrow.get("since")) is not None:
        query = query.where(LeadRow.first_seen_at >= since)
    return query


def _leads(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[Lead, ...]:
    hits = _grouped(connection, HITS, Hit.detection_id, [row.detection_id for row in rows], HitRecord)
    contacts = _grouped(
        connection, CONTACTS, ListingContact.listing_id, [row.listing_id for row in rows], ContactRecord
    )
    return tuple(_lead(row, tuple(hits[row.detection_id]), tuple(contacts[row.listing_id])) for row in rows)


def _grouped(
    connection: Connection,
    query: Select[*tuple[Any, ...]],
    owner: InstrumentedAttribute[int],
    ids: Sequence[int],
    build: Callable[..., T],
) -> dict[int, deque[T]]:
    groups: defaultdict[int, deque[T]] = defaultdict(deque)
    for chunk in chunks(ids):
        for owner_id, *facts in connection.execute(query.where(owner.in_(chunk))):
            groups[owner_id].append(build(*facts))
    return groups


def _lead(row: Row[*tuple[Any, ...]], hits: tuple[HitRecord, ...], contacts: tuple[ContactRecord, ...]) -> Lead:
    facts = {name: row._mapping[name] for name in SHOWN_NAMES}  # noqa: SLF001 - the documented way to read by name
    body, replies = facts.pop("body"), facts.pop("replies")
    facts["text"] = "\n".join((facts["title"], body, *replies))
    facts["departments"], facts["images"] = tuple(facts["departments"]), tuple(facts["images"])
    return Lead(**facts, hits=hits, contacts=contacts)
