"""The watch over leads' pages: which of them to look at, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeAlias

from sqlalchemy import and_, bindparam, func, or_, select, update

from storage.columns import MAX_ID
from storage.evidence import reposts
from storage.evidence.models import Visit, Watch
from storage.evidence.sold import WHOLE, sold_by
from storage.listings import KNOWN
from storage.models import Lead, Listing, Site, Snapshot
from storage.records import Known
from storage.statements import chunks, insert

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from storage.database import Database

Steps: TypeAlias = tuple[timedelta, ...]
"""How long to wait for the first look, after it for the second, and so on; empty: nothing is watched."""

UNCARED = ("dismissed", "lapsed")
"""States of a lead in which nobody cares for its page any more."""
STOPPED = -1
FUTURE_LIMIT = timedelta(
    days=1
)  # more than any time-zone mistake: a time further beyond the schedule is a wrong clock's


@dataclass(frozen=True, slots=True)
class Watched:
    """A lead's watch."""

    lead_id: int
    site: str
    url: str
    step: int
    """Looks of the schedule so far; -1 when a person ended the watch."""
    next_at: datetime | None
    last_at: datetime | None
    state: str
    """online, changed, sold, gone, relisted; empty before the first visit."""
    failures: int
    """Looks in a row that saw nothing."""

    @property
    def stopped(self) -> bool:
        """A person ended it."""
        return self.step == STOPPED


@dataclass(frozen=True, slots=True)
class Visited:
    """What one look at a lead's page showed."""

    id: int
    at: datetime
    outcome: str
    """unchanged, changed, sold, gone, relisted, unreachable."""
    reason: str
    """Chinese."""
    snapshot_id: int | None
    """What the page said, where it said something new."""
    capture_id: int | None
    """The evidence of it."""
    other_lead_id: int | None
    """The lead under which the offer came again."""


def enrol(db: Database, steps: Steps, now: datetime) -> int:
    """Watch all leads that are not watched yet, whoever stored them; how many there were. Raises StorageError.

    An old lead enters the schedule where it would stand by now.
    """
    if not steps:
        return 0
    query = select(Lead.id).outerjoin(Watch, Watch.lead_id == Lead.id).where(Watch.lead_id.is_(None), cared_for())
    with db.read() as connection:
        missing = list(connection.scalars(query.order_by(Lead.id)))
    for chunk in chunks(missing):
        with db.write() as connection:
            add(connection, chunk, steps, now)
    return len(missing)


def add(connection: Connection, lead_ids: Collection[int], steps: Steps, now: datetime) -> None:
    """The same for some leads, within a transaction; those watched already are left as they are."""
    query = select(
        Lead.id, Lead.snapshot_id, Lead.first_seen_at, Listing.gone_at, Snapshot.title, Snapshot.price_text,
        Snapshot.attributes, func.substr(Snapshot.body, 1, WHOLE + 1).label("body"),
    )  # fmt: skip
    query = query.join(Listing, Listing.id == Lead.listing_id).join(Snapshot, Snapshot.id == Lead.snapshot_id)
    rows = [_row(one, steps, now) for one in connection.execute(query.where(Lead.id.in_(lead_ids)))]
    if not rows:
        return
    added = insert(connection, Watch).on_conflict_do_nothing().returning(Watch.lead_id)
    reposts.tell(connection, reposts.before(connection, sorted(connection.scalars(added, rows))), now)


def _row(lead: Row[*tuple[Any, ...]], steps: Steps, now: datetime) -> dict[str, Any]:
    begun = min(lead.first_seen_at, now)  # a wrong clock's lead began now
    times = [begun + span for span in accumulate(steps)]
    step = next((place for place, moment in enumerate(times) if moment > now), len(steps) - 1)
    gone = lead.gone_at is not None
    sold = sold_by(lead.title, lead.price_text, lead.attributes, lead.body)
    facts = {"lead_id": lead.id, "step": step, "next_at": max(times[step], now), "last_at": None, "failures": 0}
    return facts | {"state": "gone" if gone else "sold" if sold else "", "snapshot_id": lead.snapshot_id, "gone": gone}


def due(db: Database, site_id: int, steps: Steps, now: datetime, limit: int) -> list[Known]:
    """Pages of the site to look at now, longest waiting first. Raises StorageError."""
    if not steps or limit <= 0:
        return []
    query = KNOWN.join(Lead, Lead.listing_id == Listing.id).join(Watch, Watch.lead_id == Lead.id)
    query = query.where(Lead.site_id == site_id, cared_for(), _is_due(steps, now))
    with db.read() as connection:
        return [Known(*row) for row in connection.execute(query.order_by(Watch.next_at, Watch.lead_id).limit(limit))]


def next_by_site(db: Database, steps: Steps, now: datetime) -> dict[int, datetime]:
    """When the next page of each site is to be looked at; `now` where one is due. Raises StorageError."""
    if not steps:
        return {}
    watched = select(Lead.site_id, func.min(Watch.next_at)).join(Watch, Watch.lead_id == Lead.id)
    watched = watched.where(Watch.next_at.is_not(None), cared_for()).group_by(Lead.site_id)
    with db.read() as connection:
        found = {site_id: moment for site_id, moment in connection.execute(watched) if moment is not None}
        late = connection.scalars(watched.where(_is_due(steps, now)).with_only_columns(Lead.site_id)).all()
    return found | dict.fromkeys(late, now)


