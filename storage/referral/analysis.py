"""专题分析: what the leads of a period show. Each figure comes from a query that anybody can run again."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from statistics import quantiles
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, text

from storage.columns import UtcTime
from storage.referral.analysis_queries import MOST, PERIOD, QUERIES, RIGHT, STANDING, trend
from storage.referral.exceptions import ReferringError
from storage.review.wording import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.referral.analysis_queries import Query

LONGEST: Final = timedelta(days=3_660)  # ten years
MOST_STEPS: Final = 54  # a year of weeks
FEWEST_OFFERS: Final = 3  # below that quartiles say nothing
DEAREST: Final = Decimal(100_000_000)  # yuan; what asks for more is no price
MOST_NETWORKS: Final = 50  # the largest ones


@dataclass(frozen=True, slots=True)
class Asked:
    """Which leads are looked at."""

    since: datetime
    until: datetime
    """Not part of it."""
    confirmed: bool = False
    """Confirmed and referred leads alone; else all but dismissed, duplicate and lapsed ones."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A query and what it answered."""

    name: str
    title: str
    sql: str
    parameters: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    digest: str
    """SHA-256 (hex) of all rows as compact JSON."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one thing is offered at."""

    term: str
    unit: str
    offers: int
    low: Decimal
    """First quartile, yuan for each `unit`."""
    median: Decimal
    high: Decimal
    """Third quartile."""


@dataclass(frozen=True, slots=True)
class Network:
    """Sellers that are joined by contacts which they share."""

    sellers: tuple[tuple[str, str], ...]
    """(site, name)."""
    contacts: tuple[tuple[str, str], ...]
    """(kind, value) that at least two of them show."""
    leads: int
    """Of these sellers, with any contact on their page."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that a report on a period tells."""

    asked: Asked
    made_at: datetime
    leads: int
    confirmed: int
    """Confirmed and referred ones among them."""
    edges: tuple[datetime, ...]
    """Of the steps of the query ``trend``."""
    queries: tuple[Ran, ...]
    prices: tuple[Price, ...]
    networks: tuple[Network, ...]

    def table(self, name: str) -> Ran:
        """The query of that name. Raises KeyError."""
        return {one.name: one for one in self.queries}[name]


def analyse(db: Database, asked: Asked, now: datetime) -> Analysis:
    """Run all queries in one transaction. Raises ReferringError: the period is empty or longer than ten years."""
    if not asked.since < asked.until or asked.until - asked.since > LONGEST:
        raise ReferringError("分析的时段不对：开始须早于结束，且不超过十年")
    edges = _edges(asked)
    period = {"since": asked.since, "until": asked.until}
    status = RIGHT if asked.confirmed else STANDING
    with db.read() as connection:
        ran = [_run(connection, one, period | dict(one.more), status) for one in QUERIES]
        steps = {f"e{number}": edge for number, edge in enumerate(edges)}
        ran.append(_run(connection, trend(len(edges) - 1), steps, status))
    found = {one.name: one for one in ran}
    categories = found["categories"].rows
    return Analysis(
        asked,
        now,
        sum(row[1] for row in categories),
        sum(row[2] for row in categories),
        edges,
        tuple(ran),
        price_quartiles(found["prices"].rows),
        components(found["networks"].rows),
    )


def _edges(asked: Asked) -> tuple[datetime, ...]:
    """Weeks, longer steps where those were too many, and the end."""
    days = -(-(asked.until - asked.since) // timedelta(days=1))
    step = timedelta(days=1 if days <= 16 else max(7, -(-days // MOST_STEPS)))  # a fortnight is shown by days
    found = [asked.since]
    while found[-1] + step < asked.until:
        found.append(found[-1] + step)
    return (*found, asked.until)


def _run(connection: Connection, query: Query, given: Mapping[str, Any], status: str) -> Ran:
    sql = query.sql.replace("{which}", f"{PERIOD} AND {status}").replace("{status}", status)
    times = [bindparam(name, type_=UtcTime()) for name, value in given.items() if isinstance(value, datetime)]
    result = connection.execute(text(sql).bindparams(*times), dict(given))
    rows = tuple(tuple(_plain(value) for value in row) for row in result)
    told = tuple((name, _shown(value)) for name, value in given.items())
    written = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return Ran(query.name, query.title, sql, told, query.columns, rows, sha256(written.encode()).hexdigest())


def _plain(value: Any) -> Any:
    """PostgreSQL sums whole numbers up to decimals."""
    if value is None:
        return ""
    return int(value) if isinstance(value, Decimal) else value


def _shown(value: Any) -> str:
    return value.astimezone(ZONE).isoformat(" ", "seconds") if isinstance(value, datetime) else str(value)


def price_quartiles(rows: Iterable[Sequence[Any]]) -> tuple[Price, ...]:
    """Of (term, unit, amount as text, leads): things with enough offers, the most offered first."""
    found: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for term, unit, amount, leads in rows:
        value = _amount(amount)
        if value is not None:
            found[term, unit].extend([value] * int(leads))
    made = []
    for (term, unit), values in found.items():
        if len(values) >= FEWEST_OFFERS:
            low, middle, high = quantiles(values, n=4, method="inclusive")
            made.append(Price(term, unit, len(values), _cents(low), _cents(middle), _cents(high)))
    return tuple(sorted(made, key=lambda one: (-one.offers, one.term, one.unit))[:MOST])


def _amount(written: Any) -> Decimal | None:
    try:
        value = Decimal(str(written))
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 < value <= DEAREST else None


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


def components(rows: Iterable[Sequence[Any]]) -> tuple[Network, ...]:
    """Of (seller, site, name, kind, value, leads): sellers joined by contacts, the largest networks first."""
    rows = list(rows)
    parents: dict[Any, Any] = {}

    def root(one: Any) -> Any:
        while parents.setdefault(one, one) != one:
            parents[one] = parents[parents[one]]  # halve the way for whoever comes next
            one = parents[one]
        return one

    for seller, _, _, kind, value, _ in rows:
        parents[root(("seller", seller))] = root(("contact", kind, value))
    groups: defaultdict[Any, list[Sequence[Any]]] = defaultdict(list)
    for row in rows:
        groups[root(("seller", row[0]))].append(row)
    made = [_network(some) for some in groups.values() if len({row[0] for row in some}) > 1]
    return tuple(sorted(made, key=lambda one: (-len(one.sellers), -one.leads, one.sellers))[:MOST_NETWORKS])


def _network(rows: Sequence[Sequence[Any]]) -> Network:
    sellers = {row[0]: ((row[1], row[2]), int(row[5])) for row in rows}
    shown: defaultdict[tuple[str, str], set[Any]] = defaultdict(set)
    for row in rows:
        shown[row[3], row[4]].add(row[0])
    contacts = sorted(contact for contact, some in shown.items() if len(some) > 1)
    return Network(
        tuple(sorted(who for who, _ in sellers.values())), tuple(contacts), sum(leads for _, leads in sellers.values())
    )
