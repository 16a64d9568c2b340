"""Figures for monitoring: small counts, asked every few seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text

from storage import migrating
from storage.models import Lead
from storage.referral.models import Delivery

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database


def leads(db: Database) -> dict[tuple[str, str], int]:
    """(Status, verdict) -> leads. Raises StorageError."""
    query = select(Lead.status, Lead.verdict, func.count()).group_by(Lead.status, Lead.verdict)
    with db.read() as connection:
        return {(status, verdict): int(count) for status, verdict, count in connection.execute(query)}


def deliveries(db: Database) -> tuple[int, datetime | None, int]:
    """Messages to other systems: how many wait, since when the oldest does, how many were given up."""
    waiting = select(func.count(), func.min(Delivery.created_at)).where(Delivery.status == "waiting")
    failed = select(func.count()).where(Delivery.status == "failed")
    with db.read() as connection:
        count, oldest = connection.execute(waiting).one()
        return int(count), oldest, int(connection.execute(failed.select_from(Delivery)).scalar_one())


def size(db: Database) -> int:
    """Bytes that the database takes. Raises StorageError."""
    pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    whole = "SELECT pg_database_size(current_database())"
    with db.read() as connection:
        return int(connection.execute(text(pages if db.engine.dialect.name == "sqlite" else whole)).scalar_one())


def revision(db: Database) -> str:
    """Of the tables. Raises StorageError."""
    with db.read() as connection:
        return migrating.current(connection) or ""
