"""How often a site is crawled when that is left to the schedule, and what people are told about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from crawler.config import Site
from storage.freshness.boards import Board
from storage.freshness.estimate import DAY, HOUR, Arrivals
from wangdun.due import next_run
from wangdun.pacing import pace_of, span_words
from wangdun.planning import how_text

NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
START = "http://127.0.0.1/a"
MINUTE, ONE = timedelta(minutes=1), timedelta(hours=1)


def site(**more) -> Site:
    return Site(name="s", start=more.pop("start", START), **({"every": "auto"} | more))


def board(rows: float, seconds: float, url: str = START, kind: str = "list", reads: int = 9) -> Board:
    return Board(url, kind, Arrivals(rows, seconds), reads, 1, NOW, NOW, 20, None, None, trusted=True)


def test_fixed_intervals_and_crons_are_left_alone():
    assert pace_of(site(every="6h"), [board(1, HOUR)]) is None
    assert pace_of(site(every=None, cron="0 7 * * *"), [board(1, HOUR)]) is None
    assert next_run(site(every="6h"), NOW - ONE, NOW, ZONE, pace=MINUTE) == NOW + 5 * ONE


def test_a_busy_site_is_read_more_often_within_its_bounds():
    busy, quiet = pace_of(site(), [board(20, 4 * HOUR)]), pace_of(site(), [board(1, 5 * DAY)])
    assert busy.wait == timedelta(minutes=38)
    assert quiet.wait > timedelta(hours=15)
    assert busy.why == "平均每 12 分钟有一条新的或改动的信息"
    assert pace_of(site(), [board(500, HOUR)]).wait == timedelta(minutes=30)
    assert pace_of(site(), [board(500, HOUR)]).why.endswith("已是最短间隔")
    assert pace_of(site(every_max="2h"), [board(1, 50 * DAY)]).wait == 2 * ONE
    assert next_run(site(), NOW, NOW, ZONE, pace=busy.wait) == NOW + busy.wait


def test_unknown_boards_are_supposed_to_be_ordinary():
    assert pace_of(site(), []).wait == pytest.approx(timedelta(hours=3.46), abs=MINUTE)
    assert "还没有读过两次" in pace_of(site(), [board(9, HOUR, reads=1)]).why
    both = site(start=[START, "http://127.0.0.1/b"])
    told = [
        board(10, HOUR),
        board(900, HOUR, "http://127.0.0.1/map.xml", "sitemap"),
        board(9, HOUR, "http://127.0.0.1/old"),
    ]
    assert pace_of(both, told).wait > pace_of(site(), told).wait, "only its own lists count"


def test_a_site_that_failed_is_given_time():
    one = [board(10, 4 * HOUR)]
    assert pace_of(site(), one, failed=True).wait == pytest.approx(2 * pace_of(site(), one).wait, abs=MINUTE)
    assert pace_of(site(every_max="1h"), one, failed=True).wait <= ONE


def test_without_a_pace_the_longest_interval_holds():
    assert next_run(site(), NOW, NOW, ZONE) == NOW + timedelta(days=1)
    assert next_run(site(), None, NOW, ZONE) == NOW, "never crawled: at once"
    assert how_text(site(every_min="1h")) == "自动 1h–1d"


@given(st.floats(0, 1e6), st.floats(1, 1e9), st.integers(-400, 400))
@settings(max_examples=60, deadline=None)
def test_no_clock_and_no_rate_doubles_or_loses_a_run(rows, seconds, days):
    """A clock set back by up to a day delays; one set back further, or forward, leads to one run."""
    wait = pace_of(site(), [board(rows, seconds)]).wait
    last = NOW + timedelta(days=days)
    moment = next_run(site(), last, NOW, ZONE, pace=wait)
    assert timedelta(minutes=30) <= wait <= timedelta(days=1)
    assert NOW <= moment <= NOW + timedelta(days=2)
    if last + wait <= NOW or last > NOW + timedelta(days=1):
        assert moment == NOW


@pytest.mark.parametrize(
    "bad", [{"every": "sometimes"}, {"every": "auto", "cron": "0 7 * * *"}, {"every_min": "3d"}, {"every": "0m"}]
)
def test_contradictions_are_refused(bad):
    with pytest.raises(ValidationError):
        site(**bad)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "0.1 分钟"),
        (90, "1.5 分钟"),
        (11520, "3.2 小时"),
        (20 * HOUR, "20 小时"),
        (36 * HOUR, "1.5 天"),
        (40 * DAY, "40 天"),
    ],
)
def test_spans_in_words(seconds, words):
    assert span_words(seconds) == words
