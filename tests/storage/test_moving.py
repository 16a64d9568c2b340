"""Everything moves into PostgreSQL, or nothing."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from storage import listings, moving, runs, sites
from storage.database import Database
from storage.evidence import custody
from storage.exceptions import StorageError
from storage.review import decisions, describing, queue
from storage.review.audit import Actor
from storage.review.filters import Filters
from storage.review.records import Decision
from storage.review.words import END
from tests import databases
from tests.storage.conftest import numbers
from tests.storage.making import HOUR, NOW, dump, full, listing
from tests.storage.review.making import account, lead_ids, offer


@pytest.fixture
def source(tmp_path):
    shutil.copy(databases.empty(), tmp_path / "wangdun.sqlite")
    db = Database.open(f"sqlite:///{tmp_path / 'wangdun.sqlite'}")
    site = sites.register(db, "demo", "discuz", ["http://127.0.0.1/forum"], NOW)
    run = runs.start(db, site, now=NOW, pid=1, lexicon_version="lex-1", config_hash="c", trigger="manual")
    listings.write(db, site, run, [full("1"), listing("2", "制表\t、反斜杠\\N、换行\n、引号\"'、坏字\ud800\x00、🦉")])
    many = lead_ids(db, site, run, *(offer(f"k{number}") for number in range(30)))
    person = Actor(account(db, "anna").id, "anna")
    decisions.decide(db, Decision(many[0], person, "needs_info", note="=1+1"), NOW)
    decisions.undo(db, person, NOW)
    with db.write() as connection:
        custody.append(connection, at=NOW, actor="某人", action="viewed", capture_id=None, detail={"为何": "试"})
    yield db
    db.close()


@pytest.fixture
def target(cluster):
    name = f"moved_{next(numbers)}"
    db = Database.open(cluster.create(name, "template_wangdun"))
    yield db
    db.close()
    cluster.drop(name)


def silent(_table: str, _done: int, _total: int) -> None:
    """Nobody waits."""


def test_every_row_arrives_as_it_was(source, target):
    heard = []
    before = dump(source)
    moved = moving.move(source, target, lambda *told: heard.append(told))
    assert dump(target) == before == dump(source)
    assert moved.rows["leads"] == 31
    assert moved.total == sum(len(rows) for rows in before.values())
    assert ("leads", 31, 31) in heard
    assert custody.hash_of(target, 1) == custody.hash_of(source, 1)


def test_indexes_are_those_that_were_there(source, target):
    def indexes():
        with target.read() as connection:
            return sorted(connection.scalars(text("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")))

    before = indexes()
    moving.move(source, target, silent)
    assert indexes() == before
    assert any("USING gin (words)" in one for one in before)


def test_work_goes_on_where_it_was(source, target):
    moving.move(source, target, silent)
    found = queue.page(target, Filters(text="猫头鹰"), now=NOW)
    assert {row.id for row in found.rows} == {
        row.id for row in queue.page(source, Filters(text="猫头鹰"), now=NOW).rows
    }
    with target.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM lead_search")) == 31
    site = sites.register(target, "demo", "discuz", ["http://127.0.0.1/forum"], NOW)
    run = runs.start(target, site, now=NOW + HOUR, pid=2, lexicon_version="lex-1", config_hash="c", trigger="manual")
    assert lead_ids(target, site, run, offer("new"))[0] > 31
    with pytest.raises(StorageError, match="append-only"), target.write() as connection:
        connection.execute(text("DELETE FROM decisions"))


def test_the_texts_that_are_searched_are_those_that_would_be_written(source, target):
    moving.move(source, target, silent)
    searched = (
        "SELECT s.lead_id, words, said FROM lead_search s JOIN lead_search_plain p ON p.lead_id = s.lead_id ORDER BY 1"
    )

    def found(connection):
        """Contacts have no order."""
        return [(*ids, sorted(said.split(END))) for *ids, said in connection.execute(text(searched))]

    with target.write() as connection:
        before = found(connection)
        describing.refresh(connection, list(connection.scalars(text("SELECT listing_id FROM leads"))))
        assert found(connection) == before
    assert len(before) == 31
    assert any(" 出售猫头鹰 活体 " in said for said in before[-1][2])


def test_a_database_that_holds_something_is_left_alone(source, target):
    sites.register(target, "other", "discuz", ["http://127.0.0.1/"], NOW)
    before = dump(target)
    with pytest.raises(StorageError, match=r"目标数据库不是空的（sites）"):
        moving.move(source, target, silent)
    assert dump(target) == before


def test_what_cannot_arrive_takes_everything_back(source, target):
    empty = dump(target)
    with source.write() as connection:
        connection.execute(text("UPDATE snapshots SET price_currency = 'C' || char(0) || 'Y' WHERE id = 1"))
    with pytest.raises(StorageError, match="没有转移任何内容"):
        moving.move(source, target, silent)
    assert dump(target) == empty


def test_nobody_writes_meanwhile(source, target):
    tried = []

    def write(table: str, _done: int, _total: int) -> None:
        if table != "leads":
            return
        other = sqlite3.connect(source.place, timeout=0, isolation_level=None)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        tried.append(table)

    moving.move(source, target, write)
    assert tried


def test_only_from_sqlite_to_postgresql(source):
    with pytest.raises(StorageError, match="只能从 SQLite 转到 PostgreSQL"):
        moving.move(source, source, silent)
