"""The regular jobs: each minute once, what people ask for first, nothing twice in the queue."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from storage import runs, sites
from storage.records import RunTally
from wangdun.children import Children
from wangdun.distributed import crawling, duties
from wangdun.distributed.app import ASKED, PLANNED, jobs_app
from wangdun.distributed.station import Postponed, Station

MINUTE = int(time.time()) // 60 * 60


def jobs(config):
    with psycopg.connect(config.storage.url, options="-c search_path=wangdun_jobs") as connection:
        query = "SELECT task_name, lock, priority, scheduled_at IS NULL FROM procrastinate_jobs ORDER BY id"
        return connection.execute(query).fetchall()


def empty(config):
    with psycopg.connect(config.storage.url, options="-c search_path=wangdun_jobs") as connection:
        connection.execute("DELETE FROM procrastinate_jobs")


def at_work(config, db, *steps):
    """Do the steps at a worker's station."""

    async def go():
        app = jobs_app(config)
        async with app.open_async():
            at = Station(config, db, app, "one", Children())
            return [await step(at) for step in steps]

    return asyncio.run(go())


def tick(minute):
    return lambda at: duties._tick(at, minute)


def later(site):
    return lambda at: crawling._queue(crawling.turn(at.app, site, after=600), site=site)


def record(db, name, status, started=None, trigger="schedule"):
    now = started or datetime.now(UTC)
    site_id = sites.register(db, name, "generic", [f"http://127.0.0.1:9/{name}"], now)
    facts = {"pid": 1, "lexicon_version": "v", "config_hash": "c", "trigger": trigger}
    run_id = runs.start(db, site_id, now=now, **facts)
    if status != "running":
        runs.finish(db, run_id, now=now, status=status, reason="", tally=RunTally(), complete_walk=True)


def test_a_minute_is_seen_to_once_and_an_earlier_one_never_after_it(config, db):
    at_work(config, db, tick(MINUTE))
    due = jobs(config)
    assert due == [("crawl", "site:a", PLANNED, True), ("crawl", "site:b", PLANNED, True)]
    empty(config)
    at_work(config, db, tick(MINUTE), tick(MINUTE - 60))
    assert jobs(config) == []
    at_work(config, db, tick(MINUTE + 30))
    assert jobs(config) == due


def test_what_waits_is_not_queued_again(config, db):
    at_work(config, db, tick(MINUTE), tick(MINUTE + 30))
    assert len(jobs(config)) == 2


def test_what_is_not_due_is_not_queued(config, db):
    record(db, "a", "complete")
    record(db, "b", "failed")  # ill, not dead: its next time is the usual one
    at_work(config, db, tick(MINUTE))
    assert jobs(config) == []


def test_a_run_that_died_is_due_at_once_until_it_has_died_too_often(config, db):
    record(db, "a", "complete")
    record(db, "b", "running")
    at_work(config, db, tick(MINUTE))
    assert [job[1] for job in jobs(config)] == ["site:b"]
    for _ in range(3):
        record(db, "b", "running")
    empty(config)
    at_work(config, db, tick(MINUTE + 30))
    assert jobs(config) == []


def test_who_is_asked_for_goes_first_even_where_it_was_put_off(config, db):
    runs.request_now(db, "b", datetime.now(UTC))
    runs.request_now(db, "nobody", datetime.now(UTC))
    at_work(config, db, later("b"), tick(MINUTE), duties.pick_up_requests, duties.pick_up_requests)
    assert sorted(jobs(config)) == [("crawl", "site:a", PLANNED, True), ("crawl", "site:b", ASKED, True)]


def test_a_mistake_in_the_settings_stops_this_worker_alone(config, db):
    good = config.path.read_text()

    async def break_it(_at):
        config.path.write_text("crawler: [")

    async def try_it(at):
        with pytest.raises(Postponed, match=r"config\.yaml 有错"):
            await asyncio.to_thread(crawling._refuse, at, "a", 0)
        return at.note

    async def mend_it(at):
        config.path.write_text(good)
        await asyncio.to_thread(crawling._refuse, at, "a", 0)
        return at.note

    _, note, after = at_work(config, db, break_it, try_it, mend_it)
    assert "config.yaml 有错" in note
    assert after == ""


def test_a_site_that_only_others_know_is_left_to_them(config, db):
    async def try_it(at):
        with pytest.raises(Postponed, match="没有这个站点"):
            await asyncio.to_thread(crawling._refuse, at, "c", 0)

    at_work(config, db, try_it)


def test_a_turn_does_what_the_site_is_due_for_when_it_comes(config, db):
    async def wanted(at):
        await asyncio.to_thread(at.fresh)
        return await asyncio.to_thread(crawling._wanted, at, "a", 0)

    assert at_work(config, db, wanted) == [[]]  # never crawled
    record(db, "a", "complete")
    assert at_work(config, db, wanted) == [None]
    runs.request_now(db, "a", datetime.now(UTC))
    assert at_work(config, db, wanted) == [[]]


def test_how_a_run_ended_is_what_its_row_says(config, db):
    async def judge(at):
        await asyncio.to_thread(at.fresh)
        try:
            await asyncio.to_thread(crawling._judge, at, "a", None, -9)
        except Postponed as error:
            return error.seconds
        return None

    long_ago = datetime.now(UTC) - timedelta(hours=5)
    assert at_work(config, db, judge) == [crawling.NOT_STARTED]
    seconds = []
    for _ in range(5):
        record(db, "a", "running", long_ago)
        seconds += at_work(config, db, judge)
    assert seconds == [5, 15, 45, None, None]  # then it waits for the next regular time
    record(db, "a", "failed")
    assert at_work(config, db, judge) == [None]


def test_a_wrong_clock_decides_nothing(config, db, monkeypatch):
    at_work(config, db, tick(MINUTE + 3600))  # a minute to come, which a worker with such a clock put into the queue
    assert jobs(config) == []
    with monkeypatch.context() as patched:
        patched.setattr(Station, "now", lambda _self: datetime.now(UTC) + timedelta(minutes=5))
        at_work(config, db, tick(MINUTE))
    assert jobs(config) == []
    at_work(config, db, tick(MINUTE))
    assert len(jobs(config)) == 2
