"""Who is at work: one row a worker, which says what it runs with and when it last gave a sign of life."""

from __future__ import annotations

import os
import socket
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from wangdun import __version__
from wangdun.distributed import holding
from wangdun.distributed.link import SCHEMA, file_hash
from wangdun.exceptions import Busy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

    from storage.database import Database
    from wangdun.config import Config

MOST: Final = 1000  # names on one machine that are tried; nobody runs so many
BEAT = text(
    f"INSERT INTO {SCHEMA}.present (name, host, pid, places, version, config_hash, lexicon_version, note)"  # noqa: S608
    " VALUES (:name, :host, :pid, :places, :version, :config_hash, :lexicon_version, :note)"
    " ON CONFLICT (name) DO UPDATE SET beat_at = now(), host = excluded.host, pid = excluded.pid,"
    " places = excluded.places, version = excluded.version, config_hash = excluded.config_hash,"
    " lexicon_version = excluded.lexicon_version, note = excluded.note,"
    " started_at = CASE WHEN present.pid = excluded.pid THEN present.started_at ELSE now() END"
)
LEAVE = text(f"DELETE FROM {SCHEMA}.present WHERE name = :name AND pid = :pid")  # noqa: S608 -- a constant
ALL = text(f"SELECT *, extract(epoch FROM now() - beat_at)::float AS silent FROM {SCHEMA}.present ORDER BY name")  # noqa: S608


@dataclass(frozen=True, slots=True)
class Present:
    """A worker, as it last said."""

    name: str
    host: str
    pid: int
    places: int
    version: str
    config_hash: str
    lexicon_version: str
    note: str
    """What keeps it from crawling, Chinese; empty when nothing does."""
    started_at: datetime
    beat_at: datetime
    silent: float
    """Seconds since, by the database's clock."""

    def is_alive(self, stalled_after: timedelta) -> bool:
        """It gave a sign of life not long ago."""
        return self.silent < stalled_after.total_seconds()


@contextmanager
def named(config: Config, wanted: str | None) -> Iterator[str]:
    """Have a name that no other worker has: `wanted`, else the machine's, with a number when it has several workers.

    Raises:
        Busy: there is a worker called `wanted`.
        StorageError: the database cannot be reached.
    """
    host = socket.gethostname()
    with holding.holding(config, lambda: None) as held:  # watched: after a restart of the database it is taken again
        for name in [wanted] if wanted else [host, *(f"{host}-{number}" for number in range(2, MOST))]:
            if held.take(f"worker:{name}"):
                yield name
                return
        raise Busy(f"已有名为 {wanted or host} 的工作进程", None)


@dataclass(frozen=True, slots=True)
class Sign:
    """What a worker says of itself each time."""

    name: str
    places: int
    lexicon_version: str
    note: str


def beat(config: Config, db: Database, sign: Sign) -> None:
    """Give a sign of life. Raises StorageError."""
    facts = {"host": socket.gethostname(), "pid": os.getpid(), "version": __version__}
    with db.write() as connection:
        connection.execute(BEAT, facts | asdict(sign) | {"config_hash": file_hash(config.path)})


def leave(db: Database, name: str) -> None:
    """Say goodbye: this worker ends in order. Raises StorageError."""
    with db.write() as connection:
        connection.execute(LEAVE, {"name": name, "pid": os.getpid()})


def workers(db: Database) -> list[Present]:
    """All that were there within the last day, by name. Raises StorageError."""
    with db.read() as connection:
        return [Present(**row) for row in connection.execute(ALL).mappings()]
