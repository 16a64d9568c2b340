from __future__ import annotations

import threading

import psycopg
import pytest
from sqlalchemy import event, text

from storage import sharing, sites
from storage.database import Database
from storage.exceptions import StorageError
from tests.storage.making import NOW


def number(connection):
    return connection.execute(text("SELECT count(*) FROM sites")).scalar_one()


def count_sites(db):
    with db.read() as connection:
        return number(connection)


def add(db, name):
    sites.register(db, name, "discuz", ["http://127.0.0.1/forum"], NOW)


@pytest.fixture
def begun(db):
    """Transactions that began."""
    found = []
    event.listen(db.engine, "begin", found.append)
    return found


def test_reads_in_a_row_share_a_transaction(db, begun):
    with db.reading():
        assert [count_sites(db) for _ in range(5)] == [0] * 5
        assert len(begun) == 1
        assert db.engine.pool.checkedout() == 1
    assert db.engine.pool.checkedout() == 0
    assert [count_sites(db) for _ in range(2)] == [0, 0]
    assert len(begun) == 3


def test_what_was_written_in_between_is_read(db):
    with db.reading():
        assert count_sites(db) == 0
        add(db, "here")
        assert count_sites(db) == 1
        other = Database.open(db.engine.url.render_as_string(hide_password=False))
        with other.reading():
            add(other, "there")
        other.close()
        add(db, "again")
        assert count_sites(db) == 3


def test_who_writes_holds_no_second_connection(db):
    with db.reading():
        count_sites(db)
        with db.write() as connection:
            assert db.engine.pool.checkedout() == 1
            number(connection)


def test_a_read_within_a_read_goes_on_while_somebody_writes(db):
    with db.reading(), db.read() as connection:
        assert number(connection) == 0
        add(db, "here")
        assert count_sites(db) in {0, 1}  # SQLite's transaction is as it was when it began
        number(connection)
    assert count_sites(db) == 1


def test_what_failed_does_not_spoil_what_follows(db):
    with db.reading():
        assert count_sites(db) == 0
        with pytest.raises(StorageError), db.read() as connection:
            connection.execute(text("SELECT nothing FROM nowhere"))
        assert count_sites(db) == 0
        with db.read() as outer:
            with pytest.raises(StorageError), db.read() as inner:
                inner.execute(text("SELECT nothing FROM nowhere"))
            assert number(outer) == 0


def test_scopes_may_be_nested_and_end_with_the_outer_one(db, begun):
    with db.reading():
        with db.reading():
            count_sites(db)
        count_sites(db)
        assert len(begun) == 1
    assert db.engine.pool.checkedout() == 0


def test_other_threads_have_their_own(db, begun):
    found = []
    with db.reading():
        count_sites(db)
        thread = threading.Thread(target=lambda: found.append(count_sites(db)))
        thread.start()
        thread.join()
        count_sites(db)
    assert found == [0]
    assert len(begun) == 2


def test_an_error_ends_the_scope(db):
    with pytest.raises(ZeroDivisionError), db.reading():
        count_sites(db) // 0
    assert db.engine.pool.checkedout() == 0
    assert count_sites(db) == 0


@pytest.mark.parametrize("trusted", [0.0, 5.0, 1_000.0])
def test_a_connection_that_the_server_ended_is_replaced(cluster, monkeypatch, trusted):
    monkeypatch.setattr(sharing, "TRUSTED", trusted)
    name = f"ended_{trusted:.0f}"
    db = Database.open(cluster.create(name))
    pid = text("SELECT pg_backend_pid()")
    with db.read() as connection:
        before = connection.scalar(pid)
    with psycopg.connect(cluster.url(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [before])  # ms: until it has ended
    with db.reading(), db.read() as connection:
        assert connection.scalar(pid) != before
    db.close()
    cluster.drop(name)


def test_a_server_is_asked_only_after_a_while(cluster, monkeypatch):
    db = Database.open(cluster.create("asked"))
    asked = []
    real = sharing._answers
    monkeypatch.setattr(sharing, "_answers", lambda connection: asked.append(1) or real(connection))
    count_sites(db)
    count_sites(db)
    assert not asked
    monkeypatch.setattr(sharing, "TRUSTED", 0.0)
    count_sites(db)
    assert asked == [1]
    db.close()
    cluster.drop("asked")
