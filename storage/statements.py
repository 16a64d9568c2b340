"""Statement pieces that the two databases spell alike but SQLAlchemy keeps apart."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import Base, Site

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

T = TypeVar("T")

CHUNK = 500
"""Values in one IN list: SQLite before 3.32 takes 999 variables, and a longer list is no faster."""


def insert(connection: Connection, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Cut `values` into lists that fit one statement."""
    rest = iter(values)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def lock_site(connection: Connection, site_id: int) -> None:
    """Let one writer at a time work on a site.

    SQLite has one writer anyway. On PostgreSQL this row lock still lets others refer to the site.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(Site.id).where(Site.id == site_id).with_for_update(key_share=True))


def row_values(record: Any, names: Iterable[str]) -> dict[str, Any]:
    """The named attributes of a record, as a row."""
    return {name: getattr(record, name) for name in names}
