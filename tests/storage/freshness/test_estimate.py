"""The estimates: bounded, monotone, right for what was simulated, and equal to the published formula where it applies."""

from __future__ import annotations

import random
from datetime import timedelta
from math import exp, floor, log, log2, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.freshness.estimate import (
    DAY,
    GOOD,
    HOUR,
    PRIOR_ROWS,
    PRIOR_SECONDS,
    Arrivals,
    Visits,
    chance,
    change_rate,
    interval,
    pace,
    prior,
)  # fmt: skip

SHORT, LONG = timedelta(minutes=30), timedelta(days=1)
RATES = st.floats(1e-9, 1.0)
GAPS = st.floats(60.0, 90 * DAY)


def arrivals_of(rate: float, gap: float, visits: int, seed: int) -> Arrivals:
    """A board visited `visits` times, at gaps of half to one and a half times `gap`."""
    chances = random.Random(seed)
    found = Arrivals()
    for _ in range(visits):
        passed = gap * chances.uniform(0.5, 1.5)
        left, count = chances.expovariate(rate), 0
        while left < passed:
            left, count = left + chances.expovariate(rate), count + 1
        found = found.after(count, passed)
    return found


@pytest.mark.parametrize("per_hour", [0.1, 0.5, 2.0, 10.0])
def test_the_rate_of_a_board_is_recovered(per_hour):
    rate = per_hour / HOUR
    gap = sqrt(2 * HOUR / rate)
    told = [arrivals_of(rate, gap, 40, seed).rate / rate for seed in range(200)]
    # about ten visits count, with rate * gap rows each: the spread of such a count is one by its root
    spread = 1 / sqrt(10 * rate * gap)
    within = sum(abs(one - 1) < 3 * spread + 0.1 for one in told)
    assert within >= 190, "all but a few within three times the spread"
    assert abs(sum(told) / len(told) - 1) < 0.25


def test_a_board_that_woke_up_is_noticed_within_a_few_visits():
    asleep = Arrivals()
    for _ in range(50):
        asleep = asleep.after(0, DAY)
    assert pace([asleep.rate], SHORT, LONG) > timedelta(hours=20)
    awake = asleep
    for _ in range(4):
        awake = awake.after(12, HOUR)
    assert pace([awake.rate], SHORT, LONG) < timedelta(hours=5)


@given(st.lists(st.tuples(st.integers(-5, 10**9), st.floats(-1e9, 1e12)), max_size=30))
@settings(max_examples=60, deadline=None)
def test_rates_stay_above_zero_and_finite_whatever_the_clock_and_the_board_do(visits):
    found = Arrivals()
    for count, gap in visits:
        found = found.after(count, gap)
    assert 0 < found.rate < 1
    assert SHORT <= pace([found.rate], SHORT, LONG) <= LONG


def test_a_clock_set_back_teaches_nothing():
    found = Arrivals().after(3, HOUR)
    assert found.after(7, -DAY) == found
    assert found.after(7, 0.0) == found


@given(st.lists(RATES, min_size=1, max_size=8), st.floats(1.0, 100.0))
@settings(max_examples=60, deadline=None)
def test_busier_boards_are_visited_no_later(rates, times):
    assert pace([rate * times for rate in rates], SHORT, LONG) <= pace(rates, SHORT, LONG)


def test_the_pace_balances_requests_and_waiting():
    rate = 2 / HOUR
    best = pace([rate], timedelta(0), LONG).total_seconds()
    cost = lambda wait: HOUR / wait + rate * wait / 2  # noqa: E731 -- the formula the docstring names
    assert cost(best) < cost(best * 1.1)
    assert cost(best) < cost(best / 1.1)
    assert pace([], SHORT, LONG) == LONG
    assert pace([rate] * 4, timedelta(0), LONG).total_seconds() == pytest.approx(best), "four alike are visited alike"
    assert pace([rate], LONG, SHORT) == LONG, "bounds that contradict each other: the gentler"


@given(st.integers(1, 200), st.integers(0, 200), GAPS)
@settings(max_examples=80, deadline=None)
def test_equal_gaps_give_the_published_formula(reads, changes, gap):
    changes = min(reads, changes)
    told = change_rate([Visits(reads, changes, reads * gap)])
    expected = -log((reads - changes + 0.5) / (reads + 0.5)) / gap
    assert told == pytest.approx(expected, rel=1e-6, abs=1e-12) or expected < 1e-8


@given(st.lists(st.tuples(st.integers(1, 50), st.floats(0, 1), GAPS), min_size=1, max_size=6), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_more_changes_never_mean_a_lower_rate(groups, at):
    visits = [Visits(reads, round(share * reads), reads * gap) for reads, share, gap in groups]
    at %= len(visits)
    one = visits[at]
    if one.changes == one.reads:
        return
    more = [*visits]
    more[at] = Visits(one.reads, one.changes + 1, one.seconds)
    assert change_rate(more) >= change_rate(visits)


@pytest.mark.parametrize("per_day", [0.02, 0.2, 1.0])
def test_the_rate_of_pages_is_recovered_from_irregular_visits(per_day):
    rate, chances = per_day / DAY, random.Random(7)
    told = []
    for _ in range(60):
        groups: dict[int, list[float]] = {}
        for _ in range(300):
            gap = chances.choice((0.25, 1.0, 3.0, 7.0)) * DAY * chances.uniform(0.9, 1.1)
            one = groups.setdefault(floor(log2(gap)), [0, 0, 0.0])  # as they are stored
            one[0] += 1
            one[1] += chances.random() < 1 - exp(-rate * gap)
            one[2] += gap
        told.append(change_rate(Visits(*one) for one in groups.values()) / rate)
    assert abs(sum(told) / len(told) - 1) < 0.1, "hardly any bias"
    spread = 1 / sqrt(300 * rate * 2 * DAY)  # by the root of how many changes there were
    assert all(abs(one - 1) < 4 * spread + 0.2 for one in told)


def test_the_naive_count_would_be_far_off_where_changes_are_frequent():
    rate = 2 / DAY
    reads, seen = 1000, 1000 * (1 - exp(-2))
    assert change_rate([Visits(reads, seen, reads * DAY)]) == pytest.approx(rate, rel=0.02)
    assert seen / reads / DAY < 0.45 * rate


def test_without_a_change_the_rate_is_zero_and_the_wait_the_longest():
    assert change_rate([]) == 0.0
    assert change_rate([Visits(50, 0, 50 * DAY)]) == 0.0
    assert change_rate([Visits(0, 0, 0.0)]) == 0.0
    assert interval(0.0, SHORT, LONG) == LONG


def test_what_is_supposed_at_first_keeps_the_configured_interval():
    base = timedelta(hours=36)
    assert interval(change_rate([prior(base)]), base / 4, base * 7).total_seconds() == pytest.approx(
        base.total_seconds(), rel=1e-6
    )
    assert pytest.approx(PRIOR_ROWS / PRIOR_SECONDS) == Arrivals().rate


@given(RATES, st.floats(-1e9, 1e12), st.floats(0, 1e9))
@settings(max_examples=80, deadline=None)
def test_chances_are_probabilities_and_grow_with_time(rate, gap, more):
    assert 0 <= chance(rate, gap) <= chance(rate, gap + more) <= 1


@given(RATES)
@settings(max_examples=60, deadline=None)
def test_waits_are_bounded_and_promise_what_they_say(rate):
    wait = interval(rate, SHORT, LONG)
    assert SHORT <= wait <= LONG
    if SHORT < wait < LONG:
        assert chance(rate, wait.total_seconds()) == pytest.approx(GOOD, rel=1e-3)
