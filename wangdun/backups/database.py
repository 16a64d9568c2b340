"""A copy of the database as it was at one moment, while others go on writing; and back again."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import URL, create_engine, inspect, make_url

from storage.database import Database
from storage.failures import speaking_plainly
from wangdun.backups.exceptions import BackupError, BrokenBackup
from wangdun.distributed.link import SCHEMA
from wangdun.output import one_line
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

    from storage.config import StorageConfig

NO_TOOL = "没有找到 {name}：备份和恢复 PostgreSQL 数据库需要它，请安装 Debian 软件包 postgresql-client"
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


def kind(config: StorageConfig) -> str:
    """``sqlite`` or ``postgresql``."""
    url = config.given_url
    return "postgresql" if url and make_url(url).get_backend_name().startswith("postgres") else "sqlite"


class Frozen(Database):
    """A database as one transaction sees it, however long it is read."""

    def __init__(self, db: Database, connection: Connection) -> None:
        """Read through `connection` alone."""
        super().__init__(db.engine)
        self._connection = connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """The one transaction."""
        yield self._connection


def copy_sqlite(source: Database, target: Path) -> None:
    """Copy the file as it is now: writers are not kept waiting, and what they write meanwhile is left out.

    Raises:
        BackupError: the disk is full, or the copy is not sound.
    """
    assert source.engine.url.database is not None
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with (
            closing(sqlite3.connect(source.engine.url.database)) as live,
            closing(sqlite3.connect(target)) as made,
        ):
            live.backup(made)  # all pages in one step: one moment, without starting again when somebody writes
            made.execute("PRAGMA journal_mode = DELETE").close()  # one file, complete without its log
    except sqlite3.Error as error:
        raise BackupError(f"数据库没有复制成：{_sqlite_reason(error)}") from error
    check_sqlite(target)


def check_sqlite(path: Path) -> None:
    """Ask SQLite whether the file is sound. Raises BrokenBackup."""
    try:
        with closing(sqlite3.connect(path)) as made:
            said = [row[0] for row in made.execute("PRAGMA integrity_check(5)")]
            lost = made.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        raise BrokenBackup(f"数据库的副本读不出来：{_sqlite_reason(error)}") from error
    if said != ["ok"] or lost:
        what = one_line("；".join(map(str, said)), 300) if said != ["ok"] else f"表 {lost[0]} 里有记录缺少所指的记录"
        raise BrokenBackup(f"数据库已损坏（完整性检查没有通过）：{what}。请用以前的备份恢复")


def settle(path: Path) -> None:
    """After the copy was opened as a database: one durable file again, without a log beside it. Raises BackupError."""
    try:
        with closing(sqlite3.connect(path)) as made:
            made.execute("PRAGMA journal_mode = DELETE").close()
        with path.open("rb") as file:
            os.fsync(file.fileno())
    except sqlite3.Error as error:
        raise BackupError(f"数据库没有复制成：{_sqlite_reason(error)}") from error


def _sqlite_reason(error: sqlite3.Error) -> str:
    words = {sqlite3.SQLITE_FULL: "磁盘已满", sqlite3.SQLITE_IOERR: "磁盘读写出错（可能已满）"}
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, the rest a detail
    return words.get(code) or str(error)


@contextmanager
def dumped(db: Database, target: Path) -> Iterator[Frozen]:
    """Dump a PostgreSQL database; what is given reads the very state that was dumped.

    Raises:
        BackupError: `pg_dump` is not there, or failed.
    """
    tool = _tool("pg_dump")
    with speaking_plainly(db.place), db.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(SNAPSHOT)
        snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        options = ["--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-privileges", f"--file={target}"]
        options.append(f"--exclude-schema={SCHEMA}")  # jobs follow from what is kept; a worker that is gone never ends
        _run([tool, *options], db.engine.url, "数据库没有导出成")
        with target.open("rb") as file:
            os.fsync(file.fileno())
        yield Frozen(db, connection)


def check_dump(path: Path) -> None:
    """Read the whole dump. Raises BackupError, BrokenBackup."""
    command = [_tool("pg_restore"), "--file=/dev/null", str(path)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 -- our own file
    if done.returncode:
        raise BrokenBackup(f"数据库的导出文件读不出来：{_last(done.stderr)}")


def load_dump(path: Path, url: URL) -> None:
    """Fill an empty database, whole or not at all. Raises BackupError."""
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run([_tool("pg_restore"), *options, str(path)], url, "数据库没有恢复成")


def without_password(url: URL) -> str:
    """An address for a process list or a file, as PostgreSQL's programs read it."""
    # not url.set(password=None): None means there "as it was"
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return bare.render_as_string(hide_password=False)


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BackupError(NO_TOOL.format(name=name))
    return found


def _run(command: list[str], url: URL, what: str) -> None:
    """Run one of PostgreSQL's programs; the password goes through the environment, where no process list shows it."""
    address = without_password(url)
    env = dict(os.environ) | ({"PGPASSWORD": str(url.password)} if url.password else {})
    command = [*command, f"--dbname={address}"]
    try:
        done = subprocess.run(command, capture_output=True, check=False, env=env)  # noqa: S603 -- our own options
    except OSError as error:
        raise BackupError(f"{what}：{command[0]}：{why(error)}") from error
    if done.returncode:
        raise BackupError(f"{what}：{_last(done.stderr)}")


def _last(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return one_line(next((line for line in lines if "error" in line), lines[-1] if lines else "没有说明"), 300)


def refuse_filled(url: str) -> None:
    """Raises BackupError: the database holds tables already."""
    address = make_url(url)
    if not address.get_backend_name().startswith("postgres"):
        raise BackupError("这个备份里是 PostgreSQL 数据库，不能恢复到 SQLite")
    place = f"{address.host or 'localhost'}/{address.database}"
    engine = create_engine(address.set(drivername="postgresql+psycopg"))
    try:
        with speaking_plainly(place), engine.connect() as connection:
            found = inspect(connection).get_table_names()
    finally:
        engine.dispose()
    if found:
        raise BackupError(f"数据库里已有数据表，只能恢复到空数据库：{place}")
