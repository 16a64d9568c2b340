"""The watch over leads' pages, from the schedule to what each look is said to have shown."""

from __future__ import annotations

import shutil
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from storage import listings, runs, sites
from storage.database import Database
from storage.evidence import looks, sealing, watching
from storage.evidence.looks import Look, Page, judge
from storage.evidence.reposts import likeness
from storage.models import Lead, Listing
from tests.storage.evidence.making import draft
from tests.storage.making import HOUR, NOW, detection, full, hit, rows

DAY = timedelta(days=1)
STEPS = (HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY)


def begin(db, site_id, at):
    return runs.start(db, site_id, now=at, pid=1, lexicon_version="v", config_hash="c", trigger="manual")


@pytest.fixture
def run_id(db, site_id):
    return begin(db, site_id, NOW)


class Site:
    """A site whose pages are stored and looked at as a run does it."""

    def __init__(self, db, site_id, run_id):
        self.db, self.site_id, self.run_id = db, site_id, run_id
        self.begun = NOW

    def run(self, at):
        """What happens at another moment happens in another run."""
        if at != self.begun:
            self.run_id, self.begun = begin(self.db, self.site_id, at), at

    def shows(self, at, key="1", **facts):
        self.run(at)
        record = full(key, at=at, **facts)
        words = f"{record.title}{record.body}{record.price_text}{record.attributes}"
        found = detection(hits=[hit(record.text, "猫头鹰")] if "猫头鹰" in record.text else [])
        facts |= {"digest": sha256(words.encode()).hexdigest(), "detection": found}
        listings.write(self.db, self.site_id, self.run_id, [full(key, at=at, **facts)])
        self.note(Look(key, at, "page"))

    def lacks(self, at, key="1"):
        self.run(at)
        listings.mark_gone(self.db, self.site_id, self.run_id, key, at, "HTTP 404")
        self.note(Look(key, at, "missing", "HTTP 404"))

    def fails(self, at, key="1"):
        self.note(Look(key, at, "nothing", "超时未答复"))

    def note(self, *seen):
        looks.note(self.db, self.site_id, seen, STEPS)

    def due(self, now, limit=100):
        return [known.key for known in watching.due(self.db, self.site_id, STEPS, now, limit)]

    def told(self, lead_id=1):
        return [one.outcome for one in watching.visits(self.db, lead_id)]

    def lead(self, key):
        """PostgreSQL leaves gaps between the ids of leads."""
        with self.db.read() as connection:
            query = select(Lead.id).join(Listing, Listing.id == Lead.listing_id)
            return connection.execute(query.where(Listing.key == key)).scalar_one()

    def watch(self, lead_id=1):
        return watching.of_lead(self.db, lead_id)


@pytest.fixture
def site(db, site_id, run_id):
    return Site(db, site_id, run_id)


def test_a_lead_is_looked_at_ever_more_rarely_until_the_end(site):
    site.shows(NOW)
    now = NOW
    for span in STEPS:
        assert site.due(now + span - timedelta(seconds=1)) == []
        now += span
        assert site.due(now) == ["1"]
        site.shows(now)
    assert site.told() == ["unchanged"] * len(STEPS)
    assert (site.watch().next_at, site.watch().state) == (None, "online")
    assert site.due(now + 365 * DAY) == []


def test_each_thing_that_can_happen_to_a_page_is_told_once(site, db):
    site.shows(NOW)
    site.shows(NOW + 2 * HOUR, price_text="2800元/只")
    site.shows(NOW + 3 * HOUR, title="【已出】出鸟", price_text="2800元/只")
    site.lacks(NOW + 4 * HOUR)
    site.lacks(NOW + 10 * HOUR)
    site.lacks(NOW + 11 * HOUR)  # before its time, and nothing new
    site.shows(NOW + 40 * HOUR, price_text="2800元/只")
    site.shows(NOW + 41 * HOUR, price_text="2800元/只")
    seen = [(one.outcome, one.reason) for one in watching.visits(db, 1)]
    assert seen == [
        ("changed", "价格有改动"),
        ("sold", "标题标明“已出”，标题有改动"),
        ("gone", "HTTP 404"),
        ("unchanged", "页面仍不存在：HTTP 404"),
        ("relisted", "页面重新出现，标题有改动"),
        ("unchanged", ""),
    ]
    snapshots = [one.snapshot_id for one in watching.visits(db, 1)]
    assert snapshots == [2, 3, None, None, 4, None]
    assert site.watch().state == "relisted"


