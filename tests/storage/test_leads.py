from __future__ import annotations

import pytest

from storage import leads, listings, sites
from tests.storage.making import HOUR, NOW, detection, full, hit, listing, rows
from tests.storage.test_listings import next_run


def judged(key, verdict, score, at=NOW, *, body="出售猫头鹰和鹦鹉", version="lex-1", **facts):
    text = f"出鸟\n{body}"
    found = [hit(text, "猫头鹰"), hit(text, "鹦鹉", channel="pinyin", term="鹦鹉科")] if verdict != "none" else []
    return full(key, at=at, body=body, replies=(), detection=detection(verdict, score, version, found), **facts)


def test_alert_and_review_make_leads_riskiest_first(db, site_id, run_id):
    batch = [
        judged("a", "review", 40.0),
        judged("b", "mention", 30.0),
        judged("c", "alert", 90.0),
        judged("d", "none", 0.0),
    ]
    listings.write(db, site_id, run_id, [*batch, judged("e", "alert", 90.0), listing("f")])
    found = leads.list(db)
    assert [(lead.key, lead.verdict, lead.score) for lead in found] == [
        ("e", "alert", 90.0), ("c", "alert", 90.0), ("a", "review", 40.0),
    ]  # fmt: skip
    assert len(rows(db, "detections")) == 5  # a mention or none is kept as well


def test_a_lead_shows_all_that_explains_it(db, site_id, run_id):
    record = judged("a", "alert", 90.0)
    listings.write(db, site_id, run_id, [record])
    (lead,) = leads.list(db)
    assert (lead.title, lead.text, lead.url, lead.site, lead.seller) == (
        "出鸟",
        record.text,
        record.url,
        "demo",
        "林中客",
    )
    assert (lead.price, lead.price_amount, lead.region) == ("3000元/只", record.price_amount, "某县")
    assert (lead.status, lead.intent, lead.departments) == ("new", "sell", ("forestry", "public_security"))
    assert (lead.first_seen, lead.last_seen, lead.posted_at, lead.gone_at) == (NOW, NOW, NOW - HOUR, None)
    assert lead.hits == record.detection.hits
    assert [lead.text[h.start : h.end] for h in lead.hits] == ["猫头鹰", "鹦鹉"]
    assert (lead.terms, lead.channels) == (("猫头鹰", "鹦鹉科"), ("exact", "pinyin"))
    assert {(c.kind, c.value, c.text) for c in lead.contacts} == {
        ("wechat", "demo_owl", "demo_owl"), ("phone", "13800001234", "138-0000-1234"),
    }  # fmt: skip
    file = leads.get(db, lead.id)
    assert file.lead == lead
    assert file.explanation == record.detection.explanation
    assert [snapshot.text for snapshot in file.history.snapshots] == [record.text]
    assert leads.get(db, lead.id + 1) is None


@pytest.mark.parametrize("verdict", ["mention", "none"])
def test_an_ad_made_harmless_keeps_its_lead_and_the_words_that_made_it(db, site_id, run_id, verdict):
    listings.write(db, site_id, run_id, [judged("a", "alert", 90.0)])
    harmless = judged("a", verdict, 0.0, NOW + HOUR, body="猫头鹰和鹦鹉 已删除")
    listings.write(db, site_id, run_id, [harmless])
    (lead,) = leads.list(db)
    assert (lead.verdict, lead.score, lead.changed_since) == ("alert", 90.0, True)
    assert [lead.text[h.start : h.end] for h in lead.hits] == ["猫头鹰", "鹦鹉"]
    snapshots = leads.get(db, lead.id).history.snapshots
    assert [snapshot.id for snapshot in snapshots] == [lead.flagged_snapshot_id, lead.snapshot_id]
    assert snapshots[1].text == harmless.text


def test_a_lead_follows_the_newest_alert(db, site_id, run_id):
    listings.write(db, site_id, run_id, [judged("a", "review", 40.0)])
    (before,) = leads.list(db)
    listings.write(
        db, site_id, run_id, [judged("a", "alert", 95.0, NOW + HOUR, body="再出猫头鹰、鹦鹉", seller="新名")]
    )
    (lead,) = leads.list(db)
    assert (lead.id, lead.verdict, lead.score, lead.seller) == (before.id, "alert", 95.0, "新名")
    assert (lead.first_seen, lead.changed_since) == (NOW, False)


