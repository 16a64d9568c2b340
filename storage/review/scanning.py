"""Walk through a queue in its order without ever reading all of it.

One condition, the rarest, drives: an index gives its leads in the order of the queue. The others are tried lead by
lead. So a page costs what it shows, unless conditions exclude each other; then the walk ends after `MOST` leads and says
where it stands. Common words are read from SQLite's search index riskiest first (`words.search_row`); on PostgreSQL,
whose index has no such order, they are tried lead by lead, by a text that lies beside it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, Self

from sqlalchemy import True_, and_, case, false, func, literal, select, true, tuple_, union_all

from storage.models import Lead
from storage.review.conditions import SEARCH, Condition, matching
from storage.review.few import Few, among
from storage.review.filters import STATUSES
from storage.review.models import LeadTerm
from storage.review.words import search_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Select, Subquery

RARE = 1_000  # leads: enough to tell which condition is the rarest
FEW = 3_000  # leads of a condition without an index in order: so many are sorted quicker than the queue is walked along
LISTED = 2  # times as many leads of a text on PostgreSQL, which lists them quicker and tries them slower
COMMON = 2  # times as many leads as would be few: where so many are expected, they are not asked for
LISTS = frozenset({"ids", "words"})  # kinds of conditions that no index keeps in order
FIRST = 100  # leads looked at in one go: most pages, of fifty, end in the first
MOST = 20_000  # leads looked at for one page
PACKED = 1_000_000  # more than are ever looked at for a count
FITS = "fits"  # name of the column that says so
ID_BITS = 48  # of a row number of the search index, see `words.search_row`


class Place(NamedTuple):
    """Where a lead stands in the queue."""

    score: float
    """By which the queue is ordered: score or priority."""
    id: int


class Window(NamedTuple):
    """The next leads on the way."""

    fitting: list[Place]
    """In the order of the queue."""
    last: Place | None
    """The last one looked at, where more may follow; None at the end of the queue."""


class Stretch(NamedTuple):
    """A part of a queue."""

    fitting: list[Place]
    last: tuple[float, int] | None
    """Where the walk ended, if it grew tired."""
    tired: bool
    """It ended before the queue did."""


class Tally(NamedTuple):
    """Leads of one status in the beginning of a queue."""

    fitting: int
    seen: int
    """Looked at, whether they fit or not: as many as were to be looked at, if there may be more."""

    @classmethod
    def unpack(cls, number: int) -> Self:
        """From one number of a query that can give no two for each status."""
        return cls(*divmod(int(number), PACKED))


class Walk(Protocol):
    """A queue, ready to be walked along."""

    def window(self, connection: Connection, after: tuple[float, int] | None, size: int) -> Window:
        """What fits among the next leads, `size` of them or somewhat more; fewer at the end."""

    def count(self, connection: Connection, size: int) -> dict[str, Tally]:
        """What fits among the first `size` leads, by status: counted by the database, not one by one."""


@dataclass(frozen=True, slots=True)
class ByIndex:
    """Along an index of leads or of their terms, each status by itself and then put together."""

    statuses: Sequence[str | None]
    """None: any, where an index does without the status."""
    test: ColumnElement[bool]
    drive: ColumnElement[bool] = field(default_factory=true)
    term: str | None = None
    order: Any = Lead.score

    @property
    def tests(self) -> bool:
        """Whether leads must be looked at, not the index alone."""
        return not isinstance(self.test, True_)

    def window(self, connection: Connection, after: tuple[float, int] | None, size: int) -> Window:
        """What fits among the next leads, `size` of them or somewhat more; fewer at the end."""
        parts = (self._places(status, after, size).subquery() for status in self.statuses)
        fitting = (select(one.c.place, one.c.lead_id, true()).where(_tested(one, self.test)) for one in parts)
        plain = (self._places(status, after, size, tested=False).subquery() for status in self.statuses)
        ends = (select(one.c.place, one.c.lead_id, false()).offset(size - 1).subquery() for one in plain)
        # at once: between two statements PostgreSQL may let a lead come or go, and one of the others would be missing
        rows = connection.execute(union_all(*fitting, *map(select, ends))).all()
        found = sorted((Place(*place) for *place, fits in rows if fits), reverse=True)
        return _cut(found, (Place(*place) for *place, fits in rows if not fits))

    def count(self, connection: Connection, size: int) -> dict[str, Tally]:
        """What fits among the first `size` leads of each status, by status."""
        if not self.statuses:
            return {}
        if None in self.statuses:  # any status at once
            return {"": Tally.unpack(connection.scalar(_packed(self._places(None, None, size), self.test)))}
        named = union_all(*(select(literal(one).label("status")) for one in self.statuses)).subquery("named")
        places = self._places(named.c.status, None, size).correlate(named)
        packed = _packed(places, self.test).correlate(named).scalar_subquery()
        return {status: Tally.unpack(number) for status, number in connection.execute(select(named.c.status, packed))}

    def _places(
        self, status: Any, after: tuple[float, int] | None, size: int, *, tested: bool = True
    ) -> Select[*tuple[Any, ...]]:
        order: Any
        number: Any
        order, number = (self.order, Lead.id) if self.term is None else (LeadTerm.score, LeadTerm.lead_id)
        query = select(number.label("lead_id"), order.label("place"))
        if self.term is None:
            if tested and self.tests:  # as the index leads to them: to look each up again costs four times as much
                query = query.add_columns(self.test.label(FITS))
            query = query.where(self.drive)
            if status is not None:
                query = query.where(Lead.status == status)
        else:  # a lead may show a term through several channels
            query = query.where(LeadTerm.term == self.term, LeadTerm.status == status).group_by(order, number)
        if after is not None:
            query = query.where(tuple_(order, number) < tuple_(*after))
        return query.order_by(order.desc(), number.desc()).limit(size)


@dataclass(frozen=True, slots=True)
class ByWords:
    """Along SQLite's search index, whose row numbers are in the order of the queue."""

    statuses: Sequence[str]
    test: ColumnElement[bool]
    words: str

    def window(self, connection: Connection, after: tuple[float, int] | None, size: int) -> Window:
        """What fits among the next leads, `size` of them or somewhat more; fewer at the end."""
        inner = self._places(after, size)
        found = connection.execute(self._joined(inner).where(self.test, Lead.status.in_(self.statuses)))
        fitting = [Place(*row) for _, *row in sorted(found, reverse=True)]
        last = select(inner.c.lead_id, inner.c.place).offset(size - 1).subquery()
        return Window(fitting, next((Place(*row) for _, *row in connection.execute(self._joined(last))), None))

    def count(self, connection: Connection, size: int) -> dict[str, Tally]:
        """What fits among the first `size` leads whatever their status, by status."""
        inner = self._places(None, size)
        query = select(Lead.status, func.count(), _fitting(self.test)).join(inner, inner.c.lead_id == Lead.id)
        rows = connection.execute(query.group_by(Lead.status)).all()
        seen = sum(count for _, count, _ in rows)
        found = {status: int(fitting or 0) for status, _, fitting in rows}
        return {status: Tally(found.get(status, 0), seen) for status in self.statuses}

    @staticmethod
    def _joined(places: Subquery) -> Select[*tuple[Any, ...]]:
        return select(places.c.place, Lead.score, Lead.id).join(places, places.c.lead_id == Lead.id)

    def _places(self, after: tuple[float, int] | None, size: int) -> Subquery:
        row = SEARCH.c.rowid
        query = select(row.op("&")((1 << ID_BITS) - 1).label("lead_id"), row.label("place")).where(matching(self.words))
        if after is not None:
            query = query.where(row < search_row(*after))
        return query.order_by(row.desc()).limit(size).subquery()


