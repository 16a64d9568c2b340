"""The queue's tables: Procrastinate's own and two of ours, in a schema of their own, made and brought up to date by us.

None of them needs a backup: jobs follow from settings and stored rows, the rest are signs of life.
"""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Final

import psycopg

from storage.exceptions import StorageError
from wangdun.distributed.link import SCHEMA, address, link

if TYPE_CHECKING:
    from wangdun.config import Config

LOCK: Final = 0x77616E67_6A6F6273  # "wangjobs": any number, the same in every process
OWN: Final = f"""
CREATE SCHEMA IF NOT EXISTS {SCHEMA};
CREATE TABLE IF NOT EXISTS {SCHEMA}.applied (name text PRIMARY KEY);
CREATE TABLE IF NOT EXISTS {SCHEMA}.ticks (
    planned timestamptz PRIMARY KEY, done_at timestamptz NOT NULL DEFAULT now(), worker text NOT NULL
);
CREATE TABLE IF NOT EXISTS {SCHEMA}.present (
    name text PRIMARY KEY, host text NOT NULL, pid integer NOT NULL, places integer NOT NULL,
    version text NOT NULL, config_hash text NOT NULL, lexicon_version text NOT NULL, note text NOT NULL DEFAULT '',
    started_at timestamptz NOT NULL DEFAULT now(), beat_at timestamptz NOT NULL DEFAULT now()
);
"""
"""``ticks``: minutes that were seen to. ``present``: one row a worker, its newest sign of life."""


def prepare(config: Config) -> None:
    """Make what is missing; any number of processes may do so at once.

    Raises:
        StorageError: the database cannot be reached, or refuses.
    """
    try:
        with psycopg.connect(address(config), **link()) as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            connection.execute(OWN)
            _advance(connection)
    except psycopg.Error as error:
        raise StorageError(f"任务队列的数据表没有建成：{_said(error)}") from error


def _advance(connection: psycopg.Connection) -> None:
    """New tables come whole; older ones get the library's migrations that they have not had."""
    known = [name for (name,) in connection.execute("SELECT name FROM applied")]
    sql = resources.files("procrastinate.sql")
    all_names = sorted(one.name for one in (sql / "migrations").iterdir() if one.name.endswith(".sql"))
    missing = [name for name in all_names if name not in known]
    scripts = [sql / "migrations" / name for name in missing] if known else [sql / "schema.sql"]
    if not missing:
        return
    for script in scripts:
        connection.execute(script.read_text(encoding="utf-8").encode())
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO applied VALUES (%s)", [(name,) for name in missing])


def are_ready(connection: psycopg.Connection) -> bool:
    """Whether the tables are there, made by this or a newer version."""
    query = "SELECT to_regclass(%s) IS NOT NULL AND to_regclass(%s) IS NOT NULL"
    found = connection.execute(query, (f"{SCHEMA}.procrastinate_jobs", f"{SCHEMA}.present")).fetchone()
    return bool(found and found[0])


def _said(error: psycopg.Error) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
