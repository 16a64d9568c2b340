from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from referrals.routing import rules
from referrals.routing.facts import Deadline
from referrals.timing import holidays
from referrals.timing.timers import next_due, until
from storage.referral.words import DUE_KINDS

ZONE = ZoneInfo("Asia/Shanghai")
THURSDAY = datetime(2026, 11, 19, 15, 30, tzinfo=ZONE)
CHINA = holidays.load()


def due(step: str, template: str, department: str, *, working: bool = True):
    found = next_due(step, template, rules.load().deadlines[department], THURSDAY, CHINA, working=working)
    return None if found is None else (found.kind, found.at.astimezone(ZONE).strftime("%m-%d %H:%M"))


@pytest.mark.parametrize(
    ("step", "working", "expected"),
    [
        ("draft", True, ("approval", "11-24 23:59")),
        ("draft", False, ("approval", "11-23 23:59")),  # Sunday the 22nd moves on to Monday
        ("approve", True, ("transfer", "11-20 15:30")),  # 24 hours by the clock
        ("receive", True, ("review", "11-24 23:59")),
        ("decline", True, ("onward", "11-20 15:30")),
        ("not_file", True, ("reconsider", "11-24 23:59")),
        ("reconsider", True, ("reconsidered", "11-24 23:59")),
        ("close", True, None),
        ("note", True, None),
    ],
)
def test_the_terms_of_a_suspected_crime(step, working, expected):
    assert due(step, "crime", "public_security", working=working) == expected


def test_other_letters_have_the_terms_of_the_table_and_none_of_our_own():
    assert due("draft", "lead", "forestry") is None
    assert due("approve", "lead", "public_security") is None
    assert due("send", "lead", "forestry")[0] == "receipt"
    assert due("receive", "cleanup", "cyberspace")[0] == "answer"
    assert due("not_file", "lead", "forestry") is None


def test_a_term_may_say_itself_how_days_count():
    friday = datetime(2026, 11, 20, 9, tzinfo=ZONE)
    for own, last in ((True, 24), (False, 23), (None, 24)):
        end = until(Deadline("回执", days=2, working=own), friday, CHINA, working=True)
        assert end.astimezone(ZONE).day == last
    assert until(Deadline("转送", hours=24), friday, CHINA, working=True) - friday == timedelta(hours=24)


def test_every_timer_has_a_name():
    kinds = {kind for terms in rules.load().deadlines.values() for kind in terms}
    assert kinds <= set(DUE_KINDS)
