"""A newer lexicon applied to stored listings: nothing is lost, decided leads stay, the queue follows."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import update

from storage import leads, listings, rejudging, rescans
from storage.exceptions import StorageError
from storage.models import Lead
from storage.rejudging import Selection
from storage.versions import Lexicon
from tests.storage.making import HOUR, NOW, detection, dump, full, hit, listing, rows

LATER = NOW + 24 * HOUR
KEPT = ("detections", "hits")


def says(text, verdict="alert", score=90.0, word="猫头鹰", **facts):
    return detection(verdict, score, hits=[hit(text, word, **facts)]) if word in text else None


class Pass:
    """A lexicon that answers by a function of the text, and one pass of it over the database."""

    def __init__(self, db, judge, version="lex-2"):
        self.db, self.version = db, version
        self.judged = []
        self.lexicon = Lexicon(version, self.judge_all)
        self.judge = judge

    def judge_all(self, texts):
        self.judged += [one.snapshot_id for one in texts]
        records = [self.judge(one.text) for one in texts]
        return [record and replace(record, lexicon_version=self.version) for record in records]

    def begin(self, chosen=Selection(), pid=1):  # noqa: B008 -- frozen
        total = rejudging.count(self.db, chosen)
        return rescans.begin(
            self.db, version=self.version, lexicon=["local.yaml"], chosen=chosen, total=total, pid=pid, now=LATER
        )

    def step(self, rescan, meanwhile=lambda: None):
        batch = rejudging.read(self.db, self.version, rescan.chosen, after=rescan.cursor)
        if batch is None:
            return None
        found = dict(zip((one.snapshot_id for one in batch.texts), self.judge_all(batch.texts), strict=True))
        meanwhile()
        return rescans.advance(self.db, rescan, self.lexicon, batch, found, LATER)

    def run(self, chosen=Selection(), **more):  # noqa: B008 -- frozen
        rescan, changes = self.begin(chosen), []
        while step := self.step(rescan, **more):
            rescan, some = step
            changes += some
        return rescans.finish(self.db, rescan, "complete", LATER), changes

    def preview(self):
        batch = rejudging.read(self.db, self.version, Selection(), after=0)
        found = dict(zip((one.snapshot_id for one in batch.texts), self.judge_all(batch.texts), strict=True))
        return rescans.preview(self.db, self.lexicon, batch, found)


def harmless(key="1", **facts):
    return listing(key, detection=detection("none", 0.0), **facts)


def only(db, **narrow):
    (lead,) = leads.list(db, **narrow)
    return lead


def decide(db, status="confirmed"):
    with db.write() as connection:
        connection.execute(update(Lead).values(status=status))


def test_a_new_lead_appears_beside_the_old_explanation(db, site_id, run_id):
    listings.write(db, site_id, run_id, [harmless()])
    before = dump(db)
    rescan, (change,) = Pass(db, says).run()
    lead = only(db)
    assert (lead.verdict, lead.score, lead.status, lead.lexicon_version) == ("alert", 90.0, "new", "lex-2")
    assert lead.terms == ("猫头鹰",)
    assert lead.first_seen == LATER
    assert (change.kind, change.lead_id, change.old_verdict, change.new_verdict) == ("new", lead.id, "none", "alert")
    assert [one.term for one in change.differences.gained] == ["猫头鹰"]
    assert all(row in dump(db)["detections"] for row in before["detections"])
    assert rows(db, "detections", "lexicon_version") == [("lex-1",), ("lex-2",)]
    assert (rescan.status, rescan.scanned, rescan.total) == ("complete", 1, 1)
    assert list(rescans.changes(db, rescan.id)) == [change]


def test_a_second_pass_changes_nothing(db, site_id, run_id):
    listings.write(db, site_id, run_id, [full("1"), harmless("2"), listing("3", body="转让自行车")])
    Pass(db, says).run()
    before = dump(db)
    rescan, changes = Pass(db, says).run()
    assert changes == []
    assert rescan.scanned == 3
    after = dump(db)
    assert {name: some for name, some in after.items() if name != "rescans"} == {
        name: some for name, some in before.items() if name != "rescans"
    }


def test_what_the_lexicon_has_judged_is_not_judged_again(db, site_id, run_id):
    listings.write(db, site_id, run_id, [full("1"), harmless("2")])
    again = Pass(db, says, version="lex-1")
    assert again.run()[1] == []
    assert again.judged == []


def test_agreeing_explanations_are_stored_once(db, site_id, run_id):
    listings.write(db, site_id, run_id, [full("1"), listing("2", body="转让自行车"), harmless("3", body="又一辆")])
    lead = only(db)
    before = dump(db)

    def same(text):
        if "猫头鹰" not in text:
            return None
        return detection(version="lex-2", hits=[hit(text, "猫头鹰")])

    assert Pass(db, same).run()[1] == []
    assert only(db) == lead
    assert {name: dump(db)[name] for name in KEPT} == {name: before[name] for name in KEPT}


@pytest.mark.parametrize(
    ("verdict", "score", "kind"), [("alert", 95.0, "raised"), ("review", 40.0, "lowered"), ("alert", 80.0, "reworded")]
)
def test_an_undecided_lead_moves(db, site_id, run_id, verdict, score, kind):  # noqa: PLR0917 -- fixtures
    listings.write(db, site_id, run_id, [full("1")])
    old = only(db)
    _, (change,) = Pass(db, lambda text: says(text, verdict, score, clause="新依据")).run()
    lead = only(db)
    assert change.kind == kind
    assert (change.old_score, change.new_score) == (80.0, score)
    assert (lead.id, lead.verdict, lead.score, lead.status) == (old.id, verdict, score, "new")
    assert lead.hits[0].clause == "新依据"
    assert lead.first_seen == old.first_seen
    assert rows(db, "hits", "detection_id", "clause") == [(old.detection_id, "名录"), (lead.detection_id, "新依据")]


def test_a_lead_lapses_and_keeps_what_raised_it(db, site_id, run_id):
    listings.write(db, site_id, run_id, [full("1")])
    old = only(db)
    _, (change,) = Pass(db, lambda _: None).run()
    lead = only(db)
    assert change.kind == "lapsed"
    assert (lead.status, lead.verdict, lead.score, lead.lexicon_version) == ("lapsed", "none", 0.0, "lex-2")
    assert (lead.detection_id, lead.hits) == (old.detection_id, old.hits)
    assert leads.list(db, but_not="lapsed") == ()
    assert only(db, status="lapsed").id == old.id
    _, (change,) = Pass(db, says, version="lex-3").run()
    assert change.kind == "restored"
    assert (only(db).status, only(db).verdict) == ("new", "alert")


def test_a_lapsed_lead_comes_back_when_its_page_says_it_again(db, site_id, run_id):
    listings.write(db, site_id, run_id, [full("1")])
    Pass(db, lambda _: None).run()
    changed = full("1", at=LATER, body="又到一只猫头鹰")
    listings.write(db, site_id, run_id, [changed])
    assert (only(db).status, only(db).verdict) == ("new", "alert")


def test_back_to_an_older_lexicon_uses_its_stored_explanation(db, site_id, run_id):
    listings.write(db, site_id, run_id, [full("1")])
    old = only(db)
    Pass(db, lambda text: says(text, "review", 40.0)).run()
    _, (change,) = Pass(db, says, version="lex-1").run()
    assert (change.kind, only(db).detection_id) == ("raised", old.detection_id)
    assert Pass(db, says, version="lex-1").run()[1] == []


@pytest.mark.parametrize("verdict", ["review", "none"])
def test_a_decided_lead_is_told_and_left_alone(db, site_id, run_id, verdict):
    listings.write(db, site_id, run_id, [full("1")])
    decide(db)
    before = dump(db)["leads"]
    _, (change,) = Pass(db, lambda text: says(text, verdict, 30.0)).run()
    assert (change.kind, change.old_verdict, change.new_verdict) == ("decided", "alert", verdict)
    assert dump(db)["leads"] == before
    assert rows(db, "detections", "lexicon_version", "verdict") == [("lex-1", "alert"), ("lex-2", verdict)]
    assert Pass(db, lambda text: says(text, verdict, 30.0)).run()[1] == []


def test_a_lead_whose_page_has_become_harmless_is_judged_by_what_raised_it(db, site_id, run_id):
    listings.write(db, site_id, run_id, [full("1")])
    sold = listing("1", body="已出,谢谢", at=NOW + HOUR, detection=detection("none", 0.0))
    listings.write(db, site_id, run_id, [sold])
    _, (change,) = Pass(db, lambda text: says(text, "review", 45.0)).run()
    lead = only(db)
    assert change.kind == "lowered"
    assert (lead.verdict, lead.score, lead.status) == ("review", 45.0, "new")
    assert lead.changed_since
    assert "猫头鹰" in lead.text
    _, (change,) = Pass(db, lambda text: says(text, word="已出"), version="lex-3").run()
    assert change.kind == "raised", "the page as it is now comes first"
    assert not only(db).changed_since


def test_what_stays_below_review_is_kept_without_a_lead(db, site_id, run_id):
    listings.write(db, site_id, run_id, [harmless()])
    _, (change,) = Pass(db, lambda text: says(text, "mention", 12.0)).run()
    assert (change.kind, change.lead_id) == ("below", None)
    assert leads.list(db) == ()
    assert rows(db, "detections", "verdict") == [("none",), ("mention",)]


def test_a_preview_foresees_the_same_and_writes_nothing(db, site_id, run_id):
    listings.write(db, site_id, run_id, [full("1"), harmless("2")])
    before = dump(db)
    foreseen = Pass(db, lambda text: says(text, "review", 40.0)).preview()
    assert dump(db) == before
    _, changes = Pass(db, lambda text: says(text, "review", 40.0)).run()
    assert [replace(one, lead_id=None) for one in changes] == [replace(one, lead_id=None) for one in foreseen]
    assert [one.kind for one in foreseen] == ["lowered", "new"]


def test_a_page_that_changes_meanwhile_is_judged_as_it_is_then(db, site_id, run_id):
    listings.write(db, site_id, run_id, [full("1")])
    fresh = full("1", at=LATER, body="到货鹰隼", detection=None)
    done = []

    def crawl():
        if not done:
            done.append(listings.write(db, site_id, run_id, [fresh]))

    tried = Pass(db, lambda text: says(text, word="鹰隼"))
    tried.run(meanwhile=crawl)
    assert only(db).text.startswith("出鸟\n到货鹰隼")
    assert only(db).terms == ("鹰隼",)


def test_a_crawl_may_write_all_the_time(db, site_id, run_id):
    listings.write(db, site_id, run_id, [full(str(n), body=f"出售猫头鹰 {n}") for n in range(600)])
    failures = []

    def crawl():
        try:
            for n in range(30):
                part = [full(str(k), at=LATER, body=f"出售猫头鹰 {k} 改 {n}") for k in range(n * 10, n * 10 + 10)]
                listings.write(db, site_id, run_id, part)
        except Exception as error:  # noqa: BLE001 -- told by the assertion below
            failures.append(error)

    crawler = threading.Thread(target=crawl)
    crawler.start()
    rescan, _ = Pass(db, says).run()
    crawler.join()
    assert failures == []
    assert rescan.scanned == 600
    Pass(db, says).run()
    found = list(leads.iterate(db))
    assert len(found) == 600
    assert {(lead.verdict, lead.lexicon_version) for lead in found} == {("alert", "lex-2")}


def test_selections(db, site_id, run_id):
    listings.write(db, site_id, run_id, [harmless("1"), harmless("2"), harmless("3", at=NOW + 5 * HOUR)])
    listings.write(db, site_id, run_id, [harmless("2", body="改了,猫头鹰", at=NOW + 6 * HOUR)])
    assert rejudging.count(db, Selection()) == 3
    assert rejudging.count(db, Selection(site="demo")) == 3
    assert rejudging.count(db, Selection(site="别处")) == 0
    since = Selection(since=NOW + HOUR, since_text="1h")
    assert rejudging.count(db, since) == 2
    rescan, changes = Pass(db, says).run(since)
    assert rescan.chosen == since
    assert {leads.get(db, change.lead_id).lead.key for change in changes} == {"2", "3"}


def test_offers_are_told_from_mere_texts(db, site_id, run_id):
    plain = listing("1", body="出售猫头鹰")
    priced = replace(plain, key="2", price_text="3000元")
    contact = full("3", price_text=None, detection=None)
    listings.write(db, site_id, run_id, [plain, priced, contact])
    listings.write(db, site_id, run_id, [replace(contact, body="不留电话", digest="x", contacts=(), fetched_at=LATER)])
    batch = rejudging.read(db, "lex-2", Selection(), after=0)
    assert [one.offered for one in batch.texts] == [False, True, False]


def test_batches_are_bounded_by_size(db, site_id, run_id, monkeypatch):
    monkeypatch.setattr(rejudging, "BATCH_CHARACTERS", 50)
    listings.write(db, site_id, run_id, [listing(str(n), body="猫" * 30) for n in range(5)])
    first = rejudging.read(db, "lex-2", Selection(), after=0)
    assert len(first.listings) == 2
    seen, after = [], 0
    while batch := rejudging.read(db, "lex-2", Selection(), after=after):
        seen += batch.listings
        after = batch.last
    assert len(seen) == len(set(seen)) == 5


def test_unfinished_is_taken_up_again_where_it_stopped(db, site_id, run_id, monkeypatch):
    monkeypatch.setattr(rejudging, "BATCH", 2)
    listings.write(db, site_id, run_id, [harmless(str(n)) for n in range(5)])
    tried = Pass(db, says)
    rescan, _ = tried.step(tried.begin())
    rescans.finish(db, rescan, "interrupted", LATER)
    assert rescans.unfinished(db, "lex-3", Selection()) is None
    assert rescans.unfinished(db, "lex-2", Selection(site="demo")) is None
    found = rescans.unfinished(db, "lex-2", Selection())
    assert (found.id, found.scanned, found.cursor, found.lexicon) == (rescan.id, 2, rescan.cursor, ("local.yaml",))
    taken = rescans.resume(db, found, pid=2, now=LATER, total=5)
    with pytest.raises(StorageError, match="接手"):
        tried.step(rescan)
    while step := tried.step(taken):
        taken, _ = step
    rescans.finish(db, taken, "complete", LATER)
    assert leads.count(db) == 5
    assert len(list(rescans.changes(db, rescan.id))) == 5
    assert rescans.unfinished(db, "lex-2", Selection()) is None


def test_another_lexicon_or_a_new_beginning_makes_an_unfinished_one_pointless(db, site_id, run_id):
    listings.write(db, site_id, run_id, [harmless()])
    first = Pass(db, says).begin()
    Pass(db, says).begin(Selection(site="demo"))
    assert rescans.unfinished(db, "lex-2", Selection()).id == first.id
    Pass(db, says, version="lex-3").run()
    assert rescans.unfinished(db, "lex-2", Selection()) is None
    assert rescans.get(db, first.id).status == "abandoned"
    assert rescans.newest(db).lexicon_version == "lex-3"
    assert rescans.get(db, 2**70) is None
