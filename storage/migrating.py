"""Bring a database to the newest shape, or say why not. Alembic is loaded only when there is something to do."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import inspect, text

from storage.exceptions import StorageError
from storage.freshness.models import Base  # the last module of tables: with it all are known
from storage.review import backfill, backfill_plain

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Filling(Protocol):
    """What a migration leaves to be done in pieces."""

    SUBJECT: str
    """What is done, in words for people."""

    def is_unfinished(self, connection: Connection) -> bool:
        """Whether there is something to do."""

    def step(self, connection: Connection) -> backfill.Progress | None:
        """Do the next piece; None when that was the last one."""


FOLDER = Path(__file__).parent / "migrations"
FILLINGS: dict[str, Filling] = {"0004": backfill, "0012": backfill_plain}
"""By the revision whose filling takes minutes with very many leads."""
LOCK = 0x77616E67  # "wang": any number, the same in every process, for PostgreSQL's advisory lock


@cache
def revisions() -> tuple[str, ...]:
    """All revisions this software knows, oldest first: the file name up to its first underscore."""
    return tuple(sorted(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*_*.py")))


def current(connection: Connection) -> str | None:
    """The database's revision; None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def is_newest(connection: Connection, place: str) -> bool:
    """False when a migration is due, or one has not come to its end.

    Raises:
        StorageError: the database was made by a newer version of the software, or its tables by another program.
    """
    revision = current(connection)
    if revision is None and set(inspect(connection).get_table_names()) & set(Base.metadata.tables):
        raise StorageError(f"数据库里已有别的程序的同名数据表，请给网盾单独建一个数据库：{place}")
    if revision is not None and revision not in revisions():
        raise StorageError(f"数据库由更新版本的网盾建立(版本 {revision}),请先升级软件:{place}")
    return revision == revisions()[-1] and not _is_unfinished(connection, revision)


def _is_unfinished(connection: Connection, revision: str | None) -> bool:
    """Later migrations wait for a filling, so that only that of this revision can be unfinished."""
    return revision in FILLINGS and FILLINGS[revision].is_unfinished(connection)


def advance(connection: Connection, place: str) -> str:
    """Do the next piece of what is missing within the caller's write transaction.

    An empty database becomes new in one piece. Else a piece may be a part of a migration: one that is interrupted goes on
    with the next call, in whatever process. Returns what to tell a person who waits; empty when that is not worth a word.
    """
    if connection.dialect.name == "postgresql":  # SQLite's write transaction is exclusive already
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    if is_newest(connection, place):  # another process was faster
        return ""
    revision = current(connection)
    if _is_unfinished(connection, revision):
        assert revision is not None
        return _sentence(FILLINGS[revision].SUBJECT, FILLINGS[revision].step(connection))
    due = [one for one in FILLINGS if revision is not None and revision < one]
    upgrade(connection, due[0] if due else "head")
    return ""


def upgrade(connection: Connection, revision: str) -> None:
    """Run the migrations up to `revision` within the caller's write transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))  # a % would start an interpolation
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _sentence(subject: str, progress: backfill.Progress | None) -> str:
    if progress is None:
        return f"数据库升级：{subject}，完成"
    if progress.done < progress.total:
        share = progress.done / progress.total
        return f"数据库升级：{subject} {share:.0%}（可随时中断，下次启动接着做）"
    return f"数据库升级：建立索引，还有 {progress.indexes} 个"
