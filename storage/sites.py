"""The watched sites and how they are doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.columns import fit
from storage.models import Lead, Listing, Site
from storage.review.sources import PLATFORM
from storage.runs import Run, newest
from storage.statements import insert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database


@dataclass(frozen=True, slots=True)
class SiteOverview:
    """A site with its last run and counts."""

    id: int
    name: str
    platform: str
    start_urls: tuple[str, ...]
    registered_at: datetime
    last_run: Run | None
    listings: int
    """All ever stored, gone ones included."""
    gone: int
    leads: int


def register(db: Database, name: str, platform: str, start_urls: Sequence[str], now: datetime) -> int:
    """Make the site known, or bring what is known up to date; its id. Raises StorageError."""
    row = {"name": name, "platform": platform, "start_urls": list(start_urls), "registered_at": now}
    with db.write() as connection:
        query = insert(connection, Site).values(row)
        renewed = {"platform": query.excluded.platform, "start_urls": query.excluded.start_urls}
        query = query.on_conflict_do_update(index_elements=[Site.name], set_=renewed)
        connection.execute(query)
        return connection.execute(select(Site.id).where(Site.name == fit(name))).scalar_one()


def find(db: Database, name: str) -> int | None:
    """The id of the site with this name; None when it was never registered."""
    with db.read() as connection:
        return connection.execute(select(Site.id).where(Site.name == fit(name))).scalar()


def names(db: Database) -> list[str]:
    """Of all sites ever registered. Raises StorageError."""
    with db.read() as connection:
        return list(connection.scalars(select(Site.name).order_by(Site.name)))


def overview(db: Database) -> list[SiteOverview]:
    """All sites by name, with last run and counts; sources of what people typed in are none."""
    query = select(Site.id, Site.name, Site.platform, Site.start_urls, Site.registered_at)
    query = query.where(Site.platform != PLATFORM).order_by(Site.name)
    with db.read() as connection:
        counts, leads, last = _listing_counts(connection), _lead_counts(connection), newest(connection)
        rows = connection.execute(query).all()
    return [
        SiteOverview(
            *(row.id, row.name, row.platform, tuple(row.start_urls), row.registered_at),
            last_run=last.get(row.id),
            listings=counts.get(row.id, (0, 0))[0],
            gone=counts.get(row.id, (0, 0))[1],
            leads=leads.get(row.id, 0),
        )
        for row in rows
    ]


def _listing_counts(connection: Connection) -> dict[int, tuple[int, int]]:
    query = select(Listing.site_id, func.count(), func.count(Listing.gone_at)).group_by(Listing.site_id)
    return {site_id: (stored, gone) for site_id, stored, gone in connection.execute(query)}


def _lead_counts(connection: Connection) -> dict[int, int]:
    query = select(Lead.site_id, func.count()).group_by(Lead.site_id)
    return dict(connection.execute(query).all())
