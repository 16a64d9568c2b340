"""Retention: files of closed leads go when their time is over; that they were there, and their hashes, stays known."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from storage.evidence import captures, custody, removing
from storage.evidence.models import Capture as CaptureRow
from storage.exceptions import EvidenceError
from storage.models import Lead, Listing

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database
    from storage.evidence.objects import Objects
    from storage.evidence.records import Capture

OVER = ("lapsed", "dismissed", "closed")
"""States of a lead that nobody works on; what has any other state, or no lead, is kept whatever its age."""

PATIENCE = 20.0  # s to wait for writers: one holds the lock for some ten milliseconds


@dataclass(frozen=True, slots=True)
class Pruned:
    """What retention took away."""

    captures: int
    files: int
    """Fewer than the captures had where others still use them."""


def due(db: Database, days: int, now: datetime) -> tuple[Capture, ...]:
    """Captures of leads that have been over for `days`, and that were themselves sealed so long ago, oldest first.

    Raises:
        StorageError: the database cannot be read.
    """
    before = now - timedelta(days=days)
    query = (
        select(CaptureRow.id)
        .join(Listing, (Listing.site_id == CaptureRow.site_id) & (Listing.key == CaptureRow.key))
        .join(Lead, Lead.listing_id == Listing.id)
        .where(Lead.status.in_(OVER), Lead.updated_at <= before)
        .where(CaptureRow.removed_at.is_(None), CaptureRow.sealed_at <= before)
        .order_by(CaptureRow.id)
    )
    with db.read() as connection:
        ids = connection.scalars(query).all()
    return tuple(one for number in ids if (one := captures.get(db, number)) is not None)


def prune(db: Database, objects: Objects, days: int, *, actor: str, now: datetime) -> Pruned:
    """Take away the files of all captures that are `due`. Rows and manifests stay, the chain says what went.

    Raises:
        EvidenceError: others write all the time, or the evidence folder cannot be written.
        StorageError: the database cannot.
    """
    with objects.alone(PATIENCE) as alone:
        if not alone:
            raise EvidenceError(f"证据文件夹一直有程序在写入，请稍后重试：{objects.folder}")
        going = due(db, days, now)
        if going:
            removing.begin(objects)
        for capture in going:
            _mark(db, capture, days, actor, now)
        return Pruned(len(going), removing.finish(db, objects))


def _mark(db: Database, capture: Capture, days: int, actor: str, now: datetime) -> None:
    files = [{name: value for name, value in asdict(one).items() if name in SAID} for one in capture.files]
    detail = {"why": f"保留期 {days} 天已满", "digest": capture.digest, "files": files}
    with db.write() as connection:
        connection.execute(update(CaptureRow).where(CaptureRow.id == capture.id).values(removed_at=now))
        custody.append(connection, at=now, actor=actor, action="deleted", capture_id=capture.id, detail=detail)


SAID = ("name", "size", "sha256", "sm3")
