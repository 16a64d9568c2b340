"""Rechecks: which known pages to visit although nothing points to a change, and what such visits found.

Pages are told apart by their age (since first seen), because young offers change and vanish sooner than old ones, and by
whether the lists, read to their end, still name them. How often a kind of page changes is learned per site.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import floor, log2
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, exists, func, literal, or_, select

from storage.freshness.estimate import DAY, HOUR, LONGEST_GAP, Visits, chance, change_rate, interval, prior
from storage.freshness.models import Recheck as Row
from storage.listings import KNOWN
from storage.models import Lead, Listing, Retry
from storage.records import Known
from storage.statements import insert, lock_site

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from storage.database import Database

AGES: Final = (DAY, 7 * DAY, 30 * DAY)  # seconds; the last kind is older than all
UNLISTED: Final = 9  # kind of page, whatever its age
KINDS: Final = (0, 1, 2, 3, UNLISTED)
SOONER: Final = 4  # a page is visited at the earliest after a quarter of `revisit` …
LATER: Final = 7  # … and at the latest after seven times it: a week as it comes
LEAD: Final = 5.0  # what a change of a lead's page weighs, against 1 of any other
UNCARED: Final = ("dismissed", "lapsed")  # leads that weigh no more than others
ROTATED: Final = 4  # one visit in so many goes to those unread for longest, whatever they promise: nobody starves
SPREAD: Final = 4  # times that part: how many of the longest unread it is drawn from
GAPS: Final = (-4, 12)  # powers of two, hours: four minutes to half a year
ENOUGH: Final = 200.0  # visits of one kind and gap: then older ones begin to count less
FUTURE: Final = timedelta(days=1)  # more than any time-zone mistake: a later visit was noted by a wrong clock


@dataclass(frozen=True, slots=True)
class Candidate:
    """A page that may be visited."""

    known: Known
    kind: int
    """Place in `AGES`, or `UNLISTED`."""
    lead: bool
    """It shows an open lead."""
    failing: bool
    """It could not be read the last time and is tried again in its turn."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one blind visit found."""

    kind: int
    gap: float
    """Seconds since the visit before."""
    changed: bool
    """It had changed, had come back or was gone."""


def learned(db: Database, site_id: int, base: timedelta) -> dict[int, float]:
    """Changes a second of each kind of page; where little is known, what `base` supposes. Raises StorageError."""
    groups: dict[int, list[Visits]] = {kind: [prior(base)] for kind in KINDS}
    for kind, visits in of_site(db, site_id):
        groups.setdefault(kind, [prior(base)]).append(visits)
    return {kind: change_rate(told) for kind, told in groups.items()}


def of_site(db: Database, site_id: int) -> list[tuple[int, Visits]]:
    """(kind, visits) for each kind of page and length of gap. Raises StorageError."""
    query = select(Row.age, Row.reads, Row.changes, Row.seconds).where(Row.site_id == site_id)
    with db.read() as connection:
        rows = connection.execute(query.order_by(Row.age, Row.gap)).all()
    return [(row.age, Visits(row.reads, row.changes, row.seconds)) for row in rows]


def wait(rate: float, base: timedelta) -> timedelta:
    """How long a kind of page with that rate is left alone."""
    return interval(rate, base / SOONER, base * LATER)


def candidates(  # noqa: PLR0913 - one fact each
    db: Database,
    site_id: int,
    run_id: int,
    now: datetime,
    *,
    rates: Mapping[int, float],
    base: timedelta,
    unlisted: bool,
    reach: int,
) -> list[Candidate]:
    """Pages still there whose time has come, at most `reach` of each kind, those unread for longest first.

    `unlisted`: the run read all lists to their end, so that what it has not met is due as well. A page whose visit was
    noted by a clock that went ahead is due. Raises StorageError.
    """
    if reach <= 0:
        return []
    old = case(*((Listing.first_seen_at > now - timedelta(seconds=age), literal(at)) for at, age in enumerate(AGES)))
    kind: ColumnElement[Any] = func.coalesce(old, literal(len(AGES)))
    met = Listing.last_run_id == run_id
    if unlisted:
        kind = case((met, kind), else_=literal(UNLISTED))
    due = or_(_is_due(now, rates, base), Listing.checked_at > now + FUTURE, *(() if not unlisted else (~met,)))
    inner = _inner(site_id, kind, due).subquery()
    query = KNOWN.join(inner, inner.c.id == Listing.id).add_columns(inner.c.kind, inner.c.lead, inner.c.failing)
    query = query.where(inner.c.place <= reach).order_by(Listing.checked_at, Listing.id)
    with db.read() as connection:
        rows = connection.execute(query).all()
    return [Candidate(Known(*row[:-3]), row.kind, bool(row.lead), bool(row.failing)) for row in rows]


