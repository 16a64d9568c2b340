"""Known: what a crawl asks before it secures a page. Two small questions, answered by indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.columns import fit
from storage.evidence.models import Capture
from storage.models import Lead, Listing

if TYPE_CHECKING:
    from storage.database import Database


def is_lead(db: Database, site_id: int, key: str) -> bool:
    """Whether the listing has become a lead. Raises StorageError."""
    query = select(Lead.id).join(Listing, Listing.id == Lead.listing_id)
    with db.read() as connection:
        found = connection.execute(query.where(Listing.site_id == site_id, Listing.key == fit(key)).limit(1))
        return found.scalar() is not None


def secured_digest(db: Database, site_id: int, key: str) -> str | None:
    """`listing_digest` of the newest page that was secured of the listing and is still kept. Raises StorageError."""
    query = select(Capture.facts).where(Capture.site_id == site_id, Capture.key == fit(key))
    query = query.where(Capture.kind == "page", Capture.removed_at.is_(None)).order_by(Capture.id.desc()).limit(1)
    with db.read() as connection:
        facts = connection.execute(query).scalar()
    digest = (facts or {}).get("listing_digest")
    return digest if isinstance(digest, str) else None