def test_a_change_or_a_return_starts_the_schedule_again(site):
    site.shows(NOW)
    site.shows(NOW + HOUR)
    site.shows(NOW + 7 * HOUR)
    assert site.watch().step == 2
    site.shows(NOW + 20 * HOUR, body="出售猫头鹰,便宜了")
    assert (site.watch().step, site.watch().next_at) == (0, NOW + 21 * HOUR)
    site.lacks(NOW + 21 * HOUR)
    assert (site.watch().step, site.watch().next_at) == (1, NOW + 27 * HOUR)
    site.shows(NOW + 27 * HOUR, body="出售猫头鹰,便宜了")
    assert (site.watch().step, site.watch().next_at) == (0, NOW + 28 * HOUR)


def test_a_page_that_changes_always_is_not_asked_every_hour_for_ever(site):
    site.shows(NOW)
    times = []
    for number in range(8):
        now = site.watch().next_at
        times.append(now)
        site.shows(now, body=f"出售猫头鹰,今日第{number}位访客")
        if site.watch().next_at is None:
            break
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps[:3] == [HOUR] * 3
    assert gaps[3:] == [6 * HOUR, DAY, 3 * DAY, 7 * DAY]


def test_a_page_that_cannot_be_reached_is_tried_again_but_not_for_ever(site):
    site.shows(NOW)
    site.shows(NOW + HOUR)
    now = NOW + 7 * HOUR
    for failures in range(1, 5):
        site.fails(now)
        assert (site.watch().step, site.watch().failures) == (1, failures)
        assert site.watch().next_at == now + HOUR
        site.fails(now + HOUR / 2)  # the run's own retry: before its time
        now += HOUR
    site.fails(now)
    assert (site.watch().step, site.watch().failures, site.watch().next_at) == (2, 0, now + DAY)
    assert site.told() == ["unchanged", *["unreachable"] * 5]
    site.shows(now + DAY)
    assert site.told()[-1] == "unchanged"
    assert site.watch().state == "online"


def test_a_failure_between_gone_and_back_hides_neither(site):
    site.shows(NOW)
    site.lacks(NOW + HOUR)
    site.fails(NOW + 7 * HOUR)
    site.shows(NOW + 8 * HOUR)
    assert site.told() == ["gone", "unreachable", "relisted"]


def test_a_run_killed_before_it_could_note_the_look_loses_nothing_and_doubles_nothing(site, db, site_id, run_id):
    site.shows(NOW)
    listings.write(db, site_id, run_id, [full("1", at=NOW + HOUR, body="出售猫头鹰,便宜了")])  # killed here
    listings.touch_all(db, site_id, run_id, [listings.Touch(["1"], NOW + 2 * HOUR, checked=True)])
    look = Look("1", NOW + 2 * HOUR, "page")
    site.note(look)
    site.note(look)
    assert site.told() == ["changed"]
    listings.mark_gone(db, site_id, run_id, "1", NOW + 3 * HOUR, "HTTP 404")  # killed here
    site.lacks(NOW + 4 * HOUR)
    assert site.told() == ["changed", "gone"]


def test_leads_of_older_versions_and_of_rescans_are_watched_from_where_they_would_stand(site, db, site_id, run_id):
    for key, age in (("new", HOUR / 2), ("days", 2 * DAY), ("ancient", 365 * DAY)):
        listings.write(db, site_id, run_id, [full(key, at=NOW - age)])
    assert watching.enrol(db, STEPS, NOW) == 3
    assert watching.enrol(db, STEPS, NOW + HOUR) == 0
    found = {one.url.rpartition("-")[2]: (one.step, one.next_at) for one in watching.upcoming(db, 10)}
    assert found == {
        "new": (0, NOW + HOUR / 2),
        "days": (3, NOW - 2 * DAY + HOUR + 6 * HOUR + DAY + 3 * DAY),
        "ancient": (4, NOW),
    }
    site.note(Look("ancient", NOW, "page"))
    assert watching.of_lead(db, 3).next_at is None, "one last look"
    assert watching.enrol(db, (), NOW) == 0


@pytest.mark.parametrize("status", ["dismissed", "lapsed"])
def test_a_lead_that_is_none_is_left_alone_and_a_confirmed_one_is_not(site, db, status):
    site.shows(NOW, "1")
    site.shows(NOW, "2")
    _decide(db, 1, status)
    _decide(db, 2, "confirmed")
    assert site.due(NOW + HOUR) == ["2"]
    assert set(watching.next_by_site(db, STEPS, NOW)) == {1}
    site.lacks(NOW + HOUR, "1")
    site.lacks(NOW + HOUR, "2")
    assert (site.told(1), site.told(2)) == ([], ["gone"])
    _decide(db, 1, "new")
    assert site.due(NOW + 2 * HOUR) == ["1"]


