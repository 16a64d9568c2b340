"""Tries to log in: too many failures block an account name and an address for a while."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from storage.review.models import LoginAttempt

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection
    from sqlalchemy.orm import InstrumentedAttribute

    from storage.database import Database

KEPT = timedelta(days=200)  # logs are kept for six months (网络安全法 art. 21), and a little more
PRUNED = 1000  # rows at a time: a log-in must stay quick


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failures are too many."""

    by_name: int = 5
    """In a row for one account name: people mistype twice or thrice."""
    by_address: int = 30
    """For one address whatever the names: an office may share one."""
    window: timedelta = timedelta(minutes=15)
    """Failures older than this do not count; also how long the block lasts after the last failure."""


def note(db: Database, name: str, address: str, now: datetime, *, succeeded: bool) -> None:
    """Write down one try. Raises StorageError."""
    row = {"at": now, "name": _spelling(name), "address": address, "succeeded": succeeded}
    old = select(LoginAttempt.id).where(LoginAttempt.at < now - KEPT).order_by(LoginAttempt.id).limit(PRUNED)
    with db.write() as connection:
        connection.execute(insert(LoginAttempt).values(row))
        if succeeded:
            connection.execute(delete(LoginAttempt).where(LoginAttempt.id.in_(old)))


def blocked_until(
    db: Database, name: str, address: str, now: datetime, limits: Limits | None = None
) -> datetime | None:
    """When this name may be tried again from this address; None when now."""
    limits = limits or Limits()
    with db.read() as connection:
        ends = (
            _block(connection, LoginAttempt.name, _spelling(name), limits.by_name, now, limits.window),
            _block(connection, LoginAttempt.address, address, limits.by_address, now, limits.window),
        )
    return max((end for end in ends if end is not None), default=None)


def _block(  # noqa: PLR0913, PLR0917 - one fact each
    connection: Connection,
    column: InstrumentedAttribute[str],
    value: str,
    most: int,
    now: datetime,
    window: timedelta,
) -> datetime | None:
    """A success forgets a name's failures, but not an address's: an attacker may own one account."""
    query = select(LoginAttempt.at, LoginAttempt.succeeded).where(column == value, LoginAttempt.at > now - window)
    rows = connection.execute(query.order_by(LoginAttempt.at.desc(), LoginAttempt.id.desc()).limit(most * 4)).all()
    failures = []
    for at, succeeded in rows:
        if succeeded and column is LoginAttempt.name:
            break
        failures.extend([] if succeeded else [at])
    return failures[0] + window if len(failures) >= most else None


def _spelling(name: str) -> str:
    """As accounts spell names, but for any text."""
    return unicodedata.normalize("NFKC", name).strip().casefold()[:100]
