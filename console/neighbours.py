"""Leads beside a lead: of the same seller, of the same contact, nearly the same text or picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from console.lead_page import objects_of
from storage.review import similar

if TYPE_CHECKING:
    from datetime import datetime

    from console.lead_page import LeadView
    from console.state import Console
    from storage.review.filters import QueueRow

MOST: Final = 8  # of each sort: they stand in one list


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Other leads, at most `MOST` of each sort."""

    seller: tuple[QueueRow, ...]
    contact: tuple[QueueRow, ...]
    text: tuple[QueueRow, ...]
    picture: tuple[QueueRow, ...]


def neighbours(console: Console, view: LeadView, now: datetime) -> Neighbours:
    """Raises StorageError."""
    db, lead_id = console.db, view.row.id
    objects = objects_of(console) if view.pictures else None
    if objects is not None:
        similar.note_pictures(db, objects, lead_id)
    return Neighbours(
        seller=similar.of_seller(db, lead_id, now, limit=MOST),
        contact=similar.of_contact(db, lead_id, now, limit=MOST),
        text=tuple(one.row for one in similar.by_text(db, lead_id, now, limit=MOST)),
        picture=tuple(one.row for one in similar.by_picture(db, lead_id, now, limit=MOST)),
    )
