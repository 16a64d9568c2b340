"""Whole crawls of a board that changes between and during the runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from tests.crawling import LIST, Watch
from tests.site.fixture import serve

DAY = "1d"


def pages_of(site):
    """Requested pages, without robots.txt and hits' pictures, and a clean log."""
    paths = [path for path in site.paths() if path not in {"/robots.txt", "/picture.png"}]
    site.control(clear_log=True)
    return paths


def items(*numbers, board="board"):
    return {f"/{board}/item/{number}" for number in numbers}


def history(watch, number):
    """Titles and prices of all versions, and the events."""
    key = f"/board/item/{number}"
    versions = "SELECT s.title, s.price_text FROM snapshots s JOIN listings l ON l.id = listing_id WHERE l.key = ?"
    events = "SELECT e.kind FROM events e JOIN listings l ON l.id = e.listing_id WHERE l.key = ?"
    return watch.rows(f"{versions} ORDER BY s.number", key), [kind for (kind,) in watch.rows(events, key)]


def test_only_what_changed_is_fetched_and_stored(site, tmp_path):
    """One board through six runs."""
    site.control(fill=45)
    watch = Watch(tmp_path, f"{site.url}/board/", {"list": {**LIST, "order": "none"}, "revisit": DAY})
    lists = ["/board/", "/board/?page=2", "/board/?page=3"]

    first = watch.run()
    assert (first.code, first.status, first.tally["listings_new"]) == (0, "complete", 45)
    assert set(pages_of(site)) == {*lists, *items(*range(1, 46))}
    assert watch.titles() == [f"第{number}号 闲置转让" for number in sorted(range(1, 46), key=str)]

    second = watch.run()
    assert (second.status, second.tally["listings_seen"], second.tally["listings_new"]) == ("complete", 45, 0)
    assert pages_of(site) == lists, "nothing moved, so only the lists are read"
    assert watch.rows("SELECT count(*) FROM snapshots") == [(45,)]

    site.control(edit={"3": {"title": "出售猎夹"}, "44": {"price": "9元"}, "7": {"body": "改了正文，列表上看不出"}})
    third = watch.run()
    assert set(pages_of(site)) == {*lists, *items(3, 44)}, "the list shows two of the three changes"
    assert third.tally["listings_changed"] == 2
    assert history(watch, 3) == ([("第3号 闲置转让", "103元"), ("出售猎夹", "103元")], [])
    assert history(watch, 44)[0] == [("第44号 闲置转让", "144元"), ("第44号 闲置转让", "9元")]
    hits = "SELECT h.term FROM hits h JOIN detections d ON d.id = h.detection_id JOIN snapshots s ON s.id = snapshot_id"
    assert ("猎夹",) in watch.rows(f"{hits} WHERE s.title = '出售猎夹'")

    site.control(delete=[10], add=[{"id": 60, "title": "新的一条"}])
    watch.grow_old()
    fourth = watch.run()
    assert set(pages_of(site)) == {*lists, *items(*range(1, 46), 60)}, "every known page was looked at again"
    assert (fourth.tally["listings_new"], fourth.tally["listings_changed"], fourth.tally["listings_gone"]) == (1, 1, 1)
    body = "SELECT s.body FROM snapshots s JOIN listings l ON l.id = listing_id WHERE l.key = '/board/item/7'"
    assert watch.rows(f"{body} AND s.number = 2") == [("改了正文，列表上看不出",)]
    ((gone_at,),) = watch.rows("SELECT gone_at FROM listings WHERE key = '/board/item/10'")
    assert abs(datetime.fromisoformat(gone_at).replace(tzinfo=UTC) - datetime.now(UTC)) < timedelta(minutes=5)

    site.control(add=[{"id": 10, "title": "第10号 闲置转让"}])
    fifth = watch.run()
    assert fifth.tally["listings_back"] == 1
    assert set(pages_of(site)) == {*lists, *items(10)}
    assert history(watch, 10)[1] == ["gone", "back"]
    assert watch.rows("SELECT count(*), count(DISTINCT key), count(gone_at) FROM listings") == [(46, 46, 0)]


