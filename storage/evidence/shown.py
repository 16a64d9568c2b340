"""Sealed pictures of many leads at once: what a list of leads shows of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, func, select

from storage.evidence.models import Capture, CaptureFile
from storage.models import Lead, Listing
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Collection

    from storage.database import Database

PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp", "image/avif")
"""What is shown as a picture, whatever a server called it; SVG is a program and never among them."""


class Thumb(NamedTuple):
    """Where a lead's first sealed picture is."""

    capture_id: int
    name: str


def first_pictures(db: Database, lead_ids: Collection[int]) -> dict[int, Thumb]:
    """Lead -> its first picture of the newest capture that has any and was not removed; others are left out.

    Raises StorageError.
    """
    found: dict[int, Thumb] = {}
    with db.read() as connection:
        for chunk in chunks(lead_ids):
            newest = (
                select(Lead.id.label("lead_id"), func.max(Capture.id).label("capture_id"))
                .join(Listing, Listing.id == Lead.listing_id)
                .join(Capture, and_(Capture.site_id == Listing.site_id, Capture.key == Listing.key))
                .join(CaptureFile, and_(CaptureFile.capture_id == Capture.id, CaptureFile.role == "picture"))
                .where(Lead.id.in_(chunk), Capture.kind == "pictures", Capture.removed_at.is_(None))
                .group_by(Lead.id)
                .subquery()
            )
            files = (
                select(newest.c.lead_id, CaptureFile.capture_id, CaptureFile.name)
                .join(CaptureFile, CaptureFile.capture_id == newest.c.capture_id)
                .where(CaptureFile.role == "picture", CaptureFile.media_type.in_(PICTURES))
                .order_by(newest.c.lead_id, CaptureFile.position.desc())  # the first one comes last and stays
            )
            found.update({row.lead_id: Thumb(row.capture_id, row.name) for row in connection.execute(files)})
    return found
