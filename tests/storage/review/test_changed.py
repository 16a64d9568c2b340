"""A page that changes after the decision comes back to reviewers' eyes; the decision stands until somebody decides."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage import listings
from storage.review import decisions, queue
from storage.review.exceptions import ReviewError
from storage.review.filters import Filters
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.storage.making import HOUR, NOW, detection, listing
from tests.storage.review.making import lead_ids, offer

CHANGED = Filters(changed=True)


@pytest.fixture
def leads(db, site_id, run_id):
    return lead_ids(db, site_id, run_id, offer("1"), offer("2", score=70.0), offer("3", score=60.0))


def decide(db, who, lead, kind, at=NOW, **facts):
    seen = queue.row(db, lead, at).decision_id
    reason = "not_object.toy" if kind == "dismiss" else None
    return decisions.decide(db, Decision(lead, who.actor(), kind, seen, reason=reason, **facts), at, policy=ALONE)


def marked(db):
    return {row.id: row.changed_at for row in queue.page(db, CHANGED, NOW).rows}


def harmless(key, at):
    return listing(key, "已售出,勿扰", at=at, seller="林中客", detection=detection("none", 0.0))


def test_a_changed_page_is_marked_and_nothing_else_happens(db, leads, anna, site_id, run_id):
    decide(db, anna, leads[0], "confirm")
    decide(db, anna, leads[1], "dismiss")
    at = NOW + HOUR
    fresh = [harmless("1", at), offer("2", "象牙", 90.0, at=at), offer("3", "象牙", 91.0, at=at)]
    listings.write(db, site_id, run_id, fresh)
    assert marked(db) == {leads[0]: at, leads[1]: at}  # the third is still to be decided: it is seen anyway
    assert [queue.row(db, lead, at).status for lead in leads] == ["confirmed", "dismissed", "new"]
    assert queue.count(db, CHANGED, at) == (2, True)
    assert queue.count(db, Filters(status=("dismissed",), changed=True), at) == (1, True)


def test_the_same_version_judged_by_a_newer_lexicon_is_no_change(db, leads, anna, site_id, run_id):
    decide(db, anna, leads[0], "confirm")
    record = offer("1", at=NOW + HOUR)
    newer = detection("alert", 85.0, version="lex-2", hits=record.detection.hits)
    listings.write(db, site_id, run_id, [replace(record, detection=newer)])
    assert queue.row(db, leads[0], NOW).score == 85.0
    assert marked(db) == {}


def test_keeping_the_conclusion_takes_the_mark_away_and_undoing_brings_it_back(db, leads, anna, bert, site_id, run_id):  # noqa: PLR0917 - fixtures
    lead = leads[0]
    decide(db, anna, lead, "confirm")
    with pytest.raises(ReviewError, match="没有变化"):
        decide(db, bert, lead, "keep", at=NOW + HOUR)
    listings.write(db, site_id, run_id, [harmless("1", NOW + HOUR)])
    before = queue.row(db, lead, NOW)
    decide(db, bert, lead, "keep", at=NOW + 2 * HOUR, note="只是标了已售")
    row = queue.row(db, lead, NOW)
    assert (row.status, row.changed_at, marked(db)) == (before.status, None, {})
    assert decisions.state(db, lead).decided_at == NOW
    assert [step.kind for step in decisions.history(db, lead)] == ["confirm", "keep"]
    decisions.undo(db, bert.actor(), NOW + 2 * HOUR)
    assert marked(db) == {lead: NOW + HOUR}
    assert queue.row(db, lead, NOW).status == "confirmed"


def test_a_new_decision_takes_the_mark_away(db, leads, anna, site_id, run_id):
    lead = leads[1]
    decide(db, anna, lead, "dismiss")
    listings.write(db, site_id, run_id, [offer("2", "象牙", 90.0, at=NOW + HOUR)])
    decide(db, anna, lead, "note", at=NOW + HOUR, note="看过了吗")
    assert set(marked(db)) == {lead}  # a note decides nothing
    decide(db, anna, lead, "reopen", at=NOW + 2 * HOUR)
    assert marked(db) == {}
    assert queue.row(db, lead, NOW).status == "new"


def test_an_open_lead_cannot_be_kept(db, leads, anna):
    with pytest.raises(ReviewError, match="不能"):
        decide(db, anna, leads[2], "keep")