def test_a_person_can_end_a_watch_and_begin_it_again(site, db):
    site.shows(NOW)
    assert watching.stop(db, 1)
    assert watching.of_lead(db, 1).stopped
    assert watching.enrol(db, STEPS, NOW) == 0
    site.shows(NOW + 9 * HOUR, body="出售猫头鹰,便宜了")  # a crawl came by
    assert site.told() == ["changed"]
    assert site.due(NOW + 90 * DAY) == []
    assert watching.start(db, 1, STEPS, NOW + 90 * DAY)
    assert site.due(NOW + 90 * DAY) == ["1"]
    assert not watching.start(db, 99, STEPS, NOW)
    assert not watching.stop(db, 99)
    assert not watching.stop(db, 2**70)


def test_a_clock_that_jumped_back_mutes_no_watch(site, db):
    site.shows(NOW)
    wrong = NOW + 3000 * DAY
    site.shows(wrong)
    assert site.watch().next_at == wrong + 6 * HOUR
    assert site.due(NOW + HOUR) == ["1"]
    assert watching.next_by_site(db, STEPS, NOW + HOUR) == {1: NOW + HOUR}
    site.shows(NOW + 2 * HOUR)
    assert site.watch().next_at == NOW + 2 * HOUR + DAY
    assert site.due(NOW + HOUR + DAY) == [], "an hour back is no wrong clock"


def test_the_same_offer_under_a_new_key_is_told_of_the_old_lead(site, db):
    site.shows(NOW, "1", body="出售猫头鹰,活体,可送货上门,微信 demo_owl")
    site.shows(NOW, "2", body="出售画眉和猫头鹰羽毛标本,很多款式,欢迎挑选")
    site.lacks(NOW + HOUR, "1")
    site.shows(NOW + 2 * HOUR, "3", body="出售猫头鹰，活体，可送货上门！微信 demo_owl")
    site.shows(NOW + 3 * HOUR, "3", body="出售猫头鹰，活体，可送货上门！微信 demo_owl")
    seen = watching.visits(db, 1)
    assert [(one.outcome, one.other_lead_id) for one in seen] == [("gone", None), ("relisted", 3)]
    assert seen[1].reason.endswith("文字相同：线索 3")
    assert site.told(2) == []
    assert site.watch(1).state == "relisted"
    site.lacks(NOW + 7 * HOUR, "1")
    assert site.told(1)[-1] == "unchanged"


def test_an_offer_posted_again_before_the_old_page_is_found_missing_is_told_too(site, db):
    site.shows(NOW, "1", body="出售猫头鹰,活体,可送货上门,微信 demo_owl", contacts=())
    site.shows(NOW + HOUR / 2, "2", body="出售猫头鹰,活体,可送货上门,微信 demo_owl 在线", seller="另一个名字")
    site.shows(NOW + HOUR / 2, "3", body="出售猫头鹰,活体,可送货上门,微信 demo_owl", seller="旁人", contacts=())
    assert site.told(1) == []
    site.lacks(NOW + HOUR, "1")
    assert site.told(1) == ["gone"], "neither seller nor contact in common"
    site.shows(NOW + 2 * HOUR, "4", body="出售猫头鹰,活体,可送货上门,微信 demo_owl 999")
    assert [one.other_lead_id for one in watching.visits(db, 1)] == [None, 4]


def test_a_new_ad_met_after_the_old_one_was_last_seen_is_told_when_the_old_one_is_found_missing(site, db):
    words = {"body": "出售猫头鹰,活体,可送货上门,微信 demo_owl"}
    site.shows(NOW, "1", **words)
    site.shows(NOW, "2", **words)
    site.shows(NOW + HOUR / 4, "1", **words, price_text="2900元/只")
    site.begun = NOW + HOUR / 3  # the run takes its time: both stood there together
    site.shows(NOW + HOUR / 3, "4", **words)
    site.shows(NOW + HOUR / 2, "3", **words, price_text="100元/只")
    site.lacks(NOW + HOUR, "1")
    assert [(one.outcome, one.other_lead_id) for one in watching.visits(db, 1)] == [
        ("changed", None), ("gone", None), ("relisted", site.lead("3")),
    ]  # fmt: skip
    assert site.told(site.lead("2")) == []


def test_an_offer_marked_as_sold_that_comes_again_is_told(site, db):
    words = {"body": "出售猫头鹰,活体,可送货上门,微信 demo_owl"}
    site.shows(NOW, "1", **words)
    site.shows(NOW + HOUR, "1", **words, price_text="已售")
    site.shows(NOW + 2 * HOUR, "2", **words)
    assert [(one.outcome, one.other_lead_id) for one in watching.visits(db, 1)] == [
        ("sold", None), ("relisted", site.lead("2")),
    ]  # fmt: skip