@dataclass(frozen=True, slots=True)
class ByIds:
    """Along few leads that are all known."""

    statuses: Sequence[str]
    test: ColumnElement[bool]
    few: Few
    order: Any = Lead.score

    def window(self, connection: Connection, after: tuple[float, int] | None, size: int) -> Window:
        """What fits among the next leads, `size` of them or somewhat more; fewer at the end."""
        some = self.few.following(connection, self.order, self.statuses, after, size)
        fitting = self._fitting(connection, [one.id for one in some])
        found = [Place(one.place, one.id) for one in some]
        return Window([one for one in found if one.id in fitting], found[-1] if len(found) == size else None)

    def count(self, connection: Connection, size: int) -> dict[str, Tally]:
        """What fits of all of them, by status."""
        del size  # they are few
        found = self.few.totals
        if found is None or not isinstance(self.test, True_):
            found = self._counted(connection)
        return {status: Tally(found[status], 0) for status in self.statuses}

    def _fitting(self, connection: Connection, ids: Sequence[int]) -> set[int]:
        if isinstance(self.test, True_):
            return set(ids)
        query = select(Lead.id, self.test)  # no condition: a database would walk along what it asks for instead
        rows = (row for some in among(connection, ids) for row in connection.execute(query.where(some)))
        return {number for number, fits in rows if fits}

    def _counted(self, connection: Connection) -> Counter[str]:
        found: Counter[str] = Counter()
        for some in among(connection, self.few.of(self.statuses)):
            query = select(Lead.status, _fitting(self.test)).where(some).group_by(Lead.status)
            found.update({status: int(fitting or 0) for status, fitting in connection.execute(query)})
        return found


def _cut(found: Sequence[Place], ends: Iterable[Place]) -> Window:
    """Behind the first end of a status its next leads are missing."""
    last = max(ends, default=None)
    return Window([one for one in found if last is None or one >= last], last)


def _tested(inner: Subquery, test: ColumnElement[bool]) -> ColumnElement[bool]:
    if isinstance(test, True_):
        return test
    return inner.c[FITS] if FITS in inner.c else of_each(inner, test)


