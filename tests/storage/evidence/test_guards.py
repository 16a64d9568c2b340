"""The database itself refuses to change the chain."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from storage.evidence import custody, guards
from storage.exceptions import StorageError
from tests.storage.making import NOW

CHANGES = (
    "UPDATE custody SET actor = 'x' WHERE id = 1",
    "DELETE FROM custody WHERE id = 2",
    "DELETE FROM custody",
)
BY_KIND = {
    "sqlite": (
        "INSERT OR REPLACE INTO custody SELECT * FROM custody WHERE id = 1",
        "INSERT INTO custody SELECT 9, at, actor, action, capture_id, detail, previous, hash FROM custody WHERE id = 1",
    ),
    "postgresql": ("TRUNCATE custody",),
}
DROPS = {"sqlite": "DROP TRIGGER custody_no_delete", "postgresql": "ALTER TABLE custody DISABLE TRIGGER ALL"}


def test_no_statement_changes_a_link(db):
    for action in ("viewed", "copied"):
        custody.note(db, at=NOW, actor="张三", action=action)
    before = list(custody.entries(db))
    for change in CHANGES + BY_KIND[db.engine.dialect.name]:
        with pytest.raises(StorageError), db.write() as connection:
            connection.execute(text(change))
    assert list(custody.entries(db)) == before
    assert guards.missing(db) == []


def test_a_guard_that_was_taken_away_is_named(db):
    with db.write() as connection:
        connection.execute(text(DROPS[db.engine.dialect.name]))
    assert guards.missing(db)
