"""Texts to try a change of the lexicon on: the newest listings, and those that people have judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import rejudging
from storage.models import Detection, Lead, Listing, Snapshot

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from storage.database import Database

LABELS = {"confirmed": "lead", "referred": "lead", "dismissed": "clear"}
"""Status of a lead -> what its text turned out to be."""


@dataclass(frozen=True, slots=True)
class Known:
    """A stored text."""

    snapshot_id: int
    text: str
    offered: bool
    """The page states a price or a contact beside the text."""
    label: str
    """lead, clear, or empty where nobody decided."""


def judged(db: Database, limit: int) -> list[Known]:
    """The texts of the leads that were decided last, as they were when the lead was raised."""
    query = select(Detection.snapshot_id, Lead.status).join(Lead, Lead.detection_id == Detection.id)
    query = query.where(Lead.status.in_(LABELS), Lead.decided_at.is_not(None)).order_by(Lead.decided_at.desc())
    with db.read() as connection:
        found = {row.snapshot_id: LABELS[row.status] for row in connection.execute(query.limit(limit))}
        return _texts(connection, found)


def listings(db: Database, limit: int) -> list[Known]:
    """The present texts of the newest listings."""
    newest = select(Listing.id, Listing.snapshot_number).order_by(Listing.id.desc()).limit(limit).subquery()
    query = select(Snapshot.id).join(newest, Snapshot.listing_id == newest.c.id)
    with db.read() as connection:
        found = connection.scalars(query.where(Snapshot.number == newest.c.snapshot_number))
        return _texts(connection, dict.fromkeys(found, ""))


def _texts(connection: Connection, labels: dict[int, str]) -> list[Known]:
    """Newest first."""
    texts = rejudging.texts(connection, list(labels))
    made = [Known(one.snapshot_id, one.text, one.offered, labels[one.snapshot_id]) for one in texts]
    return sorted(made, key=lambda one: -one.snapshot_id)
