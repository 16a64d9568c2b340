"""Whether the database still refuses to change the chain of custody (see migration 0003)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from storage.database import Database

SQLITE = {"custody_no_update", "custody_no_delete", "custody_in_order"}
POSTGRES = {"custody_no_change", "custody_no_truncate"}
SQLITE_QUERY = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'")
POSTGRES_QUERY = text("SELECT tgname FROM pg_trigger WHERE tgrelid = 'custody'::regclass AND tgenabled IN ('O', 'A')")


def missing(db: Database) -> list[str]:
    """Names of the triggers that somebody took away or turned off. Raises StorageError."""
    with db.read() as connection:
        sqlite = connection.dialect.name == "sqlite"
        found = set(connection.scalars(SQLITE_QUERY if sqlite else POSTGRES_QUERY))
    return sorted((SQLITE if sqlite else POSTGRES) - found)
