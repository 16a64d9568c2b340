"""Tries to log in: failures block an account for the address they come from, and an address for a while.

Nobody can lock somebody else out: failures from other addresses only make tries from new addresses slower, and an
address from which an account has signed in before is held to its own failures alone.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from storage.review.models import LoginAttempt

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database

KEPT = timedelta(days=200)  # logs are kept for six months (网络安全法 art. 21), and a little more
PRUNED = 1000  # rows at a time: a log-in must stay quick
DOUBLED = 6  # times that the pause for a name is doubled: from one second to about a minute


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failures are too many."""

    by_pair: int = 5
    """In a row for one account name from one address: people mistype twice or thrice."""
    by_address: int = 30
    """For one address whatever the names: an office may share one."""
    by_name: int = 10
    """For one account name from all addresses: each further one makes strangers wait longer."""
    window: timedelta = timedelta(minutes=15)
    """Failures older than this do not count; also how long a block lasts after the last failure."""
    pause: timedelta = timedelta(seconds=1)
    """After the first failure too many for a name; doubled with each further one."""


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
    name = _spelling(name)
    pair = (LoginAttempt.name == name, LoginAttempt.address == address)
    with db.read() as connection:
        ends = [_blocked(_in_a_row(connection, pair, now, limits), limits.by_pair, limits.window)]
        if not _is_known(connection, pair, now):
            here = _failures(connection, LoginAttempt.address == address, limits.by_address, now, limits)
            ends.append(_blocked(here, limits.by_address, limits.window))
            ends.append(_slowed(connection, name, now, limits))
    return max((end for end in ends if end is not None and end > now), default=None)


def _blocked(failures: list[datetime], most: int, window: timedelta) -> datetime | None:
    return failures[0] + window if len(failures) >= most else None


def _in_a_row(connection: Connection, pair: tuple[Any, ...], now: datetime, limits: Limits) -> list[datetime]:
    """A success forgets the pair's failures; newest first."""
    query = select(LoginAttempt.at, LoginAttempt.succeeded).where(*pair, LoginAttempt.at > now - limits.window)
    failures = []
    for at, succeeded in connection.execute(_newest(query, limits.by_pair)):
        if succeeded:
            break
        failures.append(at)
    return failures


def _failures(connection: Connection, which: Any, most: int, now: datetime, limits: Limits) -> list[datetime]:
    """Whatever succeeded between them: an attacker may own one account. Newest first."""
    query = select(LoginAttempt.at).where(
        which, LoginAttempt.at > now - limits.window, LoginAttempt.succeeded.is_(False)
    )  # fmt: skip
    return list(connection.scalars(_newest(query, most)))


def _slowed(connection: Connection, name: str, now: datetime, limits: Limits) -> datetime | None:
    """A pause after the last failure for this name from anywhere, instead of a block."""
    most = limits.by_name + DOUBLED
    failures = _failures(connection, LoginAttempt.name == name, most, now, limits)
    if len(failures) < limits.by_name:
        return None
    doublings: int = len(failures) - limits.by_name
    return failures[0] + limits.pause * (1 << doublings)


def _is_known(connection: Connection, pair: tuple[Any, ...], now: datetime) -> bool:
    """This account has signed in from this address."""
    query = select(LoginAttempt.id).where(*pair, LoginAttempt.at > now - KEPT, LoginAttempt.succeeded.is_(True))
    return connection.scalar(query.limit(1)) is not None


def _newest(query: Any, count: int) -> Any:
    return query.order_by(LoginAttempt.at.desc(), LoginAttempt.id.desc()).limit(count)


def _spelling(name: str) -> str:
    """As accounts spell names, but for any text."""
    return unicodedata.normalize("NFKC", name).strip().casefold()[:100]