def cared_for() -> ColumnElement[bool]:
    """The lead has not been decided to be none."""
    return Lead.status.not_in(UNCARED)


def is_due(watch: Any, steps: Steps, now: datetime) -> bool:
    """Whether this watch's time has come: a row of `watches` or a `Watched`."""
    if watch.next_at is None:
        return False
    longest: timedelta = steps[min(max(watch.step, 0), len(steps) - 1)]
    return bool(watch.next_at <= now or watch.next_at > now + longest + FUTURE_LIMIT)


def _is_due(steps: Steps, now: datetime) -> ColumnElement[bool]:
    """The same in the database."""
    far = [and_(Watch.step == place, Watch.next_at > now + span + FUTURE_LIMIT) for place, span in enumerate(steps)]
    beyond = and_(Watch.step >= len(steps), Watch.next_at > now + steps[-1] + FUTURE_LIMIT)
    return or_(Watch.next_at <= now, *far, beyond)


def stop(db: Database, lead_id: int) -> bool:
    """Look at the lead's page no more; False when it is not watched. Raises StorageError."""
    return _set(db, lead_id, {"step": STOPPED, "next_at": None})


def start(db: Database, lead_id: int, steps: Steps, now: datetime) -> bool:
    """Watch the lead from the beginning of the schedule, first at once; False when there is no such lead."""
    if not 0 < lead_id <= MAX_ID:
        return False
    with db.write() as connection:
        add(connection, [lead_id], steps, now)
    return _set(db, lead_id, {"step": 0, "next_at": now, "failures": 0})


def _set(db: Database, lead_id: int, values: dict[str, Any]) -> bool:
    if not 0 < lead_id <= MAX_ID:
        return False
    with db.write() as connection:
        return connection.execute(update(Watch).where(Watch.lead_id == lead_id).values(values)).rowcount == 1


def of_lead(db: Database, lead_id: int) -> Watched | None:
    """A lead's watch; None when it has none. Raises StorageError."""
    if not 0 < lead_id <= MAX_ID:
        return None
    with db.read() as connection:
        return read_watch(connection, lead_id)


def read_watch(connection: Connection, lead_id: int) -> Watched | None:
    """The same within a transaction."""
    row = connection.execute(ONE, {"lead": lead_id}).first()
    return Watched(*row) if row is not None else None


def upcoming(db: Database, limit: int, *, site: str | None = None) -> list[Watched]:
    """Watches that have not ended, the next one first. Raises StorageError."""
    query = WATCHES.where(Watch.next_at.is_not(None), cared_for()).order_by(Watch.next_at, Watch.lead_id).limit(limit)
    return _some(db, query if site is None else query.where(Site.name == site))


def overdue(db: Database, steps: Steps, now: datetime, limit: int) -> list[Watched]:
    """Watches whose time has come, the longest waiting first. Raises StorageError."""
    if not steps:
        return []
    query = WATCHES.where(_is_due(steps, now), cared_for()).order_by(Watch.next_at, Watch.lead_id)
    return _some(db, query.limit(limit))


def visits(db: Database, lead_id: int) -> tuple[Visited, ...]:
    """All visits of a lead, oldest first. Raises StorageError."""
    if not 0 < lead_id <= MAX_ID:
        return ()
    with db.read() as connection:
        return read_visits(connection, lead_id)


def read_visits(connection: Connection, lead_id: int) -> tuple[Visited, ...]:
    """The same within a transaction."""
    query = select(*(getattr(Visit, name) for name in Visited.__slots__)).where(Visit.lead_id == lead_id)
    return tuple(Visited(*row) for row in connection.execute(query.order_by(Visit.id)))


WATCHES: Select[*tuple[Any, ...]] = (
    select(
        Watch.lead_id, Site.name, Listing.url, Watch.step, Watch.next_at, Watch.last_at, Watch.state, Watch.failures,
    )
    .join(Lead, Lead.id == Watch.lead_id)
    .join(Listing, Listing.id == Lead.listing_id)
    .join(Site, Site.id == Lead.site_id)
)  # fmt: skip


_URL = select(Listing.url).join(Lead, Lead.listing_id == Listing.id).where(Lead.id == Watch.lead_id).scalar_subquery()
_SITE = select(Site.name).join(Lead, Lead.site_id == Site.id).where(Lead.id == Watch.lead_id).scalar_subquery()
ONE: Select[*tuple[Any, ...]] = select(
    Watch.lead_id, _SITE, _URL, Watch.step, Watch.next_at, Watch.last_at, Watch.state, Watch.failures,
).where(Watch.lead_id == bindparam("lead"))  # fmt: skip
"""The same of one lead: most have no watch, and nothing else is looked at for them."""


def _some(db: Database, query: Select[*tuple[Any, ...]]) -> list[Watched]:
    with db.read() as connection:
        return [Watched(*row) for row in connection.execute(query)]


__all__ = [
    "STOPPED", "Steps", "Visited", "Watched", "add", "cared_for", "due", "enrol", "is_due", "next_by_site", "of_lead",
    "overdue", "read_visits", "read_watch", "start", "stop", "upcoming", "visits",
]  # fmt: skip
