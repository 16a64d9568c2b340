"""Open the database and hand out transactions: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import URL, Connection, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from storage import migrating
from storage.columns import encode_json
from storage.config import StorageConfig
from storage.exceptions import StorageError, UndecodableText
from storage.failures import speaking_plainly
from storage.review.words import says
from storage.sharing import SharedReads, check_idle, note_idle

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    import psycopg
    from sqlalchemy import Engine, ExceptionContext
    from sqlalchemy.pool import ConnectionPoolEntry

UNDECODABLE = "Could not decode to UTF-8 column '"  # Python's sqlite3, Modules/_sqlite/cursor.c
DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}

SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout = 10000",  # ms; a write takes milliseconds, so 10 s means that something hangs
    "PRAGMA journal_mode = WAL",  # readers go on while the crawl writes
    # WAL + NORMAL: a killed process loses nothing; a power cut may lose the last commits, never the file's integrity,
    # and the crawl fetches those pages again. FULL would wait for the disk at every batch.
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",  # off by default, for history's sake
)
POSTGRES_OPTIONS = {
    "connect_timeout": 10,  # s; a dead host must not hang a command
    # a plan kept from when a table was empty goes on reading the whole table: planning anew stored 3 times as fast;
    # to compile a query of ten thousand leads takes longer than to run it
    "options": "-c timezone=UTC -c plan_cache_mode=force_custom_plan -c jit=off",
}


class Database:
    """One database, open. Safe to share between threads; each process opens its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.place = _place(engine.url)
        self._writer = engine.execution_options(immediate=True)
        self._of_thread = threading.local()

    @classmethod
    def open(
        cls, where: StorageConfig | Path | str, *, migrate: bool = True, tell: Callable[[str], None] | None = None
    ) -> Self:
        """Connect and, unless told otherwise, bring the tables to the newest shape.

        A path is that of an SQLite file. With very many leads that takes minutes, once; `tell` hears every second or two
        how far it has come. Interrupted, it goes on with the next call.

        Raises:
            StorageError: newer than the software, no permission, not a database, no connection, disk full.
        """
        url = _url(where)
        _make_folder(url)
        db = cls(_engine(url))
        try:
            db._check(migrate, tell or _say_nothing)
        except BaseException:  # whatever it was: an open connection must not be left behind
            db.close()
            raise
        return db

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads: it never waits for the writer."""
        shared = self._shared
        with speaking_plainly(self.place), self.engine.begin() if shared is None else shared.read() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Within, all reads of this thread share one connection and transaction, for a page asks many small questions.

        To write ends that transaction: what is read afterwards is as it is then.
        """
        if self._shared is not None:
            yield
            return
        self._of_thread.shared = shared = SharedReads(self.engine)
        try:
            yield
        finally:
            self._of_thread.shared = None
            with speaking_plainly(self.place):
                shared.let_go()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end, rolled back on any error.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE): a lock taken later could not be waited for.
        """
        shared = self._shared
        with speaking_plainly(self.place):
            if shared is not None:  # threads that held one connection and waited for another could wait for each other
                shared.let_go()
            with self._writer.begin() as connection:
                yield connection

    @property
    def _shared(self) -> SharedReads | None:
        return getattr(self._of_thread, "shared", None)

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    def _check(self, migrate: bool, tell: Callable[[str], None]) -> None:  # noqa: FBT001 - one call
        said = ""
        while True:
            with self.read() as connection:
                newest = migrating.is_newest(connection, self.place)
            if newest:
                return
            if not migrate:
                raise StorageError(f"数据库还没有升级到本软件的版本：{self.place}")
            with self.write() as connection:
                done = migrating.advance(connection, self.place)
            if done not in {"", said}:
                tell(said := done)


def _say_nothing(_sentence: str) -> None:
    """Nobody waits."""


def _url(where: StorageConfig | Path | str) -> URL:
    if isinstance(where, Path):
        return URL.create(DRIVERS["sqlite"], database=str(where.absolute()))
    given = where if isinstance(where, str) else where.given_url
    if given is None:  # not through text: a folder's name may hold ? or %
        assert isinstance(where, StorageConfig)
        return URL.create(DRIVERS["sqlite"], database=str(where.database_file))
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        # from None: the driver's message repeats the address, password included
        raise StorageError("数据库地址写错了，应像 postgresql://用户@主机/库名 或 sqlite:////文件路径") from None
    driver = DRIVERS.get(url.get_backend_name())
    if driver is None:
        raise StorageError(f"不支持这种数据库：{url.get_backend_name()}。可用 SQLite 或 PostgreSQL")
    if "@" in (url.host or ""):  # the rest of a password: it must not be shown
        raise StorageError("数据库地址写错了：用户名、密码里的 @ 应写成 %40，/ 写成 %2F，: 写成 %3A，% 写成 %25")
    if driver == DRIVERS["sqlite"] and url.database in (None, "", ":memory:"):
        raise StorageError("SQLite 数据库必须是一个文件，不能只放在内存里")
    return url.set(drivername=driver)


def _place(url: URL) -> str:
    """What a person is told about where the database is: never the password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database}"  # 5432: PostgreSQL's own default


def _make_folder(url: URL) -> None:
    if url.get_backend_name() != "sqlite" or "uri" in url.query:
        return
    assert url.database is not None
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)  # it holds sellers' telephone numbers
    except OSError as error:
        raise StorageError(f"建不了数据文件夹，请检查路径和权限：{folder}") from error


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, json_serializer=encode_json)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "handle_error", _tell_undecodable)
        return engine
    engine = create_engine(url, json_serializer=encode_json, connect_args=POSTGRES_OPTIONS)
    event.listen(engine, "checkin", note_idle)
    event.listen(engine, "checkout", check_idle)
    # before all others: the library's own questions fail on a database without an encoding, which answers with bytes
    event.listen(engine, "connect", _refuse_other_encodings, insert=True)
    return engine


def _refuse_other_encodings(connection: psycopg.Connection, _entry: ConnectionPoolEntry) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding == "UTF8":
        return
    database = connection.info.dbname
    connection.close()
    raise StorageError(
        f"数据库 {database} 的编码是 {encoding}，应为 UTF8：请用 ENCODING 'UTF8' TEMPLATE template0 另建数据库"
    )


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver would begin transactions late and by itself
    for pragma in SQLITE_PRAGMAS:
        connection.execute(pragma).close()
    connection.create_function("says", 2, says, deterministic=True)


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _tell_undecodable(context: ExceptionContext) -> None:
    """Raise UndecodableText for a text that is no UTF-8: the driver has no kind of error of its own for it."""
    said = str(context.original_exception)
    if said.startswith(UNDECODABLE):
        column = said.removeprefix(UNDECODABLE).partition("' with text '")[0]  # what follows are the very bytes
        place = _place(context.engine.url) if context.engine is not None else ""
        raise UndecodableText(
            f"数据库里有文字被改动或损坏，读不出（{column} 列）：{place}"
        ) from context.original_exception
