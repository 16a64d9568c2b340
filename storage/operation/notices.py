"""Notices to the people who run the installation: each event kept once, sent to each receiver until it arrives."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select, update

from storage.columns import fit
from storage.operation.models import Notice, NoticeSend
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select

    from storage.database import Database

DELAYS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720, 720, 720))
"""Before the second, third … attempt: a restart is over in minutes, a broken line after a night; then it is given up."""
MOST: Final = 500  # notices in one message
LONGEST_ERROR: Final = 400  # characters


@dataclass(frozen=True, slots=True)
class NewNotice:
    """An event that was seen."""

    key: str
    """The same event has the same key whenever it is seen."""
    event: str
    text: str
    """One line, Chinese."""
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that is to be sent to one receiver."""

    send_id: int
    notice_id: int
    event: str
    text: str
    detail: dict[str, Any]
    at: datetime
    attempts: int


def add(db: Database, seen: Sequence[NewNotice], targets: Mapping[str, Collection[str]], now: datetime) -> int:
    """Keep those that are new, for each of `targets` that wants the event; how many were new. Raises StorageError.

    `targets` are names and the events they want, empty for all.
    """
    wanted = {fit(one.key): one for one in seen}
    with db.write() as connection:
        known: set[str] = set()
        for chunk in chunks(wanted):
            known |= set(connection.scalars(select(Notice.key).where(Notice.key.in_(chunk))))
        fresh = [one for key, one in wanted.items() if key not in known]
        for one in fresh:
            values = {"key": one.key, "event": one.event, "text": one.text, "detail": one.detail, "at": now}
            number = connection.execute(insert(Notice).values(values).returning(Notice.id)).scalar_one()
            rows = [_send(number, name, now) for name, events in targets.items() if not events or one.event in events]
            if rows:
                connection.execute(insert(NoticeSend), rows)
    return len(fresh)


def _send(number: int, target: str, now: datetime) -> dict[str, Any]:
    return {
        "notice_id": number, "target": target, "status": "waiting", "attempts": 0, "next_at": now, "last_error": "",
    }  # fmt: skip


def due(db: Database, target: str, now: datetime) -> list[Waiting]:
    """What is to be sent to a receiver now, oldest first. Raises StorageError."""
    query = (
        select(
            NoticeSend.id,
            NoticeSend.notice_id,
            Notice.event,
            Notice.text,
            Notice.detail,
            Notice.at,
            NoticeSend.attempts,
        )
        .join(Notice, Notice.id == NoticeSend.notice_id)
        .where(NoticeSend.status == "waiting", NoticeSend.target == target, NoticeSend.next_at <= now)
        .order_by(NoticeSend.id)
        .limit(MOST)
    )
    with db.read() as connection:
        return [Waiting(*row) for row in connection.execute(query)]


def last_sent(db: Database, target: str, event: str) -> datetime | None:
    """When a receiver was last told of such an event; None for never. Raises StorageError."""
    query = select(func.max(NoticeSend.done_at)).join(Notice, Notice.id == NoticeSend.notice_id)
    with db.read() as connection:
        found: datetime | None = connection.execute(
            query.where(NoticeSend.status == "done", NoticeSend.target == target, Notice.event == event)
        ).scalar()
    return found


def sent(db: Database, waiting: Sequence[Waiting], now: datetime) -> None:
    """They have arrived. Raises StorageError."""
    _update(db, waiting, {"status": "done", "done_at": now, "last_error": ""})


def failed(db: Database, waiting: Sequence[Waiting], error: str, now: datetime) -> None:
    """They have not: try again later, or give up. Raises StorageError."""
    for attempts in {one.attempts for one in waiting}:
        some = [one for one in waiting if one.attempts == attempts]
        values: dict[str, Any] = {"attempts": attempts + 1, "last_error": error[:LONGEST_ERROR]}
        if attempts < len(DELAYS):
            values["next_at"] = now + DELAYS[attempts]
        else:
            values |= {"status": "failed", "done_at": now}
        _update(db, some, values)


def _update(db: Database, waiting: Sequence[Waiting], values: dict[str, Any]) -> None:
    with db.write() as connection:
        for chunk in chunks(one.send_id for one in waiting):
            connection.execute(update(NoticeSend).where(NoticeSend.id.in_(chunk)).values(values))


def clock_set_back(db: Database, now: datetime) -> None:
    """What waits for a moment that only a wrong clock could name is due now. Raises StorageError."""
    latest = now + DELAYS[-1]
    with db.write() as connection:
        connection.execute(
            update(NoticeSend).where(NoticeSend.status == "waiting", NoticeSend.next_at > latest).values(next_at=now)
        )


def standing(db: Database, targets: Collection[str] | None = None) -> tuple[int, datetime | None, int]:
    """How many wait, since when the oldest does, how many were given up. Raises StorageError."""
    conditions: list[ColumnElement[bool]] = [] if targets is None else [NoticeSend.target.in_(list(targets))]
    query = select(func.count(), func.min(Notice.at)).select_from(NoticeSend)
    query = query.join(Notice, Notice.id == NoticeSend.notice_id).where(NoticeSend.status == "waiting", *conditions)
    lost = select(func.count()).select_from(NoticeSend).where(NoticeSend.status == "failed", *conditions)
    with db.read() as connection:
        count, oldest = connection.execute(query).one()
        return int(count), oldest, int(connection.execute(lost).scalar_one())


def drop_before(db: Database, before: datetime) -> int:
    """Take away what was sent or given up before; how many notices. Raises StorageError."""
    with db.write() as connection:
        ids = list(connection.scalars(_over(before)))
        for chunk in chunks(ids):
            connection.execute(delete(NoticeSend).where(NoticeSend.notice_id.in_(chunk)))
            connection.execute(delete(Notice).where(Notice.id.in_(chunk)))
    return len(ids)


def count_before(db: Database, before: datetime) -> int:
    """How many `drop_before` would take away. Raises StorageError."""
    with db.read() as connection:
        return int(connection.execute(select(func.count()).select_from(_over(before).subquery())).scalar_one())


def _over(before: datetime) -> Select[int]:
    waiting = select(NoticeSend.notice_id).where(NoticeSend.status == "waiting")
    return select(Notice.id).where(Notice.at < before, Notice.id.not_in(waiting))
