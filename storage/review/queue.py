"""The queue: due ones first, then the riskiest; pages by place, counts that stop when they are large."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, func, or_, select, tuple_
from sqlalchemy.orm import aliased

from storage.columns import MAX_ID
from storage.evidence.models import Watch
from storage.models import Detection, Lead, Listing, Site, Snapshot
from storage.review import scanning
from storage.review.conditions import conditions, free, own, pinned, unasked, unpinned
from storage.review.filters import OPEN, PINNED, STATUSES, Count, Cursor, Filters, Page, QueueRow
from storage.review.models import Account, Lease
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row

    from storage.database import Database
    from storage.review.conditions import Condition

SPARE = 100  # leads looked at beyond what is counted: few are left out by the viewer
TRIED = 400  # leads of each status looked at one by one for a count: "12+" says that there are some
MOST_COUNTED = 1_000  # leads: "1000+" says enough
DUE_WINDOW = 500  # leads by deadline looked at in one go: more than anybody has open for today
MOST_OTHERS = 99  # leads of the same seller: two digits fit the column

__all__ = [
    "OPEN",
    "STATUSES",
    "Brief",
    "Count",
    "Cursor",
    "Filters",
    "Page",
    "QueueRow",
    "brief",
    "count",
    "counts",
    "look",
    "page",
    "row",
]


def page(db: Database, filters: Filters, now: datetime, *, after: Cursor | None = None, limit: int = 50) -> Page:
    """At most `limit` leads after that place. Raises StorageError."""
    with db.read() as connection:
        return read_page(connection, filters, now, after=after, limit=limit)


def look(
    db: Database, filters: Filters, now: datetime, *, after: Cursor | None = None, limit: int = 50
) -> tuple[Page, dict[str, Count]]:
    """A page, and the counts of all statuses, of changed leads or not: what is rare is listed once for both.

    Raises StorageError.
    """
    with db.read() as connection:
        wanted = conditions(connection, replace(filters, status=(), viewer=None, changed=False), now)
        mine = [*wanted, *own(filters)]
        found = read_page(connection, filters, now, after=after, limit=limit, wanted=mine)
        return found, _counts(connection, wanted, filters.viewer, MOST_COUNTED)


def read_page(  # noqa: PLR0913 - one fact each
    connection: Connection,
    filters: Filters,
    now: datetime,
    *,
    after: Cursor | None = None,
    limit: int = 50,
    wanted: Sequence[Condition] | None = None,
) -> Page:
    """The same as `page` within a transaction; `wanted`: what the filters ask for, if it is known."""
    found = read_places(connection, filters, now, after=after, limit=limit, wanted=wanted)
    marks = {place.id for place in found.places if place.due is not None}
    return Page(rows(connection, [place.id for place in found.places], marks, now), found.next, found.tired)


class Places(NamedTuple):
    """Leads of a page, without what is shown of them."""

    places: list[Cursor]
    next: Cursor | None
    tired: bool
    """The walk ended before the queue did."""


def read_places(  # noqa: PLR0913 - one fact each
    connection: Connection,
    filters: Filters,
    now: datetime,
    *,
    after: Cursor | None = None,
    limit: int = 50,
    free_for: int | None = None,
    wanted: Sequence[Condition] | None = None,
) -> Places:
    """Which leads a page has; `free_for`: leave out what others than this account hold."""
    at = now if after is None else after.at
    wanted = list(conditions(connection, filters, now) if wanted is None else wanted)
    if free_for is not None:
        wanted.append(free(free_for, now))
    front = _pinned(connection, filters, wanted, at, after, limit + 1)
    places = [Cursor(at, due, 0.0, number) for number, due in front[:limit]]
    more, tired, last = len(front) > limit, False, None
    if not more:
        start = None if after is None or after.due is not None else (after.score, after.id)
        way = scanning.plan(connection, [*wanted, unpinned(at)], filters.status, by_model=filters.order == "model")
        found, last, tired = scanning.walk(connection, way, start, limit + 1 - len(places))
        more = len(places) + len(found) > limit
        places += [Cursor(at, None, *one) for one in found[: limit - len(places)]]
    following = places[-1] if more else Cursor(at, None, *last) if tired and last is not None else None
    return Places(places, following, tired and not more)


def _pinned(  # noqa: PLR0913, PLR0917 - one fact each
    connection: Connection,
    filters: Filters,
    wanted: Sequence[Condition],
    at: datetime,
    after: Cursor | None,
    limit: int,
) -> list[tuple[int, datetime]]:
    """Ids and deadlines of those in front, the earliest first."""
    statuses = [one for one in OPEN if not filters.status or one in filters.status]
    if not statuses or (after is not None and after.due is None):
        return []
    found: list[tuple[int, datetime]] = []
    place = None if after is None or after.due is None else (after.due, after.id)
    fits = and_(pinned(at), Lead.status.in_(statuses), *(one.test for one in wanted))
    size = 2 * limit  # most that are due belong to most queues
    while len(found) < limit:
        rows = _due(connection, fits, at, place, size)
        found += [(number, due) for number, due, is_wanted, _ in rows if is_wanted]
        if not rows or rows[-1][3] < size:
            break
        place, size = (rows[-1][1], rows[-1][0]), DUE_WINDOW
    return found[:limit]


def _due(
    connection: Connection, fits: ColumnElement[bool], at: datetime, place: tuple[datetime, int] | None, size: int
) -> list[tuple[int, datetime, bool, int]]:
    """Id, deadline, whether it fits, and number from 1 of the next leads by their deadline: those that fit, and the last.

    They are walked along whatever their status: else SQLite would walk along the status and sort. Most have long been
    decided: to fetch those as well would take longer than to look at them.
    """
    inner = select(Lead.id.label("lead_id"), Lead.due_at).where(Lead.due_at <= at + PINNED)
    if place is not None:
        inner = inner.where(tuple_(Lead.due_at, Lead.id) > tuple_(*place))
    some = inner.order_by(Lead.due_at, Lead.id).limit(size).subquery()
    order = (some.c.due_at, some.c.lead_id)
    rank = func.row_number().over(order_by=order).label("rank")
    # the limit keeps SQLite from testing twice
    tested = select(some, scanning.of_each(some, fits).label("fits"), rank).limit(size).subquery()
    query = select(tested).where(or_(tested.c.fits, tested.c.rank == size)).order_by(tested.c.rank)
    return [(number, due, bool(wanted), place) for number, due, wanted, place in connection.execute(query)]


def count(db: Database, filters: Filters, now: datetime, *, most: int = MOST_COUNTED) -> Count:
    """How many leads there are, as far as it is worth counting. Raises StorageError."""
    with db.read() as connection:
        found = _tallies(connection, filters, now, 2 * most)
    fitting, tired = sum(one.fitting for one in found.values()), any(one.seen >= 2 * most for one in found.values())
    return Count(min(fitting, most), exact=fitting <= most and not tired)


def counts(db: Database, filters: Filters, now: datetime, *, most: int = MOST_COUNTED) -> dict[str, Count]:
    """The same for each status, whatever status the filters ask for."""
    with db.read() as connection:
        wanted = conditions(connection, replace(filters, status=(), viewer=None), now)
        return _counts(connection, wanted, filters.viewer, most)


def _counts(connection: Connection, wanted: Sequence[Condition], viewer: int | None, most: int) -> dict[str, Count]:
    way = scanning.plan(connection, wanted, STATUSES, by_model=False)
    tested = isinstance(way, scanning.ByIndex) and way.tests
    looked = TRIED if tested else most + SPARE  # not the longest walk: there are eight of them on one page
    found = _counted(connection, way, viewer, looked)
    return {
        status: Count(min(one.fitting, most), exact=one.fitting <= most and one.seen < looked)
        for status, one in ((status, found[status]) for status in STATUSES)
    }


def _counted(connection: Connection, way: scanning.Walk, viewer: int | None, looked: int) -> dict[str, scanning.Tally]:
    """What a viewer is not shown concerns one status: others are counted without looking at their leads for it."""
    if viewer is None:
        return way.count(connection, looked)
    if isinstance(way, scanning.ByWords):
        return scanning.narrow(way, unasked(viewer)).count(connection, looked)
    others = scanning.narrow(way, statuses=[one for one in STATUSES if one != "pending"])
    own = scanning.narrow(way, unasked(viewer), statuses=["pending"])
    return others.count(connection, looked) | own.count(connection, looked)


def _tallies(connection: Connection, filters: Filters, now: datetime, looked: int) -> dict[str, scanning.Tally]:
    wanted = conditions(connection, filters, now)
    by_model = False  # the order costs time and counts nothing
    return scanning.plan(connection, wanted, filters.status, by_model=by_model).count(connection, looked)


class Brief(NamedTuple):
    """What a lead is, without its line."""

    id: int
    status: str
    category: str
    score: float


BRIEF = select(Lead.id, Lead.status, Lead.category, Lead.score).where(Lead.id == bindparam("lead"))


def brief(db: Database, lead_id: int) -> Brief | None:
    """One lead in few words; None when there is no such id. Raises StorageError."""
    with db.read() as connection:
        found = connection.execute(BRIEF, {"lead": min(lead_id, MAX_ID)}).one_or_none()
    return None if found is None else Brief(*found)


def row(db: Database, lead_id: int, now: datetime) -> QueueRow | None:
    """One lead as the queue shows it; None when there is no such id."""
    with db.read() as connection:
        return next(iter(rows(connection, [lead_id], set(), now)), None)


_SITE = select(Site.name).where(Site.id == Lead.site_id).scalar_subquery()
_GONE = select(Listing.gone_at).where(Listing.id == Lead.listing_id).scalar_subquery()
_STATE = select(Watch.state).where(Watch.lead_id == Lead.id).scalar_subquery()
_HELD = and_(Lease.lead_id == Lead.id, Lease.until_at > bindparam("now"))
_HELD_BY = select(Lease.account_id).where(_HELD).scalar_subquery()
_HOLDER = select(Account.display_name).join(Lease, Lease.account_id == Account.id).where(_HELD).scalar_subquery()
_OTHER = aliased(Lead)
_OF_SELLER = select(_OTHER.id).where(_OTHER.seller_id == Lead.seller_id).limit(MOST_OTHERS + 1).correlate(Lead)
_OTHERS = select(func.count()).select_from(_OF_SELLER.subquery()).scalar_subquery()
# each fact by a question of its own: joined, seven tables take PostgreSQL longer to plan than to look into; and made
# once, since to put the query together would take longer than to run it
SHOWN = (
    select(
        Lead.id, Snapshot.title, Lead.score, Lead.priority, Lead.verdict, Lead.status, Lead.category, Lead.department,
        Lead.term, Lead.channel, Lead.source, _SITE.label("site"), Snapshot.price_text, Lead.seller_id,
        Snapshot.seller, Snapshot.images, Lead.first_seen_at.label("first_seen"), Lead.posted_at, Lead.due_at,
        _GONE.label("gone_at"), func.coalesce(_STATE, "").label("state"), Lead.decision_id, Lead.changed_at,
        _HELD_BY.label("held_by"), _HOLDER.label("holder"), _OTHERS.label("of_seller"),
    )
    .join(Detection, Detection.id == Lead.detection_id)
    .join(Snapshot, Snapshot.id == Detection.snapshot_id)
    .where(Lead.id.in_(bindparam("ids", expanding=True)))
)  # fmt: skip


def rows(connection: Connection, ids: Sequence[int], marks: set[int], now: datetime) -> tuple[QueueRow, ...]:
    """These leads as the queue shows them, in this order; `marks` are pinned."""
    shown = (row for some in chunks(ids) for row in connection.execute(SHOWN, {"ids": some, "now": now}))
    made = {row.id: _row(row, marks) for row in shown}
    return tuple(made[one] for one in ids if one in made)


def _row(row: Row[*tuple[Any, ...]], marks: set[int]) -> QueueRow:
    facts = dict(row._mapping)  # noqa: SLF001 - the documented way to read by name
    images, of_seller = facts.pop("images"), facts.pop("of_seller")
    facts |= {"picture": images[0] if images else None, "pinned": row.id in marks}
    return QueueRow(**facts, other_leads=max(of_seller - 1, 0))
