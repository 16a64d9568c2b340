from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, text, update

from storage import listings, runs, sites
from storage.models import Lead
from storage.records import ContactRecord
from storage.review import queue, scanning
from storage.review.filters import Count, Cursor, Filters
from storage.review.models import Lease
from tests.storage.making import HOUR, NOW
from tests.storage.review.making import lead_ids, offer


def change(db, lead_id, **values):
    with db.write() as connection:
        connection.execute(update(Lead).where(Lead.id == lead_id).values(values))


def shown(db, filters=None, **facts):
    return [row.id for row in queue.page(db, filters or Filters(), NOW, **facts).rows]


def all_pages(db, filters, limit):
    found, after = [], None
    while True:
        page = queue.page(db, filters, NOW, after=after, limit=limit)
        found += [row.id for row in page.rows]
        after = page.next
        if after is None:
            return found
        assert Cursor.parse(str(after)) == after
        assert page.rows or page.tired


@pytest.fixture
def leads(db, site_id, run_id):
    words = ("猫头鹰", "象牙", "穿山甲")
    records = [
        offer(str(n), words[n % 3], float(40 + n % 7), "alert" if n % 2 else "review", seller=f"会员{n % 4}")
        for n in range(30)
    ]
    return lead_ids(db, site_id, run_id, *records)


def test_riskiest_first_page_by_page(db, leads):
    expected = [n + leads[0] for n in sorted(range(30), key=lambda n: (n % 7, n), reverse=True)]
    for limit in (1, 7, 30, 100):
        assert all_pages(db, Filters(), limit) == expected
        assert all_pages(db, Filters(status=("new", "confirmed")), limit) == expected
    assert all_pages(db, Filters(status=("confirmed",)), 5) == []


def test_due_ones_stand_in_front(db, leads):
    soon, over, later, done = leads[3], leads[8], leads[5], leads[20]
    change(db, soon, due_at=NOW + HOUR)
    change(db, over, due_at=NOW - HOUR)
    change(db, later, due_at=NOW + timedelta(days=3))
    change(db, done, due_at=NOW, status="dismissed")
    order = shown(db, limit=50)
    assert order[:2] == [over, soon]
    assert sorted(order) == sorted(leads)
    for limit in (1, 2, 3, 10):
        assert all_pages(db, Filters(), limit) == order
    assert [row.pinned for row in queue.page(db, Filters(), NOW, limit=3).rows] == [True, True, False]
    assert set(shown(db, Filters(due=True))) == {soon, over, later, done}
    assert shown(db, Filters(due=True, status=("new",)))[:2] == [over, soon]


@pytest.mark.parametrize(("filters", "fits"), [
    (Filters(term="象牙"), lambda n: n % 3 == 1),
    (Filters(term="象牙", verdict="alert"), lambda n: n % 3 == 1 and n % 2),
    (Filters(verdict="review"), lambda n: n % 2 == 0),
    (Filters(text="穿山"), lambda n: n % 3 == 2),
    (Filters(text="穿山 会员1"), lambda n: n % 3 == 2 and n % 4 == 1),
    (Filters(text="没有的"), lambda n: False),
    (Filters(text=" "), lambda n: True),
    (Filters(text="'\"*"), lambda n: False),
    (Filters(site="demo", category="terrestrial_animal", channel="exact", department="forestry"), lambda n: True),
    (Filters(site="demo", category="plant"), lambda n: False),
    (Filters(site="other"), lambda n: False),
    (Filters(source="crawl"), lambda n: True),
    (Filters(source="12315"), lambda n: False),
    (Filters(since=NOW, until=NOW + HOUR), lambda n: True),
    (Filters(until=NOW), lambda n: False),
    (Filters(term="象牙", order="model"), lambda n: n % 3 == 1),
    (Filters(held_by=1), lambda n: False),
])  # fmt: skip
@pytest.mark.parametrize("rare", [5_000, 3])
def test_filters_in_order(  # noqa: PLR0917 - parameters
    db, leads, monkeypatch, filters, fits, rare
):
    """Whether a condition counts as rare decides how it is looked for, never what is found."""
    monkeypatch.setattr(scanning, "RARE", rare)
    monkeypatch.setattr(scanning, "FEW", rare)
    expected = [n + leads[0] for n in sorted(range(30), key=lambda n: (n % 7, n), reverse=True) if fits(n)]
    for limit in (3, 50):
        assert all_pages(db, filters, limit) == expected
    assert queue.count(db, filters, NOW) == Count(len(expected), exact=True)


@pytest.mark.parametrize("filters", [
    Filters(), Filters(status=("new",), text="猫头 会员1", viewer=1), Filters(text="象牙", channel="exact", changed=True),
    Filters(site="demo", term="象牙", text="象牙", order="model"),
])  # fmt: skip
def test_a_page_and_its_counts_at_once(db, leads, filters):
    change(db, leads[1], changed_at=NOW)
    plainly = replace(filters, changed=False)
    assert queue.look(db, filters, NOW, limit=7) == (
        queue.page(db, filters, NOW, limit=7),
        queue.counts(db, plainly, NOW),
    )


