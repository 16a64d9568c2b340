"""Whether what was read of a row has the types that were written: SQLite keeps whatever somebody puts into a column."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, cast

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.orm import InstrumentedAttribute

    from storage.evidence.records import Capture, CustodyEntry, StoredFile

UNREADABLE = (ValueError, TypeError, AttributeError)
"""What decoding a damaged JSON, time or text raises."""


def as_kept(connection: Connection, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The column for a statement that must not fail on damage: SQLite hands out the bytes, whatever they are."""
    return cast(column, LargeBinary) if connection.dialect.name == "sqlite" else column.expression


def shown(value: object) -> str:
    """What such a column held, as text; damage is shown as the replacement character."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def check_capture(capture: Capture) -> Capture:
    """The capture itself. Raises ValueError: one of its columns holds what was never written there."""
    texts = (capture.key, capture.url, capture.kind, capture.cause, capture.digest, capture.missing)
    times = (capture.taken_at, capture.sealed_at, capture.removed_at or capture.sealed_at)
    if not _are(str, *texts) or not _are(datetime, *times) or not _are(dict, capture.facts):
        raise ValueError(capture.id)
    if not all(map(_is_sound_file, capture.files)):
        raise ValueError(capture.id)
    return capture


def _is_sound_file(file: StoredFile) -> bool:
    return _are(str, file.name, file.role, file.media_type, file.sha256, file.sm3) and _are(int, file.size)


def check_link(link: CustodyEntry) -> CustodyEntry:
    """The link itself. Raises ValueError: one of its columns holds what was never written there."""
    texts = _are(str, link.actor, link.action, link.previous, link.hash)
    if not texts or not _are(datetime, link.at) or not _are(dict, link.detail) or not _are(int, link.capture_id or 0):
        raise ValueError(link.id)
    return link


def _are(kind: type, *values: object) -> bool:
    return all(isinstance(value, kind) for value in values)