def test_a_new_lexicon_judges_a_stored_text_again(db, site_id, run_id):
    listings.write(db, site_id, run_id, [judged("a", "none", 0.0)])
    assert leads.list(db) == ()
    again = judged("a", "alert", 70.0, NOW + HOUR, version="lex-2")
    for _ in range(2):
        listings.write(db, site_id, run_id, [again])
    (lead,) = leads.list(db)
    assert (lead.lexicon_version, lead.score, lead.seller, lead.hits) == ("lex-2", 70.0, "林中客", again.detection.hits)
    assert rows(db, "detections", "lexicon_version", "verdict") == [("lex-1", "none"), ("lex-2", "alert")]
    assert len(rows(db, "snapshots")) == 1


def test_pages_join_without_gap_or_repeat(db, site_id, run_id):
    scores = [50.0, 90.0, 50.0, 10.5, 50.0, 90.0, 50.0]
    listings.write(db, site_id, run_id, [judged(str(n), "alert", score) for n, score in enumerate(scores)])
    everything, page, before = [], None, None
    while page := leads.list(db, limit=2, before=before):
        everything += page
        before = page[-1].cursor
    assert [(lead.score, lead.key) for lead in everything] == [
        (90.0, "5"), (90.0, "1"), (50.0, "6"), (50.0, "4"), (50.0, "2"), (50.0, "0"), (10.5, "3"),
    ]  # fmt: skip
    assert list(leads.iterate(db)) == everything


def test_streaming_goes_beyond_a_page(db, site_id, run_id):
    listings.write(db, site_id, run_id, [judged(str(n), "alert", float(n % 7)) for n in range(120)])
    found = [lead.key for lead in leads.iterate(db)]
    assert len(found) == len(set(found)) == leads.count(db) == 120
    assert len(leads.list(db, limit=1000)) == 120


def test_narrowing(db, site_id, run_id):
    other = sites.register(db, "other", "phpbb", [], NOW)
    listings.write(db, site_id, run_id, [judged("a", "alert", 90.0), judged("b", "review", 40.0, NOW + HOUR)])
    listings.write(db, other, next_run(db, other), [judged("c", "alert", 60.0, NOW + 2 * HOUR)])
    cases = [({}, "acb"), ({"site": "demo"}, "ab"), ({"verdict": "review"}, "b"), ({"since": NOW + HOUR}, "cb"),
             ({"status": "new"}, "acb"), ({"status": "confirmed"}, ""), ({"site": "nobody"}, ""),
             ({"site": "demo", "verdict": "alert", "since": NOW}, "a"), ({"site": None, "verdict": None}, "acb")]  # fmt: skip
    for narrow, keys in cases:
        assert "".join(lead.key for lead in leads.list(db, **narrow)) == keys, narrow
        assert "".join(lead.key for lead in leads.iterate(db, **narrow)) == keys, narrow
        assert leads.count(db, **narrow) == len(keys), narrow


QUEUES = {
    "status = 'new'": "ix_leads_status_score_id",
    "site_id = 1 AND status = 'new'": "ix_leads_site_id_status_score_id",
    "site_id = 1": "ix_leads_site_id_score_id",
    "(score, id) < (50, 7)": "ix_leads_score_id",
}


@pytest.fixture
def crowd(db, site_id, run_id):
    """Leads of two sites, most of them lapsed, and a database that has counted them."""
    other = sites.register(db, "other", "discuz", ["http://127.0.0.1/other"], NOW)
    for site, number in ((site_id, 40), (other, 360)):  # enough others for a planner to prefer the narrower index
        run = run_id if site == site_id else next_run(db, other)
        batch = [judged(f"{site}-{place}", "alert", float(place % 97)) for place in range(number)]
        listings.write(db, site, run, batch)
    with db.write() as connection:
        connection.exec_driver_sql("UPDATE leads SET status = 'lapsed' WHERE id < 250 OR id > 350")
    with db.write() as connection:
        connection.exec_driver_sql("ANALYZE leads")


@pytest.mark.usefixtures("crowd")
@pytest.mark.parametrize("condition", QUEUES)
def test_the_queue_is_read_from_an_index(db, condition):
    query = f"SELECT id FROM leads WHERE {condition} ORDER BY score DESC, id DESC LIMIT 50"
    with db.read() as connection:
        if db.engine.dialect.name == "sqlite":
            plan = "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
        else:  # so few rows are read faster without an index: ask what it would do if it could not
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {query}"))
    assert QUEUES[condition] in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
