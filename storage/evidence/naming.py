"""Which files of the evidence folder a database speaks of: what a copy of the database needs beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.evidence import sweeping
from storage.evidence.models import Capture, CaptureFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.database import Database
    from storage.evidence.objects import Objects

PAGE = 2000  # rows read at a time


def named(db: Database, objects: Objects) -> Iterator[str]:
    """Names of the files there are that rows speak of, in order. Raises StorageError."""
    unnamed = set(sweeping.unnamed(db, objects.names()))
    return (name for name in objects.names() if name not in unnamed)


def missing(db: Database, objects: Objects) -> Iterator[str]:
    """Names of files that captures speak of, that retention has not taken away, and that are not there.

    A name may come more than once. Raises StorageError.
    """
    after = 0
    while True:
        captures = select(Capture.id, Capture.digest, Capture.removed_at).where(Capture.id > after)
        files = select(CaptureFile.sha256).where(CaptureFile.capture_id > after)
        with db.read() as connection:
            rows = connection.execute(captures.order_by(Capture.id).limit(PAGE)).all()
            if not rows:
                return
            kept = {row.id for row in rows if row.removed_at is None}
            files = files.where(CaptureFile.capture_id <= rows[-1].id).where(
                CaptureFile.capture_id.in_(select(Capture.id).where(Capture.removed_at.is_(None)))
            )
            names = {row.digest for row in rows if row.id in kept} | set(connection.scalars(files))
        yield from sorted(name for name in names if not objects.has(name))
        after = rows[-1].id
