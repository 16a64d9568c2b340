"""Messages to other systems: written with the step that they tell of, sent later, tried again until they arrive.

A step writes one row without a target (`enqueue_in`): whoever refers need not know who listens. Whoever sends hands it on
to the targets of the configuration (`spread`). What is sent may arrive twice, never be lost: receivers tell by the
message's id. Messages name referrals and leads by number, never a person.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select, update

from storage.columns import MAX_ID
from storage.referral.exceptions import Absent, ReferringError
from storage.referral.models import Delivery, DeliveryAttempt
from storage.referral.words import STEPS
from storage.review import audit
from storage.review.audit import Event

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

    from storage.database import Database
    from storage.referral.records import Referral
    from storage.review.audit import Actor

EVENTS: Final = (*(f"referral.{kind}" for kind in STEPS), "feedback.add")
"""What can be told of."""
EVERYWHERE: Final = ""
"""The target of a message that is not yet handed on."""
DELAYS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
"""Before the second, third … attempt: a restart is over in minutes, a broken line in half a day."""
LEASE: Final = timedelta(
    minutes=5
)  # how long one sender has to itself what it took: ten times what an attempt may last
STALE: Final = timedelta(days=7)  # an event that nobody listened to for a week is no news to a target added today
MOST: Final = 100  # messages handed on or taken at once
LONGEST_ERROR: Final = 400  # characters


@dataclass(frozen=True, slots=True)
class Target:
    """Somebody who listens."""

    name: str
    """As in the configuration."""
    events: frozenset[str] = frozenset()
    """Only these; empty for all."""

    def wants(self, event: str) -> bool:
        """Whether it listens to this."""
        return not self.events or event in self.events


@dataclass(frozen=True, slots=True)
class Message:
    """A message and how far it has come."""

    id: int
    event: str
    target: str
    referral_id: int | None
    payload: dict[str, Any]
    """JSON-ready; ``id`` is the same at each attempt."""
    status: str
    """waiting, done, failed."""
    attempts: int
    next_at: datetime
    last_error: str
    created_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one try went."""

    ok: bool
    status: int | None = None
    """Of the HTTP answer; None where there was none."""
    error: str = ""
    """Chinese, for people."""
    seconds: float = 0.0
    final: bool = False
    """Trying again makes no sense."""


COLUMNS = (
    Delivery.id, Delivery.event, Delivery.target, Delivery.referral_id, Delivery.payload, Delivery.status,
    Delivery.attempts, Delivery.next_at, Delivery.last_error, Delivery.created_at, Delivery.done_at,
)  # fmt: skip


def enqueue_in(
    connection: Connection, event: str, referral: Referral, now: datetime, *, detail: dict[str, Any] | None = None
) -> None:
    """Write that something happened, within the transaction in which it happens."""
    told: dict[str, Any] = {
        "id": secrets.token_hex(16),
        "event": event,
        "at": now.isoformat(),
        "referral": {
            "id": referral.id,
            "number": referral.number,
            "template": referral.template,
            "department": referral.department,
            "status": referral.status,
            "step": referral.step_id,
            "leads": list(referral.lead_ids),
            "sent_at": referral.sent_at.isoformat() if referral.sent_at else None,
            "due_at": referral.due_at.isoformat() if referral.due_at else None,
        },
        "detail": detail or {},
    }
    connection.execute(insert(Delivery), [_row(event, EVERYWHERE, referral.id, told, now)])


def _row(event: str, target: str, referral_id: int | None, payload: dict[str, Any], now: datetime) -> dict[str, Any]:
    told = {"event": event, "target": target, "referral_id": referral_id, "payload": payload}
    return {**told, "status": "waiting", "attempts": 0, "next_at": now, "last_error": "", "created_at": now}


def spread(db: Database, targets: Sequence[Target], now: datetime) -> int:
    """Hand new events on to whoever listens; how many messages there are now to send. Raises StorageError."""
    made: list[dict[str, Any]] = []
    with db.write() as connection:
        query = select(*COLUMNS).where(Delivery.status == "waiting", Delivery.target == EVERYWHERE)
        fresh = [_message(row) for row in connection.execute(query.order_by(Delivery.id).limit(MOST))]
        for one in fresh:
            if one.created_at > now - STALE:
                listening = [target.name for target in targets if target.wants(one.event)]
                made += [_row(one.event, name, one.referral_id, one.payload, now) for name in listening]
        if made:
            connection.execute(insert(Delivery), made)
        if fresh:
            done = update(Delivery).where(Delivery.id.in_([one.id for one in fresh]))
            connection.execute(done.values(status="done", done_at=now))
    return len(made)


