"""Files found in the watched folder: each is read once, whatever it is called and however often it is put there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from storage.referral.models import Pickup
from storage.statements import insert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Row

    from storage.database import Database


@dataclass(frozen=True, slots=True)
class Found:
    """A file that was looked at."""

    id: int
    name: str
    sha256: str
    at: datetime
    outcome: str
    """read, refused."""
    referral_id: int | None
    detail: dict[str, Any]


COLUMNS = (Pickup.id, Pickup.name, Pickup.sha256, Pickup.at, Pickup.outcome, Pickup.referral_id, Pickup.detail)


def find(db: Database, sha256: str) -> Found | None:
    """What became of a file with this content; None when none was seen. Raises StorageError."""
    with db.read() as connection:
        row = connection.execute(select(*COLUMNS).where(Pickup.sha256 == sha256)).one_or_none()
    return None if row is None else _found(row)


def note(  # noqa: PLR0913 - one fact each
    db: Database, name: str, sha256: str, outcome: str, now: datetime, *, referral_id: int | None = None, detail: dict[str, Any] | None = None
) -> bool:  # fmt: skip
    """Write down what became of a file; False when its content was seen before. Raises StorageError."""
    row = {"name": name, "sha256": sha256, "at": now, "outcome": outcome, "referral_id": referral_id}
    with db.write() as connection:
        query = insert(connection, Pickup).values({**row, "detail": detail or {}})
        query = query.on_conflict_do_nothing(index_elements=["sha256"])
        return connection.scalar(query.returning(Pickup.id)) is not None


def recent(db: Database, limit: int = 50) -> list[Found]:
    """The newest first. Raises StorageError."""
    with db.read() as connection:
        query = select(*COLUMNS).order_by(Pickup.id.desc()).limit(limit)
        return [_found(row) for row in connection.execute(query)]


def _found(row: Row[*tuple[Any, ...]]) -> Found:
    return Found(*row)
