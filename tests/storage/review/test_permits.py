"""What people found out of permits that offers claim."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from storage import leads
from storage.exceptions import StorageError
from storage.review import audit, permits
from storage.review.audit import Wanted
from storage.review.exceptions import ReviewError, Unknown
from storage.review.permits import Place
from tests.storage.making import HOUR, NOW
from tests.storage.review.making import lead_ids, offer

FARM, OTHER = ("人工繁育许可证", "青林繁〔2024〕12号"), ("合法来源证明", "")


def claiming(key, *papers, **facts):
    """An offer whose text was found to claim these papers, the first of them twice."""
    made = offer(key, **facts)
    told = [{"kind": kind, "number": number, "start": 0, "end": 1} for kind, number in (*papers, *papers[:1])]
    explanation = {**made.detection.explanation, "claims": told}
    return replace(made, detection=replace(made.detection, explanation=explanation))


def place(db, lead, position=1):
    return Place(lead, leads.get(db, lead).lead.detection_id, position)


def outcomes(db, lead):
    return [(one.paper, one.outcome) for one in permits.of_lead(db, lead)]


@pytest.fixture
def farm(db, site_id, run_id):
    """Two offers of one seller with the same paper, one of somebody else without any."""
    made = (claiming("1", FARM, OTHER), claiming("2", FARM), offer("3", seller="别人"))
    return lead_ids(db, site_id, run_id, *made)


def test_a_claim_is_to_be_verified_until_somebody_said_what_it_is(db, farm, anna, bert):
    first, _, other = farm
    assert outcomes(db, first) == [(FARM[0], "open"), (OTHER[0], "open")]
    assert permits.of_lead(db, other) == permits.of_lead(db, 999) == ()
    permits.say(db, place(db, first), "verified", "县林业局 11 月 2 日电话答复属实", anna.actor(), NOW)
    permits.say(db, place(db, first, 2), "invalid", "没有这个证明", bert.actor(), NOW + HOUR)
    one, two = permits.of_lead(db, first)
    assert (one.outcome, one.check.note, one.check.who, one.check.at) == (
        "verified", "县林业局 11 月 2 日电话答复属实", "anna同志", NOW,
    )  # fmt: skip
    assert (two.outcome, two.check.who) == ("invalid", "bert同志")
    (row, _) = audit.recent(db, Wanted(action="permit.check"))
    assert (row.kind, row.object_id, row.detail["outcome"]) == ("lead", str(first), "invalid")


def test_the_same_number_in_another_offer_tells_what_was_found_out(db, farm, anna):
    first, second, other = farm
    permits.say(db, place(db, first), "verified", "属实", anna.actor(), NOW)
    permits.say(db, place(db, first, 2), "verified", "属实", anna.actor(), NOW)
    (one,) = permits.of_lead(db, second)
    assert (one.outcome, one.elsewhere.lead_id, one.elsewhere.outcome) == ("open", first, "verified")
    assert {(check.lead_id, check.paper) for check in permits.of_seller(db, second)} == {
        (first, FARM[0]), (first, OTHER[0]),
    }  # fmt: skip
    assert permits.of_seller(db, other) == permits.of_seller(db, first) == ()


def test_the_last_word_counts_and_all_stay_on_record(db, farm, anna, bert):
    first, second, _ = farm
    permits.say(db, place(db, first), "verified", "属实", anna.actor(), NOW)
    permits.say(db, place(db, first), "open", "", bert.actor(), NOW + HOUR)
    assert outcomes(db, first)[0] == (FARM[0], "open")
    assert permits.of_lead(db, second)[0].elsewhere is None
    assert permits.of_seller(db, second) == ()
    for change in ("UPDATE permit_checks SET outcome = 'verified'", "DELETE FROM permit_checks"):
        with pytest.raises(StorageError), db.write() as connection:
            connection.execute(text(change))


def test_what_is_refused(db, farm, anna):
    first, _, other = farm
    seen = place(db, first)
    for outcome, note in (("verified", " "), ("invalid", ""), ("maybe", "x"), ("verified", "长" * 501)):
        with pytest.raises(ReviewError):
            permits.say(db, seen, outcome, note, anna.actor(), NOW)
    for wrong in (
        replace(seen, position=3),
        replace(seen, position=0),
        replace(seen, detection_id=999),
        place(db, other),
    ):
        with pytest.raises(ReviewError, match="刷新"):
            permits.say(db, wrong, "verified", "属实", anna.actor(), NOW)
    with pytest.raises(Unknown):
        permits.say(db, replace(seen, lead_id=999), "verified", "属实", anna.actor(), NOW)
    assert outcomes(db, first)[0] == (FARM[0], "open")
