"""Leads beside a lead: of the same seller, of the same contact, nearly the same text or picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from console.lead_page import objects_of
from storage.review import similar

if TYPE_CHECKING:
    from datetime import datetime

    from console.lead_page import LeadView
    from console.state import Console
    from storage.review.similar import Beside

MOST: Final = 8  # of each sort: they stand in one list


def neighbours(console: Console, view: LeadView, now: datetime) -> Beside:
    """At most `MOST` of each sort. Raises StorageError."""
    db, lead_id = console.db, view.row.id
    objects = objects_of(console) if view.pictures else None
    if objects is not None:
        similar.note_pictures(db, objects, lead_id)
    return similar.beside(db, lead_id, now, limit=MOST)
