"""Locks that reach other machines: PostgreSQL's advisory locks, which end with the connection that holds them.

Nothing happens here where one machine works alone: there the kernel's locks on files are all it takes.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from sqlalchemy import text

from storage.exceptions import StorageError
from wangdun.distributed.link import address, is_distributed, link
from wangdun.exceptions import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from psycopg import Connection

    from storage.database import Database
    from wangdun.config import Config

LOOK: Final = 1.0  # seconds between two looks at whether the locks still hold
GIVE_UP: Final = 10.0  # seconds without a database, then the locks are lost: others get them when it is back
AGAIN: Final = 0.2  # seconds between two attempts to get them back: whoever is first has them
LOST: Final = 75  # exit code, "temporary failure" of sysexits.h
HALF: Final = 0xFFFFFFFF  # 32 bits
HELD = text(
    "SELECT l.classid::bigint, l.objid::bigint, coalesce(a.application_name, '')"
    " FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
"""https://www.postgresql.org/docs/current/view-pg-locks.html: a key of 64 bits is shown in halves."""
T = TypeVar("T")
logger = logging.getLogger("wangdun.locks")


def key(name: str) -> int:
    """The 64-bit number (signed) of the lock called `name`."""
    return int.from_bytes(hashlib.sha256(f"wangdun {name}".encode()).digest()[:8], signed=True)


def site_key(name: str) -> str:
    """The lock of a site's run."""
    return f"site:{name}"


def host_key(host: str) -> str:
    """The lock of a network location, as `wangdun.locks.network_locations` writes it."""
    return f"host:{host}"


class Held:
    """The locks of one process. This one is for an installation on one machine: it has them all."""

    def take(self, name: str) -> bool:  # noqa: ARG002 -- see `Shared`
        """Whether the lock is ours now; it is until the end, or until `give`. Raises StorageError."""
        return True

    def give(self, name: str) -> None:
        """Let go of one. Raises StorageError."""


class Shared(Held):
    """Locks on a connection of its own, which a thread watches when somebody wants to know of their loss.

    A restart of the database frees them: they are taken again as soon as it is back, and lost when another was faster.
    """

    def __init__(self, config: Config, lost: Callable[[], None] | None = None) -> None:
        self._config = config
        self._lost = lost
        self._names: list[str] = []
        self._mutex = threading.Lock()
        self._ended = threading.Event()
        self._connection: Connection[Any] | None = None
        self._watch: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Connect. Raises StorageError."""
        self._connection = _speaking(lambda: _connect(self._config))
        if self._lost is not None:
            self._watch = threading.Thread(target=self._look, args=(self._lost,), name="locks", daemon=True)
            self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._watch is not None:
            self._watch.join()
        if self._connection is not None:
            self._free(self._connection)
            self._connection.close()

    @staticmethod
    def _free(connection: Connection[Any]) -> None:
        """Let go of all now: the server notices that a connection was closed a moment later, and others look at once."""
        import psycopg

        with suppress(psycopg.Error):  # a connection that is broken holds nothing
            connection.execute("SELECT pg_advisory_unlock_all()")

    def take(self, name: str) -> bool:
        """As `Held.take`."""
        with self._mutex:
            taken = _speaking(lambda: _try(self._connection, name))
            if taken:
                self._names.append(name)
            return taken

    def give(self, name: str) -> None:
        """As `Held.give`."""
        with self._mutex:
            self._names.remove(name)
            _speaking(lambda: _ask(self._connection, "SELECT pg_advisory_unlock(%s)", key(name)))

    def _look(self, lost: Callable[[], None]) -> None:
        import psycopg

        while not self._ended.wait(LOOK):
            with self._mutex:
                try:
                    assert self._connection is not None
                    self._connection.execute("SELECT 1")
                except psycopg.Error:
                    if not self._retake():
                        lost()
                        return

    def _retake(self) -> bool:
        """Whether all are ours again."""
        import psycopg

        logger.warning("the database went away: taking the locks again")
        assert self._connection is not None
        self._connection.close()
        until = time.monotonic() + GIVE_UP
        while time.monotonic() < until and not self._ended.is_set():
            try:
                self._connection = _connect(self._config)
                return all(_try(self._connection, name) for name in self._names)
            except psycopg.Error:
                time.sleep(AGAIN)
        return self._ended.is_set()


def _connect(config: Config) -> Connection[Any]:
    import psycopg  # 60 ms: not for those who run on one machine

    return psycopg.connect(address(config), autocommit=True, **link())


def _try(connection: Connection[Any] | None, name: str) -> bool:
    return bool(_ask(connection, "SELECT pg_try_advisory_lock(%s)", key(name)))


def _ask(connection: Connection[Any] | None, query: str, number: int) -> Any:
    assert connection is not None
    row = connection.execute(query.encode(), (number,)).fetchone()
    return row[0] if row else None


def _speaking(ask: Callable[[], T]) -> T:
    import psycopg

    try:
        return ask()
    except psycopg.Error as error:
        raise StorageError("连不上数据库，不能确认别的机器没有在做同一件事") from error


def end_at_once() -> None:
    """What a run does whose locks another has: any page more would be read by two."""
    logger.error("another process has this run's locks: ended at once")
    logging.shutdown()
    os._exit(LOST)


@contextmanager
def holding(config: Config, lost: Callable[[], None] | None = None) -> Iterator[Held]:
    """Locks that reach as far as the installation; `lost` is called, in another thread, when they are gone.

    Raises:
        StorageError: the database cannot be reached.
    """
    if not is_distributed(config):
        yield Held()
        return
    with Shared(config, lost) as held:
        yield held


@contextmanager
def holding_site(config: Config, name: str) -> Iterator[Held]:
    """Hold a site while it is crawled, from all machines; the process ends at once when that is no longer so.

    Raises:
        Busy: another process is crawling it.
        StorageError: the database cannot be reached.
    """
    with holding(config, end_at_once) as held:
        if not held.take(site_key(name)):
            raise Busy(f"站点 {name} 正在另一台机器上采集", None)
        yield held


@contextmanager
def the_only_one(config: Config, name: str, what: str) -> Iterator[None]:
    """Hold one lock of the installation. Raises Busy, whose message starts with `what`; StorageError."""
    with holding(config) as held:
        if not held.take(name):
            raise Busy(f"{what}（在另一台机器上）", None)
        yield


def holders(config: Config, db: Database, names: Iterable[str]) -> dict[str, str]:
    """Of these locks those that somebody holds now, with ``HOST:PID`` of whoever does. Raises StorageError."""
    if not is_distributed(config):
        return {}
    with db.read() as connection:
        rows = list(connection.execute(HELD))
    found = {(high, low): who for high, low, who in rows}
    return {name: found[half] for name in names if (half := _halves(name)) in found}


def _halves(name: str) -> tuple[int, int]:
    number = key(name)
    return number >> 32 & HALF, number & HALF
