"""The watch over leads' pages: real crawls of a board that changes, killed runs, the plan, and what people see."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.config import Site
from storage import runs, sites
from storage.config import StorageConfig
from storage.database import Database
from storage.evidence import captures, custody, warc
from storage.evidence.objects import Objects
from tests import warmed
from tests.crawling import Watch
from tests.wangdun.running import write_config
from wangdun.config import load
from wangdun.due import next_watch
from wangdun.exceptions import ConfigError
from wangdun.planning import plan, register, watch_due_sites

GEAR = {"title": "出售猎夹", "body": "大号捕兽夹，30元一个，加微信 demo_gear"}
SEEN = """SELECT v.outcome, v.reason FROM visits v JOIN leads d ON d.id = v.lead_id
          JOIN listings l ON l.id = d.listing_id WHERE l.key = ? ORDER BY v.id"""
ROUNDS = 5  # kills of watch runs
COUNT = 20
HOUR = timedelta(hours=1)


@pytest.fixture
def watch(site, tmp_path):
    """A board with one lead on it, read once."""
    site.control(fill=5, edit={"3": GEAR})
    made = Watch(tmp_path, f"{site.url}/board/", {"revisit": "10d"})
    assert made.run().status == "complete"
    assert made.rows("SELECT count(*) FROM watches") == [(1,)]
    site.control(clear_log=True)
    return made


def come_due(watch):
    """As if the next look at each page had been due long ago."""
    with closing(sqlite3.connect(watch.folder / "data" / "wangdun.sqlite", timeout=30)) as db:
        db.execute("UPDATE watches SET next_at = '2026-01-01 00:00:00.000000' WHERE next_at IS NOT NULL")
        db.commit()


def look(watch, site, **order):
    """A watch run after the board has changed; the pages that it asked for."""
    site.control(**order)
    site.control(clear_log=True)
    come_due(watch)
    ran = watch.run("--watch")
    assert ran.code == 0, ran.said
    return [path for path in site.paths() if path.startswith("/board")]


def told(watch, number=3):
    return watch.rows(SEEN, f"/board/item/{number}")


def outcomes(watch, number=3):
    return [outcome for outcome, _ in told(watch, number)]


def test_a_watch_run_tells_what_becomes_of_a_page_and_secures_it(site, watch):
    assert look(watch, site) == ["/board/item/3"], "neither lists nor other pages"
    assert look(watch, site, edit={"3": {"price": "25元"}}) == ["/board/item/3"]
    look(watch, site, edit={"3": {"title": "【已出】猎夹"}})
    look(watch, site, delete=[3])
    look(watch, site)
    look(watch, site, add=[{"id": 3, **GEAR, "price": "25元"}])
    assert told(watch) == [
        ("unchanged", ""),
        ("changed", "价格有改动"),
        ("sold", "标题标明“已出”，标题有改动"),
        ("gone", "HTTP 404"),
        ("unchanged", "页面仍不存在：HTTP 404"),
        ("relisted", "页面重新出现，标题有改动"),
    ]
    named = watch.rows("SELECT capture_id FROM visits ORDER BY id")
    assert [capture is not None for (capture,) in named] == [False, True, True, True, False, True]
    with _opened(watch) as (db, objects):
        kept = [captures.get(db, capture) for (capture,) in named if capture]
        assert {one.cause for one in kept} == {"watch"}
        statuses = [_status(objects, one) for one in kept]
        actors = {one.actor for one in custody.entries(db) if one.capture_id in {one.id for one in kept}}
    assert statuses == ["200", "200", "404", "200"]
    assert actors == {"复查程序"}
    jobs = watch.rows("SELECT cause FROM capture_jobs WHERE key = '/board/item/3' ORDER BY id")
    assert [cause for (cause,) in jobs] == ["crawl", "watch", "watch", "watch"], "first seen, changed, sold, back"


class _opened:  # noqa: N801 -- read as a verb
    def __init__(self, watch):
        self.config = StorageConfig(data_dir=watch.folder / "data")

    def __enter__(self):
        self.db = Database.open(self.config)
        return self.db, Objects.of(self.config)

    def __exit__(self, *_):
        self.db.close()


def _status(objects, capture):
    (file,) = (one for one in capture.files if one.role == "warc")
    told = json.loads(warc.read_metadata(objects.read(file.sha256)))
    return str(told["exchanges"][-1]["status"]) if "exchanges" in told else str(told)


def test_a_watch_run_counts_for_nothing_else(site, watch):
    with _opened(watch) as (db, _):
        site_id = sites.find(db, "b")
        before = (runs.last(db, site_id), runs.walk_was_complete(db, site_id))
        runs.request_now(db, "b", datetime.now(UTC))
    site.control(delay={"item": 0})
    look(watch, site, edit={"3": {"price": "25元"}})
    with _opened(watch) as (db, _):
        assert (runs.last(db, site_id), runs.walk_was_complete(db, site_id)) == before
        assert runs.last_good(db, site_id, 5) == [before[0]]
        assert runs.requests(db) == ["b"], "somebody wants the lists read"
        assert sites.overview(db)[0].last_run == before[0]
        assert runs.last_id(db, site_id) == before[0].id + 1
    assert watch.rows("SELECT trigger, status, complete_walk FROM runs ORDER BY id DESC LIMIT 1") == [
        ("watch", "complete", 0)
    ]
    watch.keys["expect"] = {"listings": [3, None]}
    assert look(watch, site) == ["/board/item/3"], "no lists, and none expected"


def test_the_stop_at_known_pages_is_not_confused(site, tmp_path):
    site.control(fill=60, edit={"3": GEAR})
    watch = Watch(tmp_path, f"{site.url}/board/", {"revisit": "10d"})
    watch.run()
    look(watch, site, edit={"3": {"body": "大号捕兽夹，只剩两个，加微信 demo_gear"}})
    site.control(clear_log=True)
    assert watch.run().status == "complete"
    assert [path for path in site.paths() if path.startswith("/board")] == ["/board/"], "nothing new on the first page"


def test_an_ordinary_run_looks_at_watched_pages_too(site, watch):
    site.control(edit={"3": {"body": "大号捕兽夹，20元一个，加微信 demo_gear"}})
    watch.run()
    assert "/board/item/3" not in site.paths(), "not due, and the list shows nothing"
    come_due(watch)
    watch.run()
    assert site.paths().count("/board/item/3") == 1
    assert outcomes(watch) == ["changed"]
    assert watch.rows("SELECT cause FROM captures WHERE kind = 'page' ORDER BY id DESC LIMIT 1") == [("watch",)]


def test_a_change_that_the_list_shows_is_told_at_once(site, watch):
    site.control(edit={"3": {"price": "20元"}})
    watch.run()
    assert outcomes(watch) == ["changed"]
    site.control(delete=[3])
    watch.run()
    assert outcomes(watch) == ["changed", "gone"]


def test_a_watched_page_is_asked_for_without_conditions(site, tmp_path):
    site.control(fill=3, edit={"3": GEAR})
    watch = Watch(tmp_path, f"{site.url}/board304/", {"revisit": "10d"})
    watch.run()
    assert look(watch, site) == ["/board304/item/3"]
    assert all("If-None-Match" not in entry["headers"] for entry in site.log())
    assert outcomes(watch, 3) == []
    assert watch.rows("SELECT outcome FROM visits") == [("unchanged",)]


@pytest.mark.parametrize("gone_as", ["410", "soft", "home"])
def test_however_the_board_says_that_it_is_gone(site, watch, gone_as):
    look(watch, site, delete=[3], gone_as=gone_as)
    assert outcomes(watch) == ["gone"]
    assert watch.rows("SELECT count(*) FROM visits WHERE capture_id IS NOT NULL") == [(1,)]


def test_the_same_ad_under_a_new_number_is_told_of_the_old_one(site, watch):
    look(watch, site, delete=[3])
    site.control(add=[{"id": 9, **GEAR, "seller": "卖家3", "price": "28元", "contact": "13800000003"}])
    watch.run()
    (lead,) = watch.rows(
        "SELECT d.id FROM leads d JOIN listings l ON l.id = d.listing_id WHERE l.key = '/board/item/9'"
    )
    assert watch.rows("SELECT outcome, other_lead_id FROM visits ORDER BY id") == [("gone", None), ("relisted", *lead)]


def test_what_cannot_be_reached_is_tried_again_soon(site, watch):
    site.control(fail={"3": 500})
    site.control(clear_log=True)
    come_due(watch)
    watch.run("--watch")
    assert [outcome for outcome, _ in told(watch)] == ["unreachable"]
    ((step, failures, next_at),) = watch.rows("SELECT step, failures, next_at FROM watches")
    assert (step, failures) == (0, 1)
    wait = datetime.fromisoformat(next_at).replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(minutes=50) < wait <= HOUR
    look(watch, site, fail={"3": None})
    assert outcomes(watch) == ["unreachable", "unchanged"]


def test_robots_hold_for_watched_pages(site, watch):
    site.control(robots="deny-items", clear_log=True)
    come_due(watch)
    watch.run("--watch")
    assert site.paths() == ["/robots.txt"]
    assert told(watch) == [("unreachable", "robots.txt 不允许访问")]


def test_kills_of_watch_runs_lose_nothing_and_double_no_visit(site, tmp_path):
    numbers = range(1, COUNT + 1)
    site.control(fill=COUNT, edit={str(number): {**GEAR, "title": f"出售猎夹 {number}"} for number in numbers})
    watch = Watch(tmp_path, f"{site.url}/board/", {"revisit": "10d"})
    watch.run()
    assert watch.rows("SELECT count(*) FROM watches") == [(COUNT,)]
    price = {str(number): {"price": "5元"} for number in numbers if number % 2}
    site.control(edit=price, delete=[number for number in numbers if not number % 2], delay={"item": 0.02})
    come_due(watch)
    moments = random.Random(20261122)
    for _ in range(ROUNDS):
        timer = f"import os, threading; threading.Timer({moments.uniform(0.3, 2.0)}, os.kill, (os.getpid(), 9)).start()"
        if watch.run("--watch", before=timer).code != -signal.SIGKILL:
            break  # it was done before it was killed
        assert watch.rows("PRAGMA integrity_check") == [("ok",)]
    come_due(watch)
    assert watch.run("--watch").status == "complete"
    for number in numbers:
        expected = "changed" if number % 2 else "gone"
        seen = [outcome for outcome in outcomes(watch, number) if outcome != "unchanged"]
        assert seen == [expected], number
    bare = "SELECT count(*) FROM visits WHERE outcome <> 'unchanged' AND capture_id IS NULL"
    assert watch.rows(bare) == [(0,)], "each has its evidence"


# when a watch run begins

NOW = datetime(2026, 3, 5, 4, tzinfo=UTC)  # noon in China
CHINA = ZoneInfo("Asia/Shanghai")


def a_site(**facts):
    return Site(name="a", start="http://127.0.0.1:9/", **facts)


def test_a_watch_run_respects_quiet_hours_campaigns_and_its_own_pause():
    due = NOW - HOUR
    daily = a_site(every="1d")
    assert next_watch(daily, due, None, NOW, CHINA) == NOW
    assert next_watch(daily, NOW + HOUR, None, NOW, CHINA) == NOW + HOUR
    assert next_watch(daily, due, NOW - HOUR / 12, NOW, CHINA) == NOW + HOUR / 6
    assert next_watch(daily, due, NOW - HOUR / 12, NOW, CHINA, failed=True) == NOW + HOUR * 11 / 12
    assert next_watch(daily, due, NOW + timedelta(days=300), NOW, CHINA) == NOW, "a wrong clock's run"
    assert next_watch(a_site(every="1d", quiet="11:00-14:00"), due, None, NOW, CHINA) == NOW + 2 * HOUR
    over = {"from": "2026-01-01", "to": "2026-02-01"}
    assert next_watch(a_site(every="1d", active=over), due, None, NOW, CHINA) is None
    assert next_watch(a_site(), due, None, NOW, CHINA) is None, "a site that is never started by the schedule"
    assert next_watch(a_site(every="1d", enabled=False), due, None, NOW, CHINA) is None


def test_only_where_the_next_crawl_comes_later(site, watch):
    watch.keys["every"] = "1d"
    config = load(watch.config)
    with _opened(watch) as (db, _):
        now = datetime.now(UTC)
        known = register(config, db, now)
        (one,) = plan(config, db, known, now)
        assert now + HOUR / 2 < one.watch <= now + HOUR
        assert watch_due_sites(config, db, now) == []
        assert watch_due_sites(config, db, now + 2 * HOUR) == ["b"]
        assert watch_due_sites(config, db, now + 25 * HOUR) == [], "the crawl itself is due and does it"
        watch.keys["every"] = "30m"
        assert plan(load(watch.config), db, known, now)[0].watch is None
        watch.keys |= {"every": "1d", "limits": {"checks": 0}}
        assert plan(load(watch.config), db, known, now)[0].watch is None
        watch.keys.pop("limits")
        watch.crawler["watch"] = []
        assert plan(load(watch.config), db, known, now)[0].watch is None


# what people see


def ask(watch, *args):
    done = warmed.wangdun(*args, "--config", str(watch.config), cwd=watch.folder)
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def test_people_see_on_the_lead_what_became_of_its_page(site, watch):
    code, shown = ask(watch, "leads", "show", "1")
    assert (code, "网页现状" in shown, "尚未复查" in shown) == (0, True, True)
    assert "复查记录" not in shown
    look(watch, site, edit={"3": {"title": "【已出】猎夹"}})
    _, shown = ask(watch, "leads", "list")
    assert "〔已售〕" in shown
    look(watch, site, delete=[3])
    assert "〔已下架〕" in ask(watch, "leads", "list")[1]
    _, shown = ask(watch, "leads", "show", "1")
    for words in ("复查记录", "标题标明“已出”", "HTTP 404", "下次复查", "已下架（"):
        assert words in shown
    facts = json.loads(ask(watch, "leads", "show", "1", "--json")[1])
    assert [(one["outcome"], one["capture_id"] is not None) for one in facts["visits"]] == [
        ("sold", True),
        ("gone", True),
    ]
    assert facts["page_state"] == "gone"


def test_the_commands_of_the_watch(site, watch):
    listed = json.loads(ask(watch, "watch", "list", "--json")[1])
    assert [(one["lead"], one["site"], one["state"]) for one in listed] == [(1, "b", None)]
    assert "没有到时间的复查" in ask(watch, "watch", "due")[1]
    come_due(watch)
    assert "/board/item/3" in ask(watch, "watch", "due")[1]
    assert ask(watch, "watch", "stop", "1") == (0, "线索 1 已停止复查\n")
    assert "已经停止" in ask(watch, "watch", "stop", "1")[1]
    assert "没有要复查的线索" in ask(watch, "watch", "list")[1]
    assert "已由人停止" in ask(watch, "leads", "show", "1")[1]
    assert ask(watch, "watch", "start", "1", "--json")[0] == 0
    assert len(json.loads(ask(watch, "watch", "due", "--json")[1])) == 1
    assert ask(watch, "watch", "stop", "99")[0] == 2
    assert ask(watch, "watch", "start", "99")[0] == 2
    assert ask(watch, "watch", "list", "--site", "没有")[0] == 2
    code, shown = ask(watch, "crawl", "--watch", "--json")
    assert (code, json.loads(shown)) == (0, []), "a site without every or cron is looked at when named"
    code, shown = ask(watch, "crawl", "b", "--watch", "--json")
    assert (code, json.loads(shown)[0]["status"]) == (0, "complete")
    assert outcomes(watch) == ["unchanged"]


def test_the_schedule_of_the_watch_is_configured(tmp_path):
    path = write_config(tmp_path, '- {name: a, start: "http://127.0.0.1:9/"}')
    plain = path.read_text(encoding="utf-8")
    assert (len(load(path).crawler.watch), load(path).crawler.watch[0]) == (8, HOUR)
    path.write_text(plain.replace("crawler:\n", "crawler:\n  watch: [2h, 1w]\n"), encoding="utf-8")
    assert load(path).crawler.watch == (2 * HOUR, timedelta(weeks=1))
    for wrong, told in (("[1h, 999999w]", "最长 520w"), ("[soon]", "时间间隔应写成"), ("[0h]", "必须大于零")):
        path.write_text(plain.replace("crawler:\n", f"crawler:\n  watch: {wrong}\n"), encoding="utf-8")
        with pytest.raises(ConfigError, match=told):
            load(path)