def _inner(site_id: int, kind: ColumnElement[Any], due: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Numbers of the due pages and their place within their kind."""
    lead = case((Lead.id.is_not(None), literal(1)), else_=literal(0))
    waiting = exists().where(Retry.site_id == Listing.site_id, Retry.identity == Listing.key)
    failing = case((waiting, literal(1)), else_=literal(0))
    place = func.row_number().over(partition_by=(kind, lead, failing), order_by=(Listing.checked_at, Listing.id))
    query = select(
        Listing.id, kind.label("kind"), lead.label("lead"), failing.label("failing"), place.label("place")
    ).outerjoin(Lead, and_(Lead.listing_id == Listing.id, Lead.status.not_in(UNCARED)))
    return query.where(Listing.site_id == site_id, Listing.gone_at.is_(None), due)


def _is_due(now: datetime, rates: Mapping[int, float], base: timedelta) -> ColumnElement[bool]:
    edges = [now - timedelta(seconds=age) for age in AGES]
    spans = [Listing.first_seen_at > edges[0]]
    spans += [and_(Listing.first_seen_at <= young, Listing.first_seen_at > old) for young, old in pairwise(edges)]
    spans.append(Listing.first_seen_at <= edges[-1])
    return or_(
        *(and_(span, Listing.checked_at < now - wait(rates[at], base)) for at, span in enumerate(spans)),
    )


def choose(
    pages: Sequence[Candidate], rates: Mapping[int, float], now: datetime, budget: int, skip: Collection[str] = ()
) -> list[Candidate]:
    """The visits that promise most: chance of a change times weight. Pure, but for the draw.

    A part of the budget goes to pages drawn from those unread for longest: in order, pages that fail for ever would take
    it each time. So every page has its turn, however little it promises.
    """
    pool = [page for page in pages if page.known.key not in skip]
    if len(pool) <= budget:
        return pool
    turn = max(1, budget // ROTATED) if budget else 0
    oldest = sorted(pool, key=lambda page: page.known.checked_at)[: turn * SPREAD]
    taken = random.sample(oldest, turn)
    keys = {page.known.key for page in taken}
    rest = [page for page in pool if page.known.key not in keys]
    rest.sort(key=lambda page: (page.failing, -gain(page, rates, now)))
    return [*taken, *rest[: budget - turn]]


def gain(page: Candidate, rates: Mapping[int, float], now: datetime) -> float:
    """What a visit promises: the chance that the page has changed, times how much that would matter."""
    return chance(rates[page.kind], gap_of(page.known, now)) * (LEAD if page.lead else 1.0)


def gap_of(known: Known, now: datetime) -> float:
    """Seconds since the page was read; 0 where a wrong clock noted that."""
    return max(0.0, (now - known.checked_at).total_seconds())


def note(db: Database, site_id: int, outcomes: Iterable[Outcome]) -> None:
    """Count what blind visits found. Raises StorageError."""
    sums: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for one in outcomes:
        if one.gap > 0:
            told = sums[one.kind, _group(one.gap)]
            told[0] += 1
            told[1] += one.changed
            told[2] += min(one.gap, LONGEST_GAP)
    if not sums:
        return
    with db.write() as connection:
        lock_site(connection, site_id)
        query = select(Row.age, Row.gap, Row.reads, Row.changes, Row.seconds).where(Row.site_id == site_id)
        before = {(row.age, row.gap): tuple(row[2:]) for row in connection.execute(query)}
        rows = [_row(site_id, place, before.get(place), told) for place, told in sums.items()]
        put = insert(connection, Row)
        renewed = {name: put.excluded[name] for name in ("reads", "changes", "seconds")}
        put = put.on_conflict_do_update(index_elements=[Row.site_id, Row.age, Row.gap], set_=renewed)
        connection.execute(put, rows)


def _row(
    site_id: int, place: tuple[int, int], before: tuple[float, ...] | None, told: Sequence[float]
) -> dict[str, Any]:
    old = before or (0.0, 0.0, 0.0)
    kept = min(1.0, ENOUGH / old[0]) if old[0] else 1.0
    reads, changes, seconds = (was * kept + more for was, more in zip(old, told, strict=True))
    facts = {"reads": reads, "changes": changes, "seconds": seconds}
    return {"site_id": site_id, "age": place[0], "gap": place[1]} | facts


def _group(gap: float) -> int:
    return max(GAPS[0], min(GAPS[1], floor(log2(gap / HOUR))))
