"""Figures: the charts, the tables behind them, the numbers themselves."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from console import charts
from console.charts import Series
from storage import listings, runs, sites
from storage.models import Lead
from storage.records import RunTally
from storage.review import accounts, decisions, overview
from storage.review.audit import Actor
from storage.review.overview import Period
from storage.review.records import Decision
from tests.console.serving import START
from tests.storage import making

DAY = timedelta(days=1)
HOSTILE = "<script>alert(1)</script>\u202e{{7*7}}"


def site(db, name="示例论坛", at=START):
    site_id = sites.register(db, name, "discuz", ["https://bbs.example.org/"], at - 40 * DAY)
    facts = {"now": at, "pid": 1, "lexicon_version": "lex-1", "config_hash": "x"}
    run_id = runs.start(db, site_id, trigger="schedule", **facts)
    runs.finish(
        db,
        run_id,
        now=at,
        status="complete",
        reason="",
        tally=RunTally(listings_new=7, errors=2),
        complete_walk=True,
    )
    return site_id, run_id


def leads(db, site_id, run_id, count, at, **facts):
    """Store offers seen at that moment."""
    made = [
        making.full(f"{at:%m%d%H}-{number}", at=at, body=f"出售猫头鹰,第{number}只 {at:%m%d}", **facts)
        for number in range(count)
    ]
    listings.write(db, site_id, run_id, made)
    with db.read() as connection:
        return list(connection.scalars(select(Lead.id).order_by(Lead.id)))[-count:]


@pytest.fixture
def decided(db):
    """Four leads, of which one is confirmed and one dismissed; the reviewer's number."""
    site_id, run_id = site(db)
    found = leads(db, site_id, run_id, 4, START - 2 * DAY, region=HOSTILE, seller=None)
    who = accounts.create(db, accounts.Draft("demo_li", "hash", ("reviewer",), "李示例"), Actor(None, "setup"), START)
    actor = Actor(who.id, "李示例")
    decisions.decide(db, Decision(found[0], actor, "confirm", seconds=20.0), START - DAY)
    decisions.decide(db, Decision(found[1], actor, "dismiss", reason="not_object.toy", seconds=10.0), START - DAY)
    return who.id


def period(days=30):
    return Period(tuple(START + DAY * (number - days) for number in range(days + 2)))


def test_a_group_counts_what_became_of_its_leads(db, decided):
    (group,) = overview.by(db, period(), "category")
    assert (group.name, group.total, group.closed, group.right, group.judged) == ("terrestrial_animal", 4, 2, 1, 2)
    assert group.precision is None  # two are too few to say
    assert overview.statuses(db, period()).statuses == {"new": 2, "confirmed": 1, "dismissed": 1}


def test_a_corrected_category_counts_as_corrected(db, decided):
    with db.read() as connection:
        third = connection.scalars(select(Lead.id).where(Lead.status == "new")).first()
    decisions.decide(db, Decision(third, Actor(decided, "李示例"), "confirm", category="plant"), START)
    assert {group.name: group.total for group in overview.by(db, period(), "category")} == {
        "terrestrial_animal": 3,
        "plant": 1,
    }


def test_steps_hold_what_was_found_and_what_was_decided(db, decided):
    steps = overview.over_time(db, period())
    assert sum(one.found for one in steps) == 4
    assert sum(one.decided for one in steps) == 2
    assert [one.found for one in steps if one.since == START - 2 * DAY] == [4]
    assert [one.decided for one in steps if one.since == START - DAY] == [2]


def test_what_lies_outside_the_period_is_left_out(db, decided):
    late = Period((START + DAY, START + 2 * DAY))
    assert overview.statuses(db, late).total == 0
    assert overview.loads(db, late) == []
    assert overview.waiting(db, late) is None


def test_waiting_is_the_median_of_hours(db, decided):
    assert overview.waiting(db, period()) == 24.0


def test_loads_name_people_kinds_and_seconds(db, decided):
    (load,) = overview.loads(db, period())
    assert (load.name, load.kinds, load.total, load.seconds) == ("李示例", {"confirm": 1, "dismiss": 1}, 2, 15.0)


def test_health_sums_the_runs_of_each_site(db, decided):
    (one,) = overview.health(db, Period((START - DAY, START + DAY)))
    assert (one.site, one.statuses, one.last, one.listings, one.failures) == (
        "示例论坛",
        {"complete": 1},
        "complete",
        7,
        2,
    )


def test_the_page_shows_charts_with_tables_and_no_hostile_name(served, decided):
    answer = served.signed_in("demo_wang", "auditor").get("/figures")
    assert answer.status_code == 200
    assert answer.text.count('<svg class="chart"') >= 7
    assert "陆生野生动物" in answer.text
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "style=" not in answer.text
    for chapter in ("time", "closed", "category", "site", "department", "region", "source", "people", "health"):
        shown = answer.text.split(f'id="{chapter}"')[1].split("</section>")[0]
        assert '<svg class="chart"' in shown, chapter
        assert "<table>" in shown, chapter
    assert re.search(r"完成 1</title>", answer.text.split('id="health"')[1])
    rows = re.findall(r"<td class=\"foreign\">([^<]*)</td><td class=\"number\">4</td>", answer.text)
    assert "陆生野生动物" in rows


def test_an_empty_database_has_an_empty_page(served):
    answer = served.signed_in("demo_wang", "monitor").get("/figures?days=365")
    assert answer.status_code == 200
    assert "这一时期没有数据" in answer.text


@pytest.mark.parametrize(
    "asked",
    [
        "since=2026-11-05&until=2026-11-01",
        "since=x",
        "days=999999999999",
        "days=-5",
        "since=0001-01-01&until=9999-12-31",
        "days=²",
    ],
)
def test_a_wrong_period_is_refused_in_words(served, asked):
    assert served.signed_in("demo_wang", "monitor").get(f"/figures?{asked}").status_code == 422


def test_weeks_are_steps_of_a_long_period(served, decided):
    answer = served.signed_in("demo_wang", "monitor").get("/figures?since=2026-01-01&until=2026-11-02")
    assert "按周" in answer.text


numbers = st.lists(st.integers(0, 10**9), min_size=1, max_size=40)


@given(numbers)
@settings(max_examples=40, deadline=None)
def test_every_point_of_a_line_lies_in_the_picture(values):
    drawn = str(charts.lines("t", [str(one) for one in range(len(values))], [Series("a", tuple(values))]))
    points = re.search(r'points="([^"]*)"', drawn)[1].split()
    assert len(points) == len(values)
    for point in points:
        x, y = map(float, point.split(","))
        assert 0 <= x <= charts.WIDTH
        assert charts.TOP - 0.1 <= y <= charts.HEIGHT - charts.BOTTOM + 0.1


@given(st.floats(0, 1e12))
@settings(max_examples=60, deadline=None)
def test_an_axis_ends_at_or_above_the_largest_value(value):
    end = charts.nice(value)
    assert end >= value
    assert end <= max(2, 2.6 * value)


@given(st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_names_in_charts_are_texts(name):
    drawn = str(charts.bars("t", [name], [Series(name, (3,))]))
    inside = re.sub(r"<(/?)(svg|text|rect|title)( [a-zA-Z-]+=\"[^\"<>]*\")*>", "", drawn)
    assert "<" not in inside


def test_bars_of_nothing_are_no_fault():
    assert "svg" in str(charts.bars("t", ["甲"], [Series("a", (0,))]))
    assert "svg" in str(charts.lines("t", [], [Series("a", ())]))