@pytest.mark.parametrize("gone_as", ["410", "soft", "home"])
def test_what_is_gone_is_noticed_however_the_board_says_so(site, tmp_path, gone_as):
    site.control(fill=5)
    watch = Watch(tmp_path, f"{site.url}/board/")
    watch.run()
    site.control(delete=[2], gone_as=gone_as, clear_log=True)
    second = watch.run()
    assert (second.status, second.tally["listings_gone"]) == ("complete", 1)
    assert set(pages_of(site)) - {"/"} == {"/board/", *items(2)}, "the one that left the list is looked at, no other"
    assert [kind for (kind,) in watch.rows("SELECT kind FROM events")] == ["gone"]


def test_an_unmodified_page_is_not_sent_again(site, tmp_path):
    site.control(fill=3)
    watch = Watch(tmp_path, f"{site.url}/board304/", {"revisit": DAY})
    watch.run()
    watch.grow_old()
    site.control(clear_log=True, edit={"2": {"body": "换了说法"}})
    second = watch.run()
    asked = {entry["path"]: entry["headers"].get("If-None-Match") for entry in site.log()}
    assert set(asked) == {"/robots.txt", "/board304/", *items(1, 2, 3, board="board304")}
    assert all(asked[path] for path in items(1, 2, 3, board="board304"))
    assert (second.tally["listings_unchanged"], second.tally["listings_changed"]) == (2, 1)
    assert watch.rows("SELECT count(*) FROM snapshots") == [(4,)]


def test_a_known_page_ends_the_walk_only_after_a_complete_run(site, tmp_path):
    site.control(fill=100, fail={"list:3": 500, "90": {"how": 500, "times": 1}})
    watch = Watch(tmp_path, f"{site.url}/board/", {"revisit": DAY})
    broken = watch.run()
    assert (broken.code, broken.status, broken.tally["listings_new"]) == (1, "failed", 39)
    assert "列表页读取失败：服务器内部错误（500）" in broken.reasons
    site.control(fail={"list:3": None}, clear_log=True)
    mended = watch.run()
    assert (mended.status, mended.tally["listings_new"]) == ("complete", 61)
    assert set(pages_of(site)) == {
        "/board/", *(f"/board/?page={page}" for page in range(2, 6)), *items(*range(1, 61), 90),
    }  # fmt: skip
    watch.run()
    assert pages_of(site) == ["/board/"], "the first page holds nothing new"
    site.control(add=[{"id": 101}], edit={"20": {"title": "改了题目，不在首页"}})
    watch.run()
    assert set(pages_of(site)) == {"/board/", "/board/?page=2", *items(101)}
    assert watch.rows("SELECT count(*), count(DISTINCT key) FROM listings") == [(101, 101)]


def test_a_new_item_below_answered_old_ones_is_found(site, tmp_path):
    site.control(fill=60, sort="replied")
    watch = Watch(tmp_path, f"{site.url}/board/", {"list": {**LIST, "order": "replied"}, "revisit": DAY})
    assert watch.run().tally["listings_new"] == 60
    answered = {str(number): {"replied": f"2027-01-01 10:{number:02d}"} for number in range(30, 55)}
    site.control(edit=answered, add=[{"id": 61, "replied": "2027-01-01 09:00"}], clear_log=True)
    second = watch.run()
    assert second.tally["listings_new"] == 1, "the first page was all known, yet the walk went on"
    assert set(pages_of(site)) == {"/board/", "/board/?page=2", "/board/?page=3", *items(61)}
    watch.run()
    assert pages_of(site) == ["/board/"]


def test_a_board_that_shifts_while_it_is_read_is_stored_once(site, tmp_path):
    site.control(fill=90, sort="replied", shift=True, delay={"list": 0.01})
    watch = Watch(tmp_path, f"{site.url}/board/", {"list": {**LIST, "order": "replied"}})
    assert watch.run().status == "complete"
    site.control(shift=False)
    watch.run()
    stored = watch.rows("SELECT count(*), count(DISTINCT key), max(snapshot_number) FROM listings")
    assert stored == [(90, 90, 1)]
    assert watch.rows("SELECT count(*) FROM snapshots") == [(90,)]