def waits(db: Database, now: datetime) -> bool:
    """Whether there is something to hand on or to send. Raises StorageError."""
    query = select(Delivery.id).where(Delivery.status == "waiting", Delivery.next_at <= now).limit(1)
    with db.read() as connection:
        return connection.scalar(query) is not None


def take(db: Database, now: datetime, *, limit: int = MOST, without: Collection[str] = ()) -> list[Message]:
    """Messages whose time has come, the oldest first, for this caller alone until `LEASE` is over.

    Those to the targets `without` stay where they are. Raises StorageError.
    """
    with db.write() as connection:
        query = select(*COLUMNS).where(
            Delivery.status == "waiting", Delivery.target.not_in([EVERYWHERE, *without]), Delivery.next_at <= now
        )
        if connection.dialect.name == "postgresql":  # SQLite's write transaction is exclusive already
            query = query.with_for_update(skip_locked=True)
        found = [_message(row) for row in connection.execute(query.order_by(Delivery.id).limit(limit))]
        if found:
            mine = update(Delivery).where(Delivery.id.in_([one.id for one in found]))
            connection.execute(mine.values(next_at=now + LEASE))
    return found


def record(db: Database, message_id: int, attempt: Attempt, now: datetime) -> Message:
    """Write down how a try went, and when the next one is. Raises Absent, StorageError."""
    with db.write() as connection:
        one = _get(connection, message_id)
        attempts, error = one.attempts + 1, attempt.error[:LONGEST_ERROR]
        tried = {"delivery_id": message_id, "at": now, "status": attempt.status, "error": error}
        connection.execute(insert(DeliveryAttempt), [{**tried, "seconds": attempt.seconds}])
        values: dict[str, Any] = {"attempts": attempts, "last_error": error}
        if attempt.ok:
            values |= {"status": "done", "done_at": now, "last_error": ""}
        elif attempt.final or attempts > len(DELAYS):
            values |= {"status": "failed"}
        else:
            values |= {"next_at": now + DELAYS[attempts - 1]}
        connection.execute(update(Delivery).where(Delivery.id == message_id).values(values))
        return _get(connection, message_id)


def again(db: Database, message_id: int, actor: Actor, now: datetime) -> Message:
    """Try a failed message anew, from the first attempt on.

    Raises:
        Absent: there is no such message.
        ReferringError: it has not failed.
    """
    with db.write() as connection:
        one = _get(connection, message_id)
        if one.status != "failed":
            raise ReferringError("只有发送失败的消息才能重新发送")
        anew = {"status": "waiting", "attempts": 0, "next_at": now}
        connection.execute(update(Delivery).where(Delivery.id == message_id).values(anew))
        told = {"event": one.event, "target": one.target, "referral": one.referral_id}
        audit.add(connection, actor, Event("delivery.again", "delivery", message_id, told), now)
        return _get(connection, message_id)


def failed(db: Database, limit: int = MOST) -> list[Message]:
    """What did not arrive, the newest first. Raises StorageError."""
    return _read(db, select(*COLUMNS).where(Delivery.status == "failed").order_by(Delivery.id.desc()).limit(limit))


def of_referral(db: Database, referral_id: int, limit: int = MOST) -> list[Message]:
    """All messages to somebody of one referral, the newest first. Raises StorageError."""
    query = select(*COLUMNS).where(Delivery.referral_id == min(referral_id, MAX_ID), Delivery.target != EVERYWHERE)
    return _read(db, query.order_by(Delivery.id.desc()).limit(limit))


def attempts(db: Database, message_id: int) -> list[tuple[datetime, int | None, str, float]]:
    """When, HTTP status, error, seconds of each try, the oldest first. Raises StorageError."""
    columns = (DeliveryAttempt.at, DeliveryAttempt.status, DeliveryAttempt.error, DeliveryAttempt.seconds)
    query = select(*columns).where(DeliveryAttempt.delivery_id == min(message_id, MAX_ID)).order_by(DeliveryAttempt.id)
    with db.read() as connection:
        return [(row[0], row[1], row[2], row[3]) for row in connection.execute(query)]


def counts(db: Database) -> dict[str, int]:
    """Status -> number of messages to somebody. Raises StorageError."""
    query = select(Delivery.status, func.count()).where(Delivery.target != EVERYWHERE).group_by(Delivery.status)
    with db.read() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def _get(connection: Connection, message_id: int) -> Message:
    row = connection.execute(select(*COLUMNS).where(Delivery.id == min(message_id, MAX_ID))).one_or_none()
    if row is None:
        raise Absent(f"没有编号为 {message_id} 的消息")
    return _message(row)


def _read(db: Database, query: Select[*tuple[Any, ...]]) -> list[Message]:
    with db.read() as connection:
        return [_message(row) for row in connection.execute(query)]


def _message(row: Row[*tuple[Any, ...]]) -> Message:
    return Message(*row)
