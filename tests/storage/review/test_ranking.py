from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, update

from storage import runs, sites
from storage.models import Lead
from storage.review import audit, decisions, ranking
from storage.review.audit import Wanted
from storage.review.exceptions import ReviewError
from storage.review.filters import STATUSES, Filters
from storage.review.records import Decision
from storage.review.second import ALONE
from tests import databases
from tests.storage.making import HOUR, NOW, rows
from tests.storage.review.deciding import fill, offers
from tests.storage.review.making import lead_ids
from tests.storage.review.test_queue import all_pages

LATER = NOW + 24 * HOUR


def places(db, ids):
    known = {row[0]: (row[1], row[2]) for row in rows(db, "leads", "id", "priority", "score")}
    return [known[one] for one in ids]


def test_off_until_there_are_enough_decisions(db, site_id, run_id, anna):
    assert (ranking.is_on(db), ranking.latest(db), ranking.readiness(db).right) == (False, None, 0)
    fill(db, site_id, run_id, anna.id, 60)
    with pytest.raises(ReviewError, match="现有确认 33 条、排除 27 条"):
        ranking.train(db, anna.actor(), LATER)
    with pytest.raises(ReviewError, match="还没有训练"):
        ranking.switch(db, anna.actor(), LATER, on=True)


def test_what_was_taken_over_as_a_whole_is_not_counted(db, site_id, run_id, anna):
    fill(db, site_id, run_id, anna.id, bulk="b-1")
    assert ranking.readiness(db) == ranking.Readiness(0, 0)


def test_undone_decisions_and_duplicates_are_not_learned_from(db, site_id, run_id, anna):
    one, other, third = lead_ids(db, site_id, run_id, *offers(3))
    for lead, kind, facts in (
        (one, "confirm", {}),
        (other, "duplicate", {"duplicate_of": one}),
        (third, "confirm", {}),
    ):
        decisions.decide(db, Decision(lead, anna.actor(), kind, **facts), NOW, policy=ALONE)
    assert ranking.readiness(db) == ranking.Readiness(2, 0)
    decisions.undo(db, anna.actor(), NOW)
    assert ranking.readiness(db) == ranking.Readiness(1, 0)


def test_a_model_orders_open_leads_and_hides_none(db, site_id, run_id, anna):
    closed = fill(db, site_id, run_id, anna.id)
    waiting = lead_ids(db, site_id, run_id, *offers(12, first=1000))
    before = {status: set(all_pages(db, Filters(status=(status,)), 7)) for status in STATUSES}
    assert places(db, waiting) == [(score, score) for _, score in places(db, waiting)]
    made = ranking.train(db, anna.actor(), LATER)
    assert (made.active, made.decisions, made.figures.held_back) == (True, 320, 64)
    assert made.figures.auc.model.value > 0.9
    assert ranking.is_on(db)
    found = all_pages(db, Filters(status=("new",), order="model"), 5)
    assert set(found[:6]) == set(waiting[::2])  # no toy among the first half, whatever its score
    for status in STATUSES:
        assert set(all_pages(db, Filters(status=(status,), order="model"), 7)) == before[status]
    assert all(0 <= priority <= 100 for priority, _ in places(db, waiting))
    assert places(db, closed) == [(score, score) for _, score in places(db, closed)]
    (entry,) = audit.recent(db, Wanted(action="ranking.train"))
    assert (entry.object_id, entry.detail) == (str(made.id), {"decisions": 320, "active": True})


def test_new_and_reopened_leads_get_their_place_at_once_and_all_go_back(db, site_id, run_id, anna):
    closed = fill(db, site_id, run_id, anna.id)
    ranking.train(db, anna.actor(), LATER)
    owl, toy = lead_ids(db, site_id, run_id, *offers(2, first=1000))
    (high, _), (low, _) = places(db, [owl, toy])
    assert high > 80
    assert low < 30
    seen = decisions.history(db, closed[1])[-1].id
    decisions.decide(db, Decision(closed[1], anna.actor(), "reopen", seen), LATER, policy=ALONE)
    ((priority, score),) = places(db, closed[1:2])
    assert priority != score
    ranking.switch(db, anna.actor(), LATER, on=False)
    assert not ranking.is_on(db)
    everything = [row[0] for row in rows(db, "leads", "id")]
    assert all(priority == score for priority, score in places(db, everything))
    ranking.switch(db, anna.actor(), LATER, on=True)
    assert places(db, [owl])[0][0] == pytest.approx(high, abs=1)  # the seller has one decision less
    assert [entry.action for entry in audit.recent(db, limit=3)] == ["ranking.on", "ranking.off", "lead.reopen"]


def test_a_model_that_is_not_better_stays_off(db, site_id, run_id, anna):
    ids = fill(db, site_id, run_id, anna.id)
    with db.write() as connection:  # what was decided has nothing to do with anything
        said = [{"one": lead, "said": "dismissed" if n * 7 % 13 < 6 else "confirmed"} for n, lead in enumerate(ids)]
        connection.execute(update(Lead).where(Lead.id == bindparam("one")).values(status=bindparam("said")), said)
    made = ranking.train(db, anna.actor(), LATER)
    assert not made.active
    assert not ranking.is_on(db)
    assert ranking.latest(db).figures == made.figures
    with pytest.raises(ReviewError, match="不能确定比风险分好"):
        ranking.switch(db, anna.actor(), LATER, on=True)


def test_training_again_replaces_what_was_in_force(db, site_id, run_id, anna, bert):
    fill(db, site_id, run_id, anna.id)
    ranking.train(db, anna.actor(), LATER)
    second = ranking.train(db, bert.actor(), LATER)
    assert [(one.id, one.who, one.active) for one in ranking.history(db)] == [
        (second.id, "bert同志", True), (second.id - 1, "anna同志", False),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def ordered(tmp_path_factory):
    """Some leads; examples change nothing but their order."""
    db = databases.fresh(tmp_path_factory.mktemp("order") / "w.sqlite")
    site_id = sites.register(db, "demo", "discuz", [], NOW)
    facts = {"now": NOW, "pid": 1, "lexicon_version": "lex-1", "config_hash": "c", "trigger": "manual"}
    lead_ids(db, site_id, runs.start(db, site_id, **facts), *offers(23))
    yield db
    db.close()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0, 100) | st.sampled_from((0.0, 50.0, 100.0)), min_size=23, max_size=23), st.integers(1, 9))
def test_whatever_the_order_every_lead_is_there_once(ordered, priorities, limit):
    with ordered.write() as connection:
        change = update(Lead).where(Lead.id == bindparam("one")).values(priority=bindparam("place"))
        connection.execute(change, [{"one": n + 1, "place": place} for n, place in enumerate(priorities)])
    found = all_pages(ordered, Filters(order="model"), limit)
    assert sorted(found) == sorted(all_pages(ordered, Filters(), limit)) == list(range(1, 24))
    assert [priorities[one - 1] for one in found] == sorted(priorities, reverse=True)
