"""The audit: who did what, when, from where. Rows are numbered without gaps and only ever added."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, text

from storage.columns import MAX_ID
from storage.review.models import Audit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from storage.database import Database

LOCK = 0x61756469  # "audi": any number, the same in every process, for PostgreSQL's advisory lock


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person at the console, or the command line (no account)."""

    account_id: int | None
    name: str
    """As shown to people."""
    address: str = ""
    """Of the machine; empty on the command line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did."""

    id: int
    at: datetime
    account_id: int | None
    actor: str
    address: str
    action: str
    """Two words at most, joined by a dot: ``lead.confirm``, ``login``."""
    kind: str
    """Of the object: lead, account, session …; empty where there is none."""
    object_id: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """What is to be written down."""

    action: str
    kind: str = ""
    object_id: str | int = ""
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: all that satisfy every given condition."""

    account_id: int | None = None
    action: str | None = None
    kind: str | None = None
    object_id: str | int | None = None
    since: datetime | None = None
    until: datetime | None = None
    """Before that moment."""


COLUMNS = (
    Audit.id, Audit.at, Audit.account_id, Audit.actor, Audit.address, Audit.action, Audit.kind, Audit.object_id,
    Audit.detail,
)  # fmt: skip


def add(connection: Connection, actor: Actor, events: list[Event] | Event, now: datetime) -> int:
    """Write within the caller's write transaction, so that deed and entry stand or fall together; the last number.

    One writer at a time: call it last, commit soon.
    """
    if connection.dialect.name == "postgresql":  # SQLite's write transaction is exclusive already
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    if isinstance(events, Event):
        return connection.execute(ADD_ONE, _facts(actor, events, now)).scalar_one()
    first = (connection.scalar(select(func.max(Audit.id))) or 0) + 1
    rows = [{"id": first + place} | _facts(actor, one, now) for place, one in enumerate(events)]
    if rows:
        connection.execute(insert(Audit), rows)
    return first + len(rows) - 1


FACTS = ("at", "account_id", "actor", "address", "action", "kind", "object_id", "detail")
NEXT = select(func.coalesce(func.max(Audit.id), 0) + 1).scalar_subquery()
ADD_ONE = insert(Audit).values({"id": NEXT} | {name: bindparam(name) for name in FACTS}).returning(Audit.id)
"""A query of its own, after the lock: what others wrote before must be seen."""


def note(db: Database, actor: Actor, event: Event, now: datetime) -> int:
    """The same in a transaction of its own. Raises StorageError."""
    with db.write() as connection:
        return add(connection, actor, event, now)


def _facts(actor: Actor, event: Event, now: datetime) -> dict[str, Any]:
    done = {"action": event.action, "kind": event.kind, "object_id": str(event.object_id), "detail": event.detail}
    return {"at": now, "account_id": actor.account_id, "actor": actor.name, "address": actor.address} | done


def recent(db: Database, wanted: Wanted | None = None, *, before: int | None = None, limit: int = 50) -> list[Entry]:
    """The newest first, at most `limit`, with numbers below `before`. Raises StorageError."""
    query = select(*COLUMNS).order_by(Audit.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Audit.id < min(max(before, 0), MAX_ID))
    for condition in _conditions(wanted or Wanted()):
        query = query.where(condition)
    with db.read() as connection:
        return [_entry(row) for row in connection.execute(query)]


def _conditions(wanted: Wanted) -> list[Any]:
    same = {
        Audit.account_id: wanted.account_id,
        Audit.action: wanted.action,
        Audit.kind: wanted.kind,
        Audit.object_id: None if wanted.object_id is None else str(wanted.object_id),
    }
    found: list[Any] = [column == value for column, value in same.items() if value is not None]
    if wanted.since is not None:
        found.append(Audit.at >= wanted.since)
    if wanted.until is not None:
        found.append(Audit.at < wanted.until)
    return found


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(*row)
