"""How many rows PostgreSQL expects of a query: what its planner knows of common values and words, without looking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import ClauseElement, Executable

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select
    from sqlalchemy.sql.compiler import SQLCompiler


class Explained(Executable, ClauseElement):
    """EXPLAIN of a query, whose values are sent as they would be with the query itself."""

    inherit_cache = False

    def __init__(self, query: Select[*tuple[Any, ...]]) -> None:
        self.query = query


@compiles(Explained, "postgresql")
def _explained(explained: Explained, compiler: SQLCompiler, **options: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(explained.query, **options)}"


def expected(connection: Connection, query: Select[*tuple[Any, ...]]) -> int:
    """Rows of the query; 0 on SQLite, which keeps no such statistics."""
    if connection.dialect.name != "postgresql":
        return 0
    plan = connection.execute(Explained(query)).scalar_one()
    return int(plan[0]["Plan"]["Plan Rows"])
