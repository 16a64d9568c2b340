"""New leads that must not wait for somebody to look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.models import Lead, Site

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database

MOST = 500  # leads told of at once


def since(db: Database, moment: datetime) -> list[tuple[int, str, float]]:
    """(Id, site, score) of undecided alert leads first seen after, oldest first. Raises StorageError."""
    query = (
        select(Lead.id, Site.name, Lead.score)
        .join(Site, Site.id == Lead.site_id)
        .where(Lead.verdict == "alert", Lead.status == "new", Lead.first_seen_at > moment)
        .order_by(Lead.id)
        .limit(MOST)
    )
    with db.read() as connection:
        return [(row[0], row[1], row[2]) for row in connection.execute(query)]
