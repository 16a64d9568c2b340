"""Take away the files of captures that retention has marked as removed; begun again where it was interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from storage.evidence.disk import speaking_of
from storage.evidence.models import Capture, CaptureFile
from storage.referral import kept

if TYPE_CHECKING:
    from sqlalchemy import Select

    from storage.database import Database
    from storage.evidence.objects import Objects

MARK = "removing"
"""A file in ``tmp/`` that is there from before rows are marked until their files are gone."""


def begin(objects: Objects) -> None:
    """Say that files will be taken away. Raises EvidenceError."""
    with speaking_of(objects.tmp):
        (objects.tmp / MARK).touch(mode=0o600)


def is_begun(objects: Objects) -> bool:
    """Whether a removal was begun and not finished."""
    return (objects.tmp / MARK).exists()


def finish(db: Database, objects: Objects) -> int:
    """Take away all files that only removed captures name, and no referral or feedback; how many went. Only for whoever is `alone`.

    Raises:
        EvidenceError: the evidence folder cannot be written.
        StorageError: the database cannot be read.
    """
    with db.read() as connection:
        names = connection.scalars(_unused()).all()
        still = kept.among(connection, names)
    removed = sum(objects.remove(name) for name in names if name not in still)
    with speaking_of(objects.tmp):
        (objects.tmp / MARK).unlink(missing_ok=True)
    return removed


def _unused() -> Select[str]:
    other, live = aliased(CaptureFile), aliased(Capture)
    used = exists().where(other.sha256 == CaptureFile.sha256, live.id == other.capture_id, live.removed_at.is_(None))
    query = select(CaptureFile.sha256).join(Capture, Capture.id == CaptureFile.capture_id)
    return query.where(Capture.removed_at.is_not(None), ~used).distinct().order_by(CaptureFile.sha256)
