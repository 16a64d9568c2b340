"""What was learned saves requests: the benchmark's own simulation, with less time to learn."""

from __future__ import annotations

import pytest

from benchmarks import freshness


@pytest.fixture(scope="module")
def total():
    return freshness.boards(20)["total"]


def test_fewer_requests_for_the_same_delay(total):
    assert total["fixed_delay_there"] <= total["delay_hours"] * 1.05
    assert total["requests"] < 0.75 * total["fixed_requests_for_the_same_delay"]


def test_less_delay_for_as_many_requests(total):
    assert total["fixed_requests_there"] == pytest.approx(total["requests"], rel=0.1)
    assert total["delay_hours"] < 0.75 * total["fixed_delay_for_as_many_requests"]


def test_more_changes_found_with_as_many_visits():
    ours, plain = freshness.pages(30, learning=True), freshness.pages(30, learning=False)
    assert ours["visits"] <= plain["visits"]
    assert ours["changes_found"] > 1.3 * plain["changes_found"]
