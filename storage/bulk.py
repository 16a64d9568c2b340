"""Statements for many rows, compiled once: the crawl's hot path.

SQLAlchemy's own way prepares every value of every row through several calls; for a batch of listings that took twice as
long as the database. Here SQLAlchemy still writes the SQL and the column types still convert each value (so the border
in `storage.columns` holds), but a whole column at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Select
    from sqlalchemy.sql.dml import UpdateBase

    from storage.models import Base, Identified

    Insert = sqlite.Insert | postgresql.Insert


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement as one database wants it."""

    sql: str
    names: tuple[str, ...]
    """Parameters in the order of the SQL."""
    converters: tuple[Callable[[Any], Any] | None, ...]
    positional: bool

    def prepare(self, columns: Mapping[str, Sequence[Any]]) -> list[Any]:
        """Columns of Python values become rows of the driver's parameters."""
        ready = [
            columns[name] if convert is None else map(convert, columns[name])
            for name, convert in zip(self.names, self.converters, strict=True)
        ]
        rows = zip(*ready, strict=True)
        return list(rows) if self.positional else [dict(zip(self.names, row, strict=True)) for row in rows]


class Bulk:
    """A statement that takes many rows at once, each a tuple of the values called `names`."""

    def __init__(self, names: Sequence[str], build: Callable[[Dialect], UpdateBase]) -> None:
        self.names = tuple(names)
        self._build = build
        self._plans: dict[str, Plan] = {}

    def run(self, connection: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
        """Execute for all rows; none is fine."""
        if not rows:
            return
        plan = self._plans.get(connection.dialect.name) or self._plan(connection.dialect)
        columns = dict(zip(self.names, zip(*rows, strict=True), strict=True))
        connection.exec_driver_sql(plan.sql, plan.prepare(columns))

    def _plan(self, dialect: Dialect) -> Plan:
        compiled = self._build(dialect).compile(dialect=dialect)
        names = tuple(compiled.positiontup or compiled.binds)
        types = [compiled.binds[name].type.dialect_impl(dialect) for name in names]
        converters = tuple(kind.bind_processor(dialect) for kind in types)
        plan = Plan(str(compiled), names, converters, positional=dialect.positional)
        self._plans[dialect.name] = plan
        return plan


def inserting(table: type[Base], names: Sequence[str], then: Callable[[Insert], Insert] = lambda query: query) -> Bulk:
    """Insert rows of these columns; `then` may add what to do on a conflict."""

    def build(dialect: Dialect) -> Insert:
        query: Insert = postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)
        return then(query.values({name: bindparam(name) for name in names}))

    return Bulk(names, build)


def take_ids(connection: Connection, table: type[Identified], count: int) -> Sequence[int]:
    """Reserve `count` ids for new rows, so that rows that refer to them can be made at once.

    SQLite: the caller's write transaction keeps everybody else out.
    """
    if connection.dialect.name == "postgresql":
        sequence = f"{table.__tablename__}_id_seq"  # the name PostgreSQL gives
        return connection.scalars(NEXT_NUMBERS, {"sequence": sequence, "count": count}).all()
    first = (connection.scalar(_newest_id(table)) or 0) + 1
    return range(first, first + count)


NEXT_NUMBERS = text("SELECT nextval(CAST(:sequence AS regclass)) FROM generate_series(1, :count)")


@cache
def _newest_id(table: type[Identified]) -> Select[int]:
    return select(func.max(table.id))
