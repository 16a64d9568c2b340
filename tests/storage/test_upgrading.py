"""A database of any earlier version of the tables becomes one of today, with what it held."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from storage import migrating, sites
from storage.database import Database
from storage.exceptions import StorageError
from storage.operation import records
from tests.storage.making import NOW


def made(path, revision):
    """A database as an earlier version left it."""
    db = Database(create_engine(f"sqlite:///{path}"))
    with db.write() as connection:
        migrating.upgrade(connection, revision)
        connection.execute(
            text(
                "INSERT INTO sites (name, platform, start_urls, registered_at)"
                " VALUES ('旧站', 'discuz', '[\"http://127.0.0.1/\"]', '2026-01-01 00:00:00.000000')"
            )
        )
    db.close()


@pytest.mark.parametrize("revision", migrating.revisions())
def test_every_earlier_version_is_brought_up_to_date(tmp_path, revision):
    path = tmp_path / "old.sqlite"
    made(path, revision)
    if revision != migrating.revisions()[-1]:
        with pytest.raises(StorageError, match="还没有升级"):
            Database.open(path, migrate=False)
    db = Database.open(path)
    with db.read() as connection:
        assert migrating.current(connection) == migrating.revisions()[-1]
        assert [row[0] for row in connection.execute(text("PRAGMA integrity_check"))] == ["ok"]
    assert sites.find(db, "旧站") == 1
    records.note(db, "backup", ok=True, actor="a", detail={}, now=NOW)
    db.close()


def test_a_newer_version_is_refused_and_left_as_it_is(tmp_path):
    path = tmp_path / "new.sqlite"
    made(path, "head")
    db = Database.open(path)
    with db.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    db.close()
    with pytest.raises(StorageError, match="请先升级软件"):
        Database.open(path)