def of_each(inner: Subquery, test: ColumnElement[bool]) -> ColumnElement[bool]:
    """The test of each lead by itself: joined to thousands, PostgreSQL would read the table of leads from end to end."""
    return select(test).where(Lead.id == inner.c.lead_id).correlate(inner).scalar_subquery()


def _fitting(test: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((test, 1), else_=0))


def _packed(places: Select[*tuple[Any, ...]], test: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """One number for `Tally.unpack`. The leads themselves are not looked at where nothing is tested."""
    inner = places.subquery()
    if isinstance(test, True_):
        return select(func.count() * (PACKED + 1)).select_from(inner)
    fitting = func.coalesce(_fitting(_tested(inner, test)), 0)
    return select(fitting * PACKED + func.count()).select_from(inner)


def plan(connection: Connection, wanted: Sequence[Condition], statuses: Sequence[str], *, by_model: bool) -> Walk:
    """Choose what to walk along: the rarest condition, else words, else the first that an index keeps in order."""
    any_status, statuses = not statuses, statuses or STATUSES
    drivers = [one for one in wanted if one.kind]
    order: Any = Lead.priority if by_model else Lead.score
    rare = _rarest(connection, drivers, () if any_status else statuses)
    if rare is not None and (rare[0].kind in LISTS or by_model):
        return ByIds(statuses, _all(wanted, rare[0]), rare[0].few(rare[1]), order)
    driver = rare[0] if rare is not None else _usual(connection, drivers)
    if driver is None or by_model:
        return ByIndex((None,) if any_status and not by_model else statuses, _all(wanted, None), order=order)
    rest = _all(wanted, driver)
    if driver.kind == "text":
        return ByWords(statuses, rest, driver.value)
    if driver.kind == "term":
        return ByIndex(statuses, rest, term=driver.value)
    return ByIndex((None,) if any_status and driver.bare else statuses, rest, drive=driver.value)


def narrow(way: Walk, condition: Condition | None = None, *, statuses: Sequence[str] = ()) -> Walk:
    """The same walk with one more test, or among these statuses alone."""
    assert isinstance(way, ByIndex | ByWords | ByIds)
    test = way.test if condition is None else and_(way.test, condition.test)
    kept: Any = statuses or way.statuses
    return replace(way, test=test, statuses=kept)


def _usual(connection: Connection, drivers: Sequence[Condition]) -> Condition | None:
    """Words, for they cost most to try lead by lead; else what the database expects least of, or what comes first."""
    able = [one for one in drivers if one.kind not in LISTS]
    if len(able) < 2:  # nothing to choose
        return next(iter(able), None)
    return min(able, key=lambda one: (one.kind != "text", one.expected(connection)))


def _all(wanted: Sequence[Condition], but: Condition | None) -> ColumnElement[bool]:
    rest = [one.test for one in wanted if one is not but]
    return and_(*rest) if rest else true()  # `and_` would wrap even a single `true` up


def _rarest(
    connection: Connection, drivers: Sequence[Condition], statuses: Sequence[str]
) -> tuple[Condition, list[int]] | None:
    """The condition with fewest leads, and these; None when all are common, or there is nothing to choose.

    That the status is one of `statuses` is a condition, too, where words would be walked along: they know no status.
    """
    if 0 < len(statuses) < len(STATUSES) and any(one.kind == "text" for one in drivers):
        of_them = Lead.status.in_(statuses)
        drivers = [*drivers, Condition(of_them, "ids", count=select(Lead.id).where(of_them))]
    if len(drivers) == 1 and drivers[0].kind not in LISTS:
        return None
    best: tuple[Condition, list[int]] | None = None
    for one in drivers:
        most = {"ids": FEW, "words": LISTED * FEW}.get(one.kind, RARE)
        most = most if best is None else min(most, len(best[1]))
        if one.expected(connection) > COMMON * most:
            continue
        rows = one.first(connection, most)
        if len(rows) < most:
            mask = (1 << ID_BITS) - 1
            best = one, [row & mask for row in rows]
    return best


def walk(connection: Connection, way: Walk, after: tuple[float, int] | None, limit: int) -> Stretch:
    """The next `limit` leads that fit, looked for in windows as large as the share of fitting ones so far asks for."""
    fitting: list[Place] = []
    last, seen, size = after, 0, FIRST
    while seen < MOST:
        found = way.window(connection, last, size)
        fitting += found.fitting
        if found.last is None or len(fitting) >= limit:
            return Stretch(fitting[:limit], None, tired=False)
        last, seen = found.last, seen + size
        size = min(_enough(len(fitting), seen, limit), MOST - seen)
    return Stretch(fitting, last, tired=True)


def _enough(fitting: int, seen: int, limit: int) -> int:
    """Leads to look at so that the rest is likely among them: a quarter more than the share says, at most thrice those seen."""
    wanted = (limit - fitting) * seen * 5 // (4 * fitting) if fitting else 3 * seen
    return max(FIRST, min(wanted, 3 * seen))


__all__ = ["ByIds", "ByIndex", "ByWords", "Place", "Stretch", "Walk", "narrow", "of_each", "plan", "walk"]
