"""The log of operations: what was done with the whole installation, and with what outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from storage.operation.models import Operation

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database


@dataclass(frozen=True, slots=True)
class Done:
    """One operation."""

    id: int
    kind: str
    at: datetime
    ok: bool
    actor: str
    detail: dict[str, Any]


COLUMNS = (Operation.id, Operation.kind, Operation.at, Operation.ok, Operation.actor, Operation.detail)


def note(  # noqa: PLR0913 - one fact each
    db: Database, kind: str, *, ok: bool, actor: str, detail: dict[str, Any], now: datetime
) -> None:
    """Add one. Raises StorageError."""
    with db.write() as connection:
        connection.execute(insert(Operation).values(kind=kind, at=now, ok=ok, actor=actor, detail=detail))


def last(db: Database, kind: str, *, ok: bool | None = None) -> Done | None:
    """The newest of a kind, with one outcome where one is given; None when there is none. Raises StorageError."""
    query = select(*COLUMNS).where(Operation.kind == kind).order_by(Operation.id.desc()).limit(1)
    if ok is not None:
        query = query.where(Operation.ok.is_(ok))
    with db.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else Done(*row)
