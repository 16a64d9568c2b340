from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from storage.exceptions import StorageError
from storage.review import audit
from storage.review.audit import Actor, Event, Wanted
from tests.storage.making import HOUR, NOW
from tests.storage.review.making import SYSTEM


def test_entries_are_numbered_and_found(db, anna):
    actor = anna.actor("127.0.0.1")
    audit.note(db, actor, Event("lead.confirm", "lead", 7, {"note": "见\0图"}), NOW)
    audit.note(db, SYSTEM, Event("login"), NOW + HOUR)
    numbers = [one.id for one in audit.recent(db)]
    assert numbers == [3, 2, 1]
    (one,) = audit.recent(db, Wanted(kind="lead", object_id=7))
    assert (one.actor, one.address, one.detail, one.at) == ("anna同志", "127.0.0.1", {"note": "见\ufffd图"}, NOW)
    assert [one.id for one in audit.recent(db, Wanted(account_id=anna.id))] == [2]
    assert [one.id for one in audit.recent(db, Wanted(action="login"))] == [3]
    assert [one.id for one in audit.recent(db, Wanted(since=NOW + HOUR))] == [3]
    assert [one.id for one in audit.recent(db, Wanted(until=NOW + HOUR))] == [2, 1]
    assert [one.id for one in audit.recent(db, before=3, limit=1)] == [2]
    assert audit.recent(db, before=-(2**70)) == []


def test_several_at_once(db):
    with db.write() as connection:
        assert audit.add(connection, SYSTEM, [Event("a"), Event("b")], NOW) == 2
        assert audit.add(connection, SYSTEM, [], NOW) == 2
    assert [one.action for one in audit.recent(db)] == ["b", "a"]


def test_nothing_is_written_when_the_deed_fails(db):
    def fail():
        with db.write() as connection:
            audit.add(connection, SYSTEM, Event("deed"), NOW)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert audit.recent(db) == []


def test_writers_at_once_leave_no_gap(db):
    def work(name: str) -> None:
        for _ in range(10):
            audit.note(db, Actor(None, name), Event("x"), NOW)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.id for one in audit.recent(db, limit=100)] == list(range(40, 0, -1))


@pytest.mark.parametrize("statement", [
    "UPDATE audit SET actor = 'x'",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "INSERT OR REPLACE INTO audit SELECT * FROM audit",
])  # fmt: skip
def test_the_database_refuses_changes(db, statement):
    audit.note(db, SYSTEM, Event("x"), NOW)
    with pytest.raises(StorageError), db.write() as connection:
        connection.execute(text(statement))
    assert [one.actor for one in audit.recent(db)] == ["命令行"]
