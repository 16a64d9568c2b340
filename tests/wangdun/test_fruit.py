"""Which requests count as fruitful, and what a run may teach."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.freshness.fruit import Fruit, of_extra, total
from wangdun.fruit import fruit, learn

STATS = {"page/list": 2, "page/item": 10, "page/source": 1, "page/failed": 1, "fruitful/list": 1, "fruitful/source": 1}


def test_new_changed_back_and_gone_count_the_rest_does_not():
    counts = {"new": 3, "changed": 1, "back": 1, "gone": 1, "unchanged": 2, "checked": 3, "seen": 90, "errors": 1}
    assert fruit(STATS, counts) == {"asked": 14, "fruitful": 8}
    assert fruit({}, {}) == {"asked": 0, "fruitful": 0}


@given(
    st.dictionaries(st.sampled_from(sorted(STATS)), st.integers(0, 99)),
    st.dictionaries(st.sampled_from(["new", "gone", "seen"]), st.integers(0, 99)),
)
@settings(max_examples=50, deadline=None)
def test_a_share_is_a_share(stats, counts):
    one = of_extra(fruit(stats, counts))
    assert one.share is None or 0 <= one.share <= 1


def test_runs_of_older_versions_and_no_requests_show_no_share():
    assert str(of_extra({})) == "—"
    assert str(total([Fruit(30, 3), of_extra({"listed": 5})])) == "10%"


class Told:
    def __init__(self):
        self.visits = None

    def learn(self, visits):
        self.visits = list(visits)


def test_only_runs_that_read_what_they_meant_to_teach():
    def run(status, *, covered=True, full=False):
        asked = []

        def visits(*, whole):
            asked.append(whole)
            return iter(())

        spider = SimpleNamespace(covered=covered, full=full, reads=SimpleNamespace(visits=visits))
        ledger = Told()
        learn(ledger, spider, status)
        assert ledger.visits == []
        return asked

    assert run("complete") == [True]
    assert run("partial") == [False], "next time all is asked for in full"
    assert run("failed") == run("interrupted") == run("complete", covered=False) == []
    told = Told()
    learn(told, None, "failed")
    assert told.visits == []
