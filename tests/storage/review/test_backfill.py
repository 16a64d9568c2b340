"""What migration 0004 makes of stored leads is what storing them anew would have made, however often it is interrupted."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import inspect, text

from storage import migrating
from storage.database import Database
from storage.records import ContactRecord
from storage.review import backfill, queue
from storage.review.filters import Filters
from storage.review.words import plain, tokens
from tests.storage.making import NOW, detection, hit, listing, rows
from tests.storage.review.making import lead_ids, offer

NEWER = "ix_fingerprints_kind_band_value_lead_id_print"  # of migration 0013
OLDER = "ix_fingerprints_kind_band_value"
COLUMNS = ("id", "category", "department", "channel", "term", "priority", "search_row")


def strip(connection):
    """As after migration 0004, before its filling."""
    blank = "category = '', department = '', channel = '', term = '', priority = 0, search_row = NULL"
    connection.execute(text(f"UPDATE leads SET {blank}"))
    connection.execute(text("DELETE FROM lead_terms"))
    connection.execute(text("DELETE FROM fingerprints"))
    connection.execute(text(f"DROP INDEX {NEWER}"))
    for table, *names in backfill.INDEXES:
        connection.execute(text(f"DROP INDEX IF EXISTS ix_{table}_{'_'.join(names)}"))
    if connection.dialect.name == "postgresql":
        connection.execute(text("DELETE FROM lead_search"))
        connection.execute(text("DROP INDEX ix_lead_search_words"))
        return
    connection.execute(text("INSERT INTO lead_search (lead_search) VALUES ('delete-all')"))
    connection.execute(text("DELETE FROM lead_search_words"))


def everything(db):
    search = [queue.page(db, Filters(text=word), NOW).rows for word in ("猫头", "象牙", "会员", "demo", "某县")]
    terms = sorted(row[:1] + row[2:] for row in rows(db, "lead_terms"))
    with db.read() as connection:
        tables = ("leads", "lead_terms", "fingerprints", "lead_search")
        indexes = {index["name"] for table in tables for index in inspect(connection).get_indexes(table)}
        indexes = {NEWER if name == OLDER else name for name in indexes}
    return rows(db, "leads", *COLUMNS), terms, rows(db, "fingerprints"), search, indexes


class Interrupted(Exception):  # noqa: N818 - not an error
    """As a kill on the way."""


def work(db, interrupt):
    """One step; `interrupt`: it is lost on the way."""
    with suppress(Interrupted), db.write() as connection:
        progress = backfill.step(connection)
        if not interrupt:
            return progress is not None
        raise Interrupted
    return True


def test_the_past_is_filled_in(db, site_id, run_id, monkeypatch):
    body = "象牙和猫头鹰,价格面议,当面交易,来电话联系,长期有效"
    words = [
        ("象牙", {"weight": 50.0, "category": "animal_product", "channel": "split", "entry": "p-1"}),
        ("猫头鹰", {}),
    ]
    hits = [hit(f"出鸟\n{body}", word, **facts) for word, facts in words] * 2
    many = listing("many", body, seller="会员7", contacts=(ContactRecord("wechat", "demo_owl", "x"),),
                   replies=("某县的?", "是"), detection=detection(hits=hits))  # fmt: skip
    bare = listing("bare", "什么都没有", detection=detection("review", 12.34))
    lead_ids(db, site_id, run_id, many, bare, *(offer(str(n), score=n / 3) for n in range(7)))
    expected = everything(db)
    assert expected[0][0][1:5] == ("animal_product", "forestry", "split", "象牙")
    assert [len(found) for found in expected[3]] == [8, 1, 1, 1, 1]
    monkeypatch.setattr(backfill, "BATCH", 2)
    with db.write() as connection:
        strip(connection)
        backfill.begin(connection)
        assert backfill.is_unfinished(connection)
    steps = 0
    while work(db, interrupt=steps % 3 == 1):
        steps += 1
    assert steps > len(backfill.INDEXES) + 5
    assert everything(db) == expected
    with db.read() as connection:
        assert not backfill.is_unfinished(connection)


ONE = {
    "sites": "(1, 'a', 'discuz', '[]', :at)",
    "runs": "(1, 1, 'complete', '', 'x', 0, 'lex', '', :at, :at, :at, TRUE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '{}', '{}')",
    "listings": "(:n, 1, :n, 'http://127.0.0.1/', 'd', 1, NULL, NULL, NULL, :at, :at, :at, NULL, 1)",
    "snapshots": "(:n, :n, 1, 1, :at, 200, 'http://127.0.0.1/', 'd', '出鸟', '猫头鹰一只,面交', '[\"在吗\"]', '会员', NULL, NULL,"
    " NULL, NULL, NULL, FALSE, NULL, NULL, '[]', '[]')",
    "detections": "(:n, :n, 'lex', 'alert', 80, 'sell', '[\"forestry\"]', '{}')",
    "hits": "(:n, 0, 'e-1', '猫头鹰', 'species', 'bird', 'exact', '猫头鹰', 0, 3, 40, '', '{}')",
    "leads": "(:n, 1, :n, :n, :n, NULL, 'lex', 'alert', 80, 'new', NULL, :at, :at)",
}
"""Rows of a database before the console; the first two tables get one."""


@pytest.fixture(params=["sqlite", "postgresql"])
def old_url(request, tmp_path):
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/old.sqlite"
        return
    cluster = request.getfixturevalue("cluster")
    yield cluster.create("before_the_console")
    cluster.drop("before_the_console")


def make_old(url, count):
    """With `count` leads, as releases before the console left it."""
    monkey = pytest.MonkeyPatch()
    monkey.setattr(migrating, "is_newest", lambda *_: True)  # a database that is opened as it is
    db = Database.open(url)
    monkey.undo()
    with db.write() as connection:
        migrating.upgrade(connection, "0003")
        for table, values in ONE.items():
            for number in range(1, 2 if table in {"sites", "runs"} else count + 1):
                facts = {"n": number, "at": NOW.strftime("%Y-%m-%d %H:%M:%S.000000+00:00")}
                connection.execute(text(f"INSERT INTO {table} VALUES {values}"), facts)
    db.close()


@pytest.mark.parametrize("count", [0, 5])
def test_an_interrupted_upgrade_goes_on(old_url, count, monkeypatch):
    monkeypatch.setattr(backfill, "BATCH", 2)
    make_old(old_url, count)
    heard = []

    def stop(sentence):
        heard.append(sentence)
        if "40%" in sentence or "还有 3 个" in sentence:
            raise KeyboardInterrupt

    fillings = 2 if old_url.startswith("postgresql") else 1  # SQLite has kept the texts all along
    for _ in range(fillings + 1 if count else 0):
        with pytest.raises(KeyboardInterrupt):
            Database.open(old_url, tell=stop)
    db = Database.open(old_url, tell=stop)
    assert [row.id for row in queue.page(db, Filters(text="猫头"), NOW).rows] == list(range(count, 0, -1))
    assert [row.term for row in queue.page(db, Filters(term="猫头鹰"), NOW).rows] == ["猫头鹰"] * count
    with db.read() as connection:
        assert migrating.current(connection) == migrating.revisions()[-1]
        if connection.dialect.name == "postgresql":
            said = plain(tokens(["出鸟", "猫头鹰一只,面交", "在吗", "会员", "猫头鹰"]))
            found = connection.execute(text("SELECT lead_id, said FROM lead_search_plain ORDER BY lead_id")).all()
            assert found == [(number, said) for number in range(1, count + 1)]
    db.close()
    shares = [sentence.split("（")[0].rsplit(" ")[1] for sentence in heard if "%" in sentence]
    # nothing was done twice; the last one says what comes next
    assert shares == (["40%", "80%"] * fillings if count else [])
    assert len(heard) == len(set(heard))
