"""专题分析: what the leads of a period show. Each figure comes from a query that anybody can run again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from storage.database import Database


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
    """SHA-256 (hex) of all rows."""


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


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that a report on a period tells."""

    asked: Asked
    made_at: datetime
    leads: int
    confirmed: int
    """Confirmed and referred ones among them."""
    queries: tuple[Ran, ...]
    prices: tuple[Price, ...]
    networks: tuple[Network, ...]

    def table(self, name: str) -> Ran:
        """The query of that name. Raises KeyError."""
        return next(one for one in self.queries if one.name == name)


def analyse(db: Database, asked: Asked, now: datetime) -> Analysis:
    """Run all queries in one transaction. Raises ReferringError: the period is empty or longer than ten years."""
    raise NotImplementedError
