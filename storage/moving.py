"""Move everything from one database into another, empty one: from SQLite to PostgreSQL, when one machine is not enough."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text

from storage.exceptions import StorageError
from storage.freshness.models import Base  # the last module of tables: with it all are known
from storage.review.words import plain, postgres_vector, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import Connection, Table

    from storage.database import Database

PIECE = 5_000  # rows between two words to a person who waits
AT_A_TIME = 500  # rows held in memory: some 2 MB of texts
MEMORY = "256MB"  # for sorting an index of a million rows at once
INDEXES = text(
    "SELECT i.indexname, i.indexdef FROM pg_indexes i JOIN pg_class c ON c.relname = i.indexname "
    "AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = i.schemaname) "
    "JOIN pg_index x ON x.indexrelid = c.oid "
    "WHERE i.schemaname = current_schema() AND i.tablename = ANY(:tables) AND NOT x.indisunique ORDER BY i.indexname"
)
SEEDED = ("reasons",)  # what migrations themselves put in: the rows that are moved replace them
FOUND = text(
    "SELECT l.id, w.words FROM leads l JOIN lead_search_words w ON w.row = l.search_row ORDER BY l.id"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved."""

    rows: dict[str, int]
    """Table -> rows, tables without any left out."""

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows.values())


def move(source: Database, target: Database, tell: Callable[[str, int, int], None]) -> Moved:
    """Copy all rows in one transaction of `target`: afterwards everything is there, or nothing.

    `source` must be SQLite and is locked against writing meanwhile, so that nothing stored later is left behind; nothing in
    it changes. `tell` hears the table, how many of its rows are done, and how many there are.

    Raises:
        StorageError: `source` is not SQLite or `target` not PostgreSQL; `target` holds something already; not all arrived.
    """
    if source.engine.dialect.name != "sqlite" or target.engine.dialect.name != "postgresql":
        raise StorageError(f"只能从 SQLite 转到 PostgreSQL：{source.place} → {target.place}")
    with source.write() as given, target.write() as taken:
        _be_empty(taken, target.place)
        with _indexes_made_last(taken, tell):
            rows = {table.name: _copy(given, taken, table, tell) for table in Base.metadata.sorted_tables}
            _copy_words(given, taken, tell)
        for table in Base.metadata.sorted_tables:
            _go_on_counting(taken, table)
            _compare(taken, table, rows[table.name], target.place)
    return Moved({name: count for name, count in rows.items() if count})


def _be_empty(taken: Connection, place: str) -> None:
    full = [
        table.name
        for table in Base.metadata.sorted_tables
        if table.name not in SEEDED and taken.scalar(select(text("1")).select_from(table).limit(1))
    ]
    if full:
        raise StorageError(f"目标数据库不是空的（{'、'.join(full[:3])}），没有转移任何内容：{place}")
    for name in SEEDED:
        taken.execute(Base.metadata.tables[name].delete())


@contextmanager
def _indexes_made_last(taken: Connection, tell: Callable[[str, int, int], None]) -> Iterator[None]:
    """Take the indexes away and make them of what has come: sorted once instead of moved a million times."""
    tables = [*(table.name for table in Base.metadata.sorted_tables), "lead_search"]
    found = taken.execute(INDEXES, {"tables": tables}).all()
    for name, _ in found:
        taken.exec_driver_sql(f'DROP INDEX "{name}"')
    yield
    taken.exec_driver_sql(f"SET LOCAL maintenance_work_mem = '{MEMORY}'")
    for number, (_, definition) in enumerate(found, 1):
        taken.exec_driver_sql(definition)
        tell("index", number, len(found))


def _copy(given: Connection, taken: Connection, table: Table, tell: Callable[[str, int, int], None]) -> int:
    """All rows of one table in one statement, so that rows may refer to each other; how many there were."""
    total = given.scalar(select(func.count()).select_from(table)) or 0
    if not total:
        return 0
    names = [column.name for column in table.columns]
    quoted = ", ".join(f'"{name}"' for name in names)
    rows = given.execution_options(yield_per=AT_A_TIME).exec_driver_sql(
        f'SELECT {quoted} FROM "{table.name}"'  # noqa: S608 - names of our own tables
    )
    _quietly(taken, table, "DISABLE")
    _write(taken, f'COPY "{table.name}" ({quoted}) FROM STDIN', _counted(rows, table.name, total, tell))
    _quietly(taken, table, "ENABLE")
    return total


def _quietly(taken: Connection, table: Table, word: str) -> None:
    """Triggers would do again what was done when the rows were stored first."""
    taken.execute(text(f'ALTER TABLE "{table.name}" {word} TRIGGER USER'))


def _counted(rows: Iterable[Any], name: str, total: int, tell: Callable[[str, int, int], None]) -> Iterator[Any]:
    for number, row in enumerate(rows, 1):
        if number % PIECE == 0 or number == total:
            tell(name, number, total)
        yield row


def _write(taken: Connection, statement: str, rows: Iterable[Any]) -> None:
    """As SQLite stored them: its texts of times (UTC), JSON and amounts are what PostgreSQL reads, 0 and 1 its booleans.

    Raises StorageError: the driver's own errors do not pass through SQLAlchemy here.
    """
    from psycopg import Error

    try:
        with taken.connection.cursor() as cursor, cursor.copy(statement) as copy:  # type: ignore[attr-defined]
            for row in rows:
                copy.write_row(row)
    except Error as error:
        raise StorageError(f"目标数据库没有收下，没有转移任何内容：{str(error).splitlines()[0]}") from error


def _copy_words(given: Connection, taken: Connection, tell: Callable[[str, int, int], None]) -> None:
    """The search index and the texts beside it: the same words, as PostgreSQL keeps them."""
    total = given.scalar(text("SELECT count(*) FROM lead_search_words")) or 0
    made: tuple[tuple[str, str, Callable[[list[str]], str]], ...]
    made = (("lead_search", "words", postgres_vector), ("lead_search_plain", "said", plain))
    for table, column, make in made:
        found = given.execution_options(yield_per=AT_A_TIME).execute(FOUND)
        rows = ((lead_id, make(unpack(words).split(" "))) for lead_id, words in found)
        _write(taken, f"COPY {table} (lead_id, {column}) FROM STDIN", _counted(rows, table, total, tell))


def _go_on_counting(taken: Connection, table: Table) -> None:
    """The next row gets the next number."""
    for column in table.primary_key.columns:
        series = taken.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": f'"{table.name}"', "column": column.name}
        )
        if series is not None:
            last = taken.scalar(select(func.max(column)))
            taken.execute(select(func.setval(series, last or 1, last is not None)))


def _compare(taken: Connection, table: Table, expected: int, place: str) -> None:
    found = taken.scalar(select(func.count()).select_from(table))
    if found != expected:
        raise StorageError(f"表 {table.name} 应有 {expected} 行，只到了 {found} 行，没有转移任何内容：{place}")
