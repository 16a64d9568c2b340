from __future__ import annotations

from datetime import date

import pytest

from storage.referral import campaigns, feedback, running
from tests.storage.making import NOW
from tests.storage.referral.answering import CLERK, TODAY, campaign, case
from tests.storage.referral.making import drafted


def test_the_campaign_of_today_is_meant(db):
    assert running.on(db, TODAY) is None
    made = campaign(db, NOW)
    assert running.on(db, TODAY) == made
    assert [running.on(db, day) for day in (made.starts_on, made.ends_on)] == [made, made]
    assert [running.on(db, day) for day in (date(2026, 1, 9), date(2026, 6, 1))] == [None, None]


def test_of_several_none_is_meant_until_all_but_one_are_closed(db):
    first, second = campaign(db, NOW), campaign(db, NOW, name="清风行动")
    assert running.on(db, TODAY) is None
    campaigns.close(db, first.id, CLERK, NOW)
    assert running.on(db, TODAY).id == second.id


@pytest.mark.parametrize(
    ("facts", "counts"),
    [({}, True), ({"unit": "南村"}, False), ({"happened_on": date(2026, 1, 9)}, False)],
)
def test_a_result_counts_in_the_campaign_of_its_day_and_unit(db, facts, counts):
    made = campaign(db, NOW)
    given = running.counted(db, case(**facts))
    assert given.campaign_id == (made.id if counts else None)


def test_a_referral_without_campaign_loses_no_result(db, hanna, leads):
    made = drafted(db, hanna, leads[0])
    found = campaign(db, NOW)
    given = running.counted(db, case(referral_id=made.id))
    assert feedback.add(db, given, CLERK, NOW).campaign_id == found.id


def test_the_referrals_own_campaign_comes_first(db, hanna, leads):
    own, _ = campaign(db, NOW), campaign(db, NOW, name="清风行动", starts_on=date(2026, 1, 1))
    made = drafted(db, hanna, leads[0], campaign_id=own.id)
    given = case(referral_id=made.id)
    assert running.counted(db, given) == given
    assert feedback.add(db, given, CLERK, NOW).campaign_id == own.id
