"""What migration 0004 makes of stored leads is what storing them anew would have made."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import text

from storage import migrating
from storage.records import ContactRecord
from storage.review import backfill, queue
from storage.review.filters import Filters
from tests.storage.making import NOW, detection, hit, listing, rows
from tests.storage.review.making import lead_ids, offer

COLUMNS = ("id", "category", "department", "channel", "term", "priority", "search_row")


def migration():
    path = Path(migrating.FOLDER) / "versions" / "0004_console.py"
    spec = importlib.util.spec_from_file_location("console_migration", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def strip(connection):
    """As before the migration."""
    blank = "category = '', department = '', channel = '', term = '', priority = 0, search_row = NULL"
    connection.execute(text(f"UPDATE leads SET {blank}"))
    connection.execute(text("DELETE FROM lead_terms"))
    connection.execute(text("DELETE FROM fingerprints"))
    if connection.dialect.name == "postgresql":
        connection.execute(text("DELETE FROM lead_search"))
        connection.execute(text("DROP INDEX ix_lead_search_words"))
        return
    connection.execute(text("INSERT INTO lead_search (lead_search) VALUES ('delete-all')"))
    connection.execute(text("DELETE FROM lead_search_words"))


def everything(db):
    search = [queue.page(db, Filters(text=word), NOW).rows for word in ("猫头", "象牙", "会员", "demo", "某县")]
    terms = sorted(row[:1] + row[2:] for row in rows(db, "lead_terms"))
    return rows(db, "leads", *COLUMNS), terms, rows(db, "fingerprints"), search


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
        with Operations.context(MigrationContext.configure(connection)):
            migration().fill_leads()
        backfill.fill_search(connection)
    assert everything(db) == expected