@pytest.mark.parametrize("common", [-1, 0])
def test_what_is_expected_to_be_common_is_tried_lead_by_lead(db, leads, monkeypatch, common):
    monkeypatch.setattr(scanning, "COMMON", common)
    expected = [n + leads[0] for n in sorted(range(1, 30, 3), key=lambda n: (n % 7, n), reverse=True)]
    for filters in (Filters(text="象牙"), Filters(text="象牙", site="demo", channel="exact", verdict=None)):
        assert all_pages(db, filters, 4) == expected
        assert queue.count(db, filters, NOW) == Count(10, exact=True)


@pytest.mark.parametrize("rare", [5_000, 0])
def test_words_are_found_in_a_row(db, site_id, run_id, monkeypatch, rare):
    """Whether they are listed by the index or tried lead by lead."""
    monkeypatch.setattr(scanning, "RARE", rare)
    monkeypatch.setattr(scanning, "FEW", rare)
    bodies = ("猫头鹰", "猫头和头鹰", "猫，头鹰", "头鹰猫头", "猫头鹰　ＱＱ群", "qq群猫头鹰", "猫头鹰qq1群")
    made = lead_ids(db, site_id, run_id, *(offer(str(n), "出", title="出", body=body) for n, body in enumerate(bodies)))
    plain = lead_ids(db, site_id, run_id, *(offer(f"p{n}", "出", body="象") for n in range(3)))
    asked = {"猫头鹰 qq群": {4, 5}, "头鹰猫": {3}, "猫头鹰qq": {4}, "群猫头鹰": {5}, "象 头": set()}
    for text_asked, found in asked.items():
        assert set(shown(db, Filters(text=text_asked))) == {made[n] for n in found}
        assert queue.count(db, Filters(text=text_asked), NOW) == Count(len(found), exact=True)
    assert set(shown(db, Filters(text="象"))) == set(plain)


def test_a_walk_that_finds_little_says_where_it_stands(db, leads, monkeypatch):
    monkeypatch.setattr(scanning, "RARE", 2)
    monkeypatch.setattr(scanning, "FIRST", 2)
    monkeypatch.setattr(scanning, "MOST", 5)
    filters = Filters(category="terrestrial_animal", text="穿山")
    page = queue.page(db, filters, NOW, limit=10)
    assert page.tired
    assert len(page.rows) < 10
    expected = [n + leads[0] for n in sorted(range(30), key=lambda n: (n % 7, n), reverse=True) if n % 3 == 2]
    assert all_pages(db, filters, 10) == expected


def test_sellers(db, leads):
    (first,) = [row for row in queue.page(db, Filters(), NOW, limit=50).rows if row.id == leads[1]]
    assert first.seller == "会员1"
    assert first.other_leads == 7
    assert set(shown(db, Filters(seller_id=first.seller_id))) == set(leads[1::4])


def test_what_a_row_shows(db, site_id, run_id, anna):
    (lead,) = lead_ids(db, site_id, run_id, offer("1", images=("http://127.0.0.1/a.jpg", "b"), price_text="3000元"))
    with db.write() as connection:
        held = {"lead_id": lead, "account_id": anna.id, "until_at": NOW + HOUR, "since_at": NOW}
        connection.execute(insert(Lease).values(held))
    one = queue.row(db, lead, NOW)
    assert (one.title, one.term, one.channel, one.category, one.department) == (
        "出鸟", "猫头鹰", "exact", "terrestrial_animal", "forestry",
    )  # fmt: skip
    assert (one.picture, one.price_text, one.other_leads, one.site) == ("http://127.0.0.1/a.jpg", "3000元", 0, "demo")
    assert (one.held_by, one.holder, one.state, one.decision_id) == (anna.id, "anna同志", "", None)
    assert shown(db, Filters(held_by=anna.id)) == [lead]
    assert queue.row(db, lead, NOW + HOUR).held_by is None
    assert queue.row(db, 99, NOW) is None


def test_pending_ones_are_not_shown_to_who_asked(db, leads, anna, bert):
    change(db, leads[0], status="pending", asked_by=anna.id)
    assert shown(db, Filters(status=("pending",), viewer=anna.id)) == []
    assert shown(db, Filters(status=("pending",), viewer=bert.id)) == [leads[0]]
    assert len(shown(db, Filters(viewer=anna.id), limit=50)) == 29


def test_counts_stop_when_large(db, leads):
    change(db, leads[0], status="lapsed")
    counts = queue.counts(db, Filters(), NOW, most=10)
    assert (counts["new"], counts["lapsed"], counts["pending"]) == (Count(10, exact=False), (1, True), (0, True))


