"""Operations are added, found again, and never changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from storage.exceptions import StorageError
from storage.operation import records
from tests.storage.making import NOW


def test_the_newest_of_a_kind_is_found(db):
    records.note(db, "backup", ok=True, actor="张三", detail={"place": "a"}, now=NOW)
    records.note(db, "backup", ok=False, actor="张三", detail={"why": "磁盘已满"}, now=NOW + timedelta(hours=1))
    records.note(db, "restore", ok=True, actor="李四", detail={}, now=NOW)
    newest, good = records.last(db, "backup"), records.last(db, "backup", ok=True)
    assert newest is not None
    assert good is not None
    assert (newest.ok, newest.detail) == (False, {"why": "磁盘已满"})
    assert (good.at, good.actor, good.detail) == (NOW, "张三", {"place": "a"})
    assert records.last(db, "retention") is None


@pytest.mark.parametrize("statement", ["UPDATE operations SET actor = 'x'", "DELETE FROM operations"])
def test_the_log_cannot_be_changed(db, statement):
    records.note(db, "retention", ok=True, actor="a", detail={"files": 3}, now=NOW)
    with pytest.raises(StorageError), db.write() as connection:
        connection.execute(text(statement))
    kept = records.last(db, "retention")
    assert kept is not None
    assert (kept.actor, kept.detail) == ("a", {"files": 3})
