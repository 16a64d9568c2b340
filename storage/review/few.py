"""Few leads, all known by their ids: where they stand in the queue, and how many there are of each status."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ARRAY, BigInteger, any_, func, literal, select

from storage.models import Lead
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

FRONT = 150  # leads of each status that are looked at first: a page of fifty, and what is pinned in front of it


class Stood(NamedTuple):
    """Where a lead stands."""

    place: float
    id: int
    status: str


@dataclass(slots=True)
class Few:
    """Leads by their ids, looked up once for a page and its counts: the first of each status, all when they are needed."""

    ids: Sequence[int]
    _front: dict[str, list[Stood]] = field(default_factory=dict)
    """By the column that orders them; all the leads where `_whole` says so."""
    _totals: Counter[str] = field(default_factory=Counter)
    _whole: set[str] = field(default_factory=set)

    @property
    def totals(self) -> Counter[str] | None:
        """How many there are of each status; None where nobody has looked."""
        return self._totals if self._front else None

    def of(self, statuses: Collection[str]) -> Sequence[int]:
        """At least those of these statuses: all where nobody has looked yet, or there are many."""
        found = next(iter(self._front.values()), None)
        if found is None or max((self._totals[one] for one in statuses), default=0) > FRONT:
            return self.ids
        return [one.id for one in found if one.status in statuses]

    def following(
        self,
        connection: Connection,
        order: Any,
        statuses: Collection[str],
        after: tuple[float, int] | None,
        size: int,
    ) -> list[Stood]:
        """The next `size` leads of these statuses in the order of the queue; fewer at the end."""
        if order.key not in self._front:
            self._look(connection, order, whole=False)
        found = self._next(order.key, statuses, after, size)
        if len(found) == size or order.key in self._whole:
            return found
        self._look(connection, order, whole=True)
        return self._next(order.key, statuses, after, size)

    def _next(self, key: str, statuses: Collection[str], after: tuple[float, int] | None, size: int) -> list[Stood]:
        end = self._end(key, statuses)
        fit = (one for one in self._front[key] if one.status in statuses and (end is None or one >= end))
        return list(islice((one for one in fit if after is None or one[:2] < after), size))

    def _end(self, key: str, statuses: Collection[str]) -> Stood | None:
        """The last lead before which none is missing; None where none is missing at all."""
        if key in self._whole:
            return None
        seen: dict[str, list[Stood]] = {status: [] for status in statuses if self._totals[status] > FRONT}
        for one in self._front[key]:
            if one.status in seen:
                seen[one.status].append(one)
        return max((of_it[-1] for of_it in seen.values()), default=None)

    def _look(self, connection: Connection, order: Any, *, whole: bool) -> None:
        rows: set[Stood] = set()
        totals: Counter[str] = Counter()
        for some in among(connection, sorted(set(self.ids))):
            query = _all(order, some) if whole else _first(order, some)
            found = connection.execute(query).all()
            rows.update(Stood(*row[:3]) for row in found)
            totals.update({row.status: row.total for row in found})
        self._front[order.key] = _sorted(rows, whole=whole)
        self._totals = Counter(one.status for one in rows) if whole else totals
        if whole or max(totals.values(), default=0) <= FRONT:
            self._whole.add(order.key)


def _sorted(rows: Collection[Stood], *, whole: bool) -> list[Stood]:
    """In the order of the queue; of each status no more than `FRONT`, for of what follows some are missing."""
    kept, count = [], Counter[str]()
    for one in sorted(rows, reverse=True):
        count[one.status] += 1
        if whole or count[one.status] <= FRONT:
            kept.append(one)
    return kept


def _all(order: Any, some: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    return select(order, Lead.id, Lead.status, literal(0).label("total")).where(some)


def _first(order: Any, some: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The first of each status: thousands of rows would take longer to fetch than to read."""
    order_by = (order.desc(), Lead.id.desc())
    rank = func.row_number().over(partition_by=Lead.status, order_by=order_by).label("rank")
    total = func.count().over(partition_by=Lead.status).label("total")
    ranked = select(order.label("place"), Lead.id, Lead.status, total, rank).where(some).subquery()
    return select(ranked.c.place, ranked.c.id, ranked.c.status, ranked.c.total).where(ranked.c.rank <= FRONT)


def among(connection: Connection, ids: Sequence[int]) -> Iterator[ColumnElement[bool]]:
    """That a lead is one of these: all at once where a database takes a list for one value."""
    if connection.dialect.name == "postgresql":
        yield Lead.id == any_(literal(ids, ARRAY(BigInteger)))
        return
    yield from (Lead.id.in_(some) for some in chunks(ids))
