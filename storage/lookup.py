"""A SELECT by a list of keys, compiled once for each length of the list: the crawl asks one for every list page.

As in `storage.bulk` SQLAlchemy writes the SQL and the column types convert the values, but it is not asked to prepare
the statement again each time, which took three times as long as the database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Dialect, Select

_NAMED = re.compile(r"%\((\w+)\)s")  # PEP 249's pyformat, which PostgreSQL's driver takes


@dataclass(frozen=True, slots=True)
class _Plan:
    sql: str
    places: tuple[tuple[str, int | None], ...]
    """Of each parameter in the order of the SQL: its name, and the number of the key that it is, else None."""
    converters: tuple[Callable[[Any], Any] | None, ...]
    positional: bool


class Lookup:
    """Rows by `keys`, an expanding parameter of the query; its values must be fit for the database already."""

    def __init__(self, query: Select[*tuple[Any, ...]], keys: str) -> None:
        self._query = query
        self._keys = keys
        self._plans: dict[tuple[str, int], _Plan] = {}

    def rows(self, connection: Connection, keys: Sequence[str], **more: Any) -> Iterator[tuple[Any, ...]]:
        """The rows found, as tuples of Python values; `more` are the query's other parameters."""
        if not keys:
            return
        length = 1 << (len(keys) - 1).bit_length()  # few lengths, few plans; the last key fills up
        filled = [*keys, *[keys[-1]] * (length - len(keys))]
        name = (connection.dialect.name, length)
        plan = self._plans.get(name) or self._plans.setdefault(name, self._plan(connection.dialect, filled, more))
        values = [more[one] if number is None else filled[number] for one, number in plan.places]
        given: Any = (
            tuple(values) if plan.positional else dict(zip((one for one, _ in plan.places), values, strict=True))
        )
        for row in connection.exec_driver_sql(plan.sql, given):
            yield tuple(
                value if convert is None else convert(value)
                for value, convert in zip(row, plan.converters, strict=True)
            )

    def _plan(self, dialect: Dialect, keys: Sequence[str], more: dict[str, Any]) -> _Plan:
        query = self._query.params({self._keys: keys, **more})
        compiled = query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
        start = f"{self._keys}_"
        places = tuple(
            (name, int(name.removeprefix(start)) - 1 if name.startswith(start) else None)
            for name in (compiled.positiontup or _NAMED.findall(str(compiled)))
        )
        kinds = [column.type.dialect_impl(dialect) for column in self._query.selected_columns]
        converters = tuple(kind.result_processor(dialect, None) for kind in kinds)
        return _Plan(str(compiled), places, converters, positional=dialect.positional)
