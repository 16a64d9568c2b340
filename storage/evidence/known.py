"""Known: what a crawl asks before it secures a page. Two small questions, answered by indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import select

from storage.columns import fit
from storage.evidence.models import Capture
from storage.models import Lead, Listing

if TYPE_CHECKING:
    from storage.database import Database


class Standing(NamedTuple):
    """How risky a lead is."""

    verdict: str
    score: float


def lead(db: Database, site_id: int, key: str) -> Standing | None:
    """The lead that the listing has become; None when it is none. Raises StorageError."""
    query = select(Lead.verdict, Lead.score).join(Listing, Listing.id == Lead.listing_id)
    with db.read() as connection:
        row = connection.execute(query.where(Listing.site_id == site_id, Listing.key == fit(key)).limit(1)).first()
    return Standing(*row) if row is not None else None


def secured_digest(db: Database, site_id: int, key: str) -> str | None:
    """`listing_digest` of the newest page that was secured of the listing and is still kept. Raises StorageError."""
    digest = _newest_facts(db, site_id, key).get("listing_digest")
    return digest if isinstance(digest, str) else None


def secured_gone(db: Database, site_id: int, key: str) -> bool:
    """Whether the last thing secured of the listing's page is that it was not there. Raises StorageError."""
    return _newest_facts(db, site_id, key).get("outcome") == "gone"


def _newest_facts(db: Database, site_id: int, key: str) -> dict[str, Any]:
    query = select(Capture.facts).where(Capture.site_id == site_id, Capture.key == fit(key))
    query = query.where(Capture.kind == "page", Capture.removed_at.is_(None)).order_by(Capture.id.desc()).limit(1)
    with db.read() as connection:
        facts: dict[str, Any] | None = connection.execute(query).scalar()
    return facts or {}
