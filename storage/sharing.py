"""One connection for many small reads in a row, and whether a connection that lay idle still stands."""

from __future__ import annotations

import select
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import InvalidatePoolError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg
    from sqlalchemy import Connection, Engine
    from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

TRUSTED = 5.0  # s a connection may lie idle before the server is asked; a page's reads are milliseconds apart


class SharedReads:
    """What one thread reads on one connection, opened with the first read. Not safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._users = 0

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """The connection, in a transaction that goes on after it. What failed is rolled back: the next read works."""
        connection = self._connection = self._connection or self._engine.connect()
        self._users += 1
        try:
            yield connection
        except BaseException:  # whatever it was: PostgreSQL answers nothing more in a transaction that failed
            connection.rollback()
            raise
        finally:
            self._users -= 1

    def let_go(self) -> None:
        """End the transaction and give the connection back, unless somebody is just reading: the next read begins anew."""
        if self._users == 0 and self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()


def note_idle(_connection: object, entry: ConnectionPoolEntry) -> None:
    """For the pool's event "checkin": note since when a connection lies idle."""
    entry.info["idle_since"] = time.monotonic()


def check_idle(connection: psycopg.Connection, entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection) -> None:
    """For the pool's event "checkout": ask a server whether it is there where that is in doubt.

    It is not after a few seconds unless something came unasked: a server that ends a connection says so. To ask each
    time would be a third of what small reads send.

    Raises:
        InvalidatePoolError: it is not; the pool connects anew.
    """
    since = entry.info.get("idle_since")
    if since is None:  # just connected
        return
    if time.monotonic() - since < TRUSTED and not _has_news(connection):
        return
    if not _answers(connection):
        raise InvalidatePoolError


def _answers(connection: psycopg.Connection) -> bool:
    from psycopg import Error  # loaded by now; SQLite goes without

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.rollback()
    except Error:
        return False
    return True


def _has_news(connection: psycopg.Connection) -> bool:
    """Whether something is to be read though nothing was asked: an idle connection's end, as a rule."""
    if connection.closed or not hasattr(select, "poll"):  # Windows has none
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))