def test_the_model_orders_and_hides_nothing(db, leads):
    for place, lead in enumerate(leads):
        change(db, lead, priority=float(place))
    assert all_pages(db, Filters(order="model"), 7) == leads[::-1]


def test_a_changed_text_is_found_by_its_new_words(db, site_id, run_id, leads):
    listings.write(db, site_id, run_id, [offer("0", "玳瑁", 99.0, at=NOW + HOUR)])
    assert shown(db, Filters(text="玳瑁")) == [leads[0]] == shown(db, Filters(term="玳瑁"))
    assert leads[0] not in shown(db, Filters(text="猫头鹰"), limit=50)
    assert leads[0] not in shown(db, Filters(term="猫头鹰"), limit=50)
    assert shown(db)[0] == leads[0]


def test_terms_follow_the_status_whoever_changes_it(db, leads):
    with db.write() as connection:
        connection.execute(text("UPDATE leads SET status = 'dismissed', score = 1 WHERE id = :id"), {"id": leads[0]})
    assert leads[0] not in shown(db, Filters(term="猫头鹰", status=("new",)), limit=50)
    assert shown(db, Filters(term="猫头鹰"), limit=50)[-1] == leads[0]


def test_other_sites(db, leads):
    other = sites.register(db, "other", "discuz", [], NOW)
    run = runs.start(db, other, now=NOW, pid=1, lexicon_version="1", config_hash="", trigger="manual")
    (lead,) = lead_ids(db, other, run, offer("1", seller=None))
    assert shown(db, Filters(site="other")) == [lead]
    assert queue.row(db, lead, NOW).seller_id is None


@pytest.mark.parametrize(
    "query",
    ['"', "*", "a\0b", "\ud800", "象" * 10_000, "NEAR(a b)", "a OR b", "-狮子", "^x:y", "' --", "\\", "x" * 500],
)
def test_hostile_queries(db, leads, query):
    page = queue.page(db, Filters(text=query), NOW)
    assert page.rows == ()
    assert queue.counts(db, Filters(text=query, term=query, category=query, site=query), NOW)["new"].number == 0


@given(st.text(max_size=40))
def test_cursors_from_addresses(text):
    made = Cursor.parse(text)
    assert made is None or Cursor.parse(str(made)) == made


@pytest.mark.parametrize(
    "text", ["1__nan_5", "1__1.0_-4", "1e99__1.0_4", "1__1.0_99999999999999999999", "1__inf_1", "__1_1", "²__1_1"]
)
def test_cursors_that_are_none(text):
    assert Cursor.parse(text) is None


@pytest.mark.parametrize(("asked", "found"), [
    ("5678", {0}), ("0000", {0, 1}), ("００５６", {0}), ("800-0049", {1}), ("800－0049", {1}), ("1380", {0, 1}),
    ("4999", {1}), ("999", set()), ("5679", set()), ("猫头 5678", {0}), ("象牙 5678", set()),
])  # fmt: skip
def test_a_part_of_a_telephone_number(db, site_id, run_id, asked, found):
    numbers = ("13800005678", "13800004999")
    given = [offer(str(n), contacts=(ContactRecord("phone", number, number),)) for n, number in enumerate(numbers)]
    made = lead_ids(db, site_id, run_id, *given, offer("2"))
    assert set(shown(db, Filters(text=asked))) == {made[n] for n in found}
    assert queue.count(db, Filters(text=asked), NOW) == Count(len(found), exact=True)


def test_a_lead_in_few_words(db, site_id, run_id):
    one, two = lead_ids(db, site_id, run_id, offer("1", score=70.0), offer("2", score=80.0))
    change(db, two, status="confirmed", category="food_use")
    assert queue.brief(db, one) == (one, "new", queue.row(db, one, NOW).category, 70.0)
    assert queue.brief(db, two) == (two, "confirmed", "food_use", 80.0)
    assert queue.brief(db, 99) is queue.brief(db, 2**70) is None


@pytest.mark.parametrize("window", [1, 3, 500])
def test_many_that_are_due_and_few_that_fit(db, site_id, run_id, monkeypatch, window):
    monkeypatch.setattr(queue, "DUE_WINDOW", window)
    leads = lead_ids(db, site_id, run_id, *(offer(str(number), score=float(40 + number)) for number in range(30)))
    due = {lead: NOW + HOUR * (number * 7 % 13 - 6) for number, lead in enumerate(leads[:25])}
    status = {lead: "new" if number % 6 == 0 else "dismissed" for number, lead in enumerate(leads)}
    for lead in leads:
        change(db, lead, due_at=due.get(lead), status=status[lead])
    fit = [lead for lead in leads if status[lead] == "new"]
    front = sorted((lead for lead in fit if lead in due), key=lambda lead: (due[lead], lead))
    for limit in (1, 2, 4, 50):
        assert all_pages(db, Filters(status=("new",)), limit) == front + [lead for lead in fit[::-1] if lead not in due]