def test_traps_and_limits(site, tmp_path):
    start = [f"{site.url}/calendar", f"{site.url}/list?to=/ok&next=/list%3Fto%3D/ok%26next%3D/list"]
    watch = Watch(tmp_path, start, {"limits": {"pages": 8, "items": 50, "depth": 5, "checks": 5}})
    ran = watch.run()
    paths = pages_of(site)
    assert len([path for path in paths if path.startswith("/calendar?") or path == "/calendar"]) == 5, "depth"
    assert len([path for path in paths if path.startswith(("/calendar/day", "/ok"))]) == 50
    assert ran.status == "partial"
    assert "信息页数达到上限" in ran.reasons
    assert "列表页数达到上限" in ran.reasons


def test_session_numbers_do_not_multiply_listings(site, tmp_path):
    watch = Watch(tmp_path, f"{site.url}/session-trap", {"drop": ["sid"]})
    first = watch.run()
    assert (first.code, first.tally["listings_new"], first.tally["extra"]["pages_list"] <= 4) == (0, 20, True)
    assert "循环翻页" in first.reasons
    assert watch.rows("SELECT count(*) FROM listings WHERE url LIKE '%sid%'") == [(0,)]
    blind = Watch(tmp_path / "blind", f"{site.url}/session-trap")
    blind.folder.mkdir()
    assert blind.run().tally["listings_new"] == 20, "the same titles are the same page, whatever the links say"


def test_pages_that_fail_for_ever_do_not_keep_others_from_being_looked_at(site, tmp_path):
    site.control(fill=12)
    watch = Watch(tmp_path, f"{site.url}/board/")
    watch.run()
    limits = {"pages": 5, "items": 50, "depth": 5, "checks": 6}
    watch.keys = {"limits": limits}
    site.control(fail={str(number): 403 for number in range(1, 5)}, edit={"9": {"body": "改了"}})
    for _ in range(20):  # six of at most twelve are drawn each time: it takes two draws, and once in a million twenty
        watch.grow_old()
        if watch.run().tally["listings_changed"]:
            break
    else:
        pytest.fail("item 9 was never looked at")


def test_a_wall_on_a_later_list_page_is_no_end_of_the_list(tmp_path):
    with serve() as site:
        site.control(reset=True, fill=45)
        site.control(fail={"list:2": "captcha"})
        watch = Watch(tmp_path, f"{site.url}/board/")
        walled = watch.run()
        assert (walled.code, walled.status) == (1, "failed")
        assert "验证码" in walled.reasons
        assert watch.rows("select count(*) from listings") == [(20,)]
        site.control(fail={"list:2": None})
        assert watch.run().status == "complete", "the first run did not arm the known-page rule"
        assert watch.rows("select count(*) from listings") == [(45,)]


def test_a_list_whose_rows_are_all_elsewhere_is_said_so(tmp_path):
    with serve() as site:
        elsewhere = quote(site.url.replace("127.0.0.1", "localhost") + "/ok", safe="")
        ran = Watch(tmp_path, f"{site.url}/list?to={elsewhere}").run()
        assert (ran.code, ran.status) == (1, "failed")
        assert "都在另一主机（localhost）" in ran.reasons
        assert ran.tally["listings_new"] == 0


def test_two_lists_that_overlap_are_both_read_to_their_end(tmp_path):
    with serve() as site:
        site.control(reset=True, fill=100)
        site.control(clear_log=True)
        # the second list shows the same rows on all its five pages
        watch = Watch(tmp_path, [f"{site.url}/board/", f"{site.url}/board/?sorted=1"])
        ran = watch.run()
        assert "疑为循环翻页" not in ran.reasons
        assert ran.status == "complete"
        assert watch.rows("select count(*) from listings") == [(100,)]