def test_how_alike_two_texts_are():
    assert likeness("出售画眉 300元 13800001234", "出售画眉，500 元，13800005678") == 1.0
    assert likeness("", "") == 0.0
    assert likeness("画眉", "画眉鸟") == 0.0
    assert likeness("出售画眉鸟一只，活体，包邮，微信 demo_owl", "出售八哥鸟一只，活体，包邮，微信 demo_owl") < 0.8
    assert (
        likeness(
            "出售画眉鸟一只，活体，包邮，诚信交易，微信 demo_owl",
            "出售画眉鸟一只，活体，包邮，诚信交易，微信 demo_owl 急",
        )
        > 0.8
    )


@pytest.mark.parametrize(
    ("shown", "page", "outcome", "state"),
    [
        ("nothing", Page(was_gone=True), "unreachable", None),
        ("missing", Page(was_gone=False), "gone", "gone"),
        ("missing", Page(was_gone=True), "unchanged", None),
        ("page", Page(was_gone=False), "unchanged", None),
        ("page", Page(False, ("价格",)), "changed", "changed"),
        ("page", Page(False, ("标题",), None, "已售"), "sold", "sold"),
        ("page", Page(False, ("价格",), "已售", "已售"), "changed", "sold"),
        ("page", Page(False, ("标题",), "已售", None), "relisted", "relisted"),
        ("page", Page(was_gone=True), "relisted", "relisted"),
        ("page", Page(True, (), "已售", "已售"), "relisted", "sold"),
        ("page", Page(True, ("标题",), None, "已售"), "sold", "sold"),
    ],
)
def test_what_a_look_means(shown, page, outcome, state):
    found = judge(Look("1", NOW, shown, "原因"), page)
    assert (found.outcome, found.state) == (outcome, state)


def test_a_visit_names_the_capture_that_shows_what_it_saw(site, db, objects, site_id):
    site.shows(NOW)
    ((digest,),) = rows(db, "snapshots", "digest")
    first = _seal(db, objects, site_id, NOW, listing_digest=digest)
    site.shows(NOW + HOUR)
    site.lacks(NOW + 2 * HOUR)
    gone = _seal(db, objects, site_id, NOW + 7 * HOUR, outcome="gone")
    site.shows(NOW + 8 * HOUR)
    assert [one.capture_id for one in watching.visits(db, 1)] == [None, None, None], "the newest one shows no page"
    site.lacks(NOW + 9 * HOUR)
    back = _seal(db, objects, site_id, NOW + 10 * HOUR, listing_digest=digest)
    site.shows(NOW + 10 * HOUR)
    assert [one.capture_id for one in watching.visits(db, 1)] == [None, None, None, gone, back]
    assert first < gone < back


def _seal(db, objects, site_id, at, **facts):
    return sealing.seal(db, objects, draft(site_id, facts=facts, taken_at=at), actor="复查程序", now=at).id


def _decide(db, lead_id, status):
    with db.write() as connection:
        connection.execute(update(Lead).where(Lead.id == lead_id).values(status=status))


def test_looks_at_pages_that_are_no_leads_write_nothing(site, db, site_id, run_id):
    listings.write(db, site_id, run_id, [full("9", detection=detection("none"))])
    site.note(Look("9", NOW + HOUR, "page"), Look("unknown", NOW + HOUR, "missing"))
    with db.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM watches")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM visits")).scalar() == 0


@settings(max_examples=25, deadline=None)
@given(
    seen=st.lists(
        st.tuples(
            st.integers(min_value=1, max_value=400),
            st.sampled_from(["page", "other", "sold", "missing", "nothing"]),
        ),
        max_size=12,
    )
)
def test_whatever_happens_a_watch_is_never_muted_nor_restless(tmp_path_factory, sqlite_template, seen):
    path = tmp_path_factory.mktemp("law") / "wangdun.sqlite"
    shutil.copy(sqlite_template, path)
    db = Database.open(f"sqlite:///{path}")
    try:
        site_id = sites.register(db, "demo", "discuz", ["http://127.0.0.1/forum"], NOW)
        site = Site(db, site_id, begin(db, site_id, NOW))
        now = NOW
        site.shows(now)
        for hours, what in seen:
            now += hours * HOUR
            before = len(site.told())
            _happen(site, what, now)
            watch = site.watch()
            assert len(site.told()) <= before + 1
            assert watch.next_at is None or watch.next_at <= now + STEPS[min(watch.step, len(STEPS) - 1)]
            assert (watch.next_at is None) == (watch.step == len(STEPS))
            assert site.told()[before:] != ["unreachable"] or watch.next_at is None or watch.next_at > now
    finally:
        db.close()


def _happen(site, what, now):
    match what:
        case "missing":
            site.lacks(now)
        case "nothing":
            site.fails(now)
        case _:
            facts = {"page": {}, "other": {"body": f"出售猫头鹰,{now}"}, "sold": {"price_text": "已售"}}
            site.shows(now, **facts[what])
