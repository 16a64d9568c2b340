from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.review import decisions, merging
from storage.review.exceptions import ReviewError, Unknown
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.storage.making import NOW, rows
from tests.storage.review.making import lead_ids, offer


def act(db, who, kind, lead, other=None):
    (seen,) = [row[1] for row in rows(db, "leads", "id", "decision_id") if row[0] == lead]
    decisions.decide(db, Decision(lead, who.actor(), kind, seen, duplicate_of=other), NOW, policy=ALONE)


def test_groups(db, site_id, run_id, anna):
    a, b, c, d = lead_ids(db, site_id, run_id, *(offer(str(n)) for n in range(4)))
    act(db, anna, "duplicate", a, b)
    act(db, anna, "duplicate", b, d)
    assert merging.group(db, a) == merging.group(db, d) == (d, a, b)
    assert merging.group(db, c) == (c,)
    with pytest.raises(ReviewError, match="互相重复"):
        act(db, anna, "duplicate", d, a)
    for wrong in (None, 0, 2**63):
        with pytest.raises(ReviewError):
            act(db, anna, "duplicate", c, wrong)
    with pytest.raises(ReviewError, match="不能与自己重复"):
        act(db, anna, "duplicate", c, c)
    with pytest.raises(Unknown):
        merging.group(db, 99)
    act(db, anna, "unmerge", b)
    assert merging.group(db, a) == (b, a)
    assert merging.group(db, d) == (d,)


def test_undoing_may_not_close_a_ring(db, site_id, run_id, anna, bert):
    a, b = lead_ids(db, site_id, run_id, offer("1"), offer("2"))
    act(db, anna, "duplicate", a, b)
    act(db, anna, "unmerge", a)
    act(db, bert, "duplicate", b, a)
    with pytest.raises(ReviewError, match="互相重复"):
        decisions.undo(db, anna.actor(), NOW)
    assert merging.group(db, b) == (a, b)


def test_groups_are_an_equivalence(db, site_id, run_id, anna):
    keys = iter(range(1, 10_000))

    @settings(max_examples=8, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=10))
    def check(steps):
        leads = lead_ids(db, site_id, run_id, *(offer(str(next(keys))) for _ in range(5)))
        for one, other in steps:
            try:
                if one == other:
                    act(db, anna, "unmerge", leads[one])
                else:
                    act(db, anna, "duplicate", leads[one], leads[other])
            except ReviewError:
                pass
        groups = {lead: merging.group(db, lead) for lead in leads}
        assert all(lead in group for lead, group in groups.items())
        assert all(groups[other] == group for group in groups.values() for other in group)

    check()
