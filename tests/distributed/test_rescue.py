"""Jobs of dead workers come back, once; those of living ones stay where they are."""

from __future__ import annotations

import asyncio

import psycopg
import pytest

from wangdun.distributed.app import defer, jobs_app, opened
from wangdun.distributed.rescue import Rescue

SECONDS = 5.0
DEAD = "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour' WHERE id = %s"


@pytest.fixture
def queue(config):
    """The engine, asked from this thread."""
    with opened(config) as app:
        yield app


def jobs(config):
    with psycopg.connect(config.storage.url, options="-c search_path=wangdun_jobs") as connection:
        query = "SELECT lock, status::text, attempts FROM procrastinate_jobs ORDER BY id"
        return connection.execute(query).fetchall()


def run(config, *steps, watch=None):
    """Register a worker, let it take a job, then take the steps with the engine and its id."""

    async def go():
        app = jobs_app(config)
        async with app.open_async():
            worker = await app.job_manager.register_worker()
            job = await app.job_manager.fetch_job(["work"], worker)
            rescue = Rescue(app, SECONDS)
            if watch:
                rescue.running.add(job.id)
            return [await step(app, rescue, worker) for step in steps]

    return asyncio.run(go())


async def die(app, _rescue, worker):
    async with app.connector.pool.connection() as connection:
        await connection.execute("SELECT pg_sleep(0)")
        await connection.execute(DEAD, (worker,))


async def look(_app, rescue, worker):
    return await rescue.look([worker])


async def look_as_another(app, _rescue, _worker):
    return await Rescue(app, SECONDS).look([])


@pytest.fixture(autouse=True)
def an_old_server(monkeypatch):
    """A server that has been up for long: right after its start nobody is dead."""
    from wangdun.distributed import rescue

    old = rescue.STALLED.replace("pg_postmaster_start_time()", "timestamptz '2020-01-01'")
    assert old != rescue.STALLED
    monkeypatch.setattr(rescue, "STALLED", old)


def test_a_dead_workers_job_is_back_once(config, queue):
    defer(queue, "crawl", lock="site:a", queueing_lock="site:a", site="a")
    assert run(config, die, look_as_another, look_as_another) == [None, 1, 0]
    assert jobs(config) == [("site:a", "todo", 1)]


def test_a_living_workers_job_stays(config, queue):
    defer(queue, "crawl", lock="site:a", queueing_lock="site:a", site="a")
    assert run(config, look_as_another, look, look, watch=True) == [0, 0, 0]
    assert jobs(config) == [("site:a", "doing", 0)]


def test_a_job_whose_answer_was_lost_is_back_at_the_second_look(config, queue):
    defer(queue, "crawl", lock="site:a", queueing_lock="site:a", site="a")
    assert run(config, look, look) == [0, 1]
    assert jobs(config) == [("site:a", "todo", 1)]


def test_where_the_site_waits_for_a_turn_already_the_dead_workers_job_goes(config, queue):
    defer(queue, "crawl", lock="site:a", queueing_lock="site:a", site="a")

    async def again(app, _rescue, _worker):
        await app.configure_task("crawl", lock="site:a", queueing_lock="site:a").defer_async(site="a")

    assert run(config, again, die, look_as_another)[2] == 0
    assert jobs(config) == [("site:a", "todo", 0)]


def test_right_after_the_servers_start_nobody_is_dead(config, queue, monkeypatch):
    from wangdun.distributed import rescue

    young = rescue.STALLED.replace("timestamptz '2020-01-01'", "now()")
    monkeypatch.setattr(rescue, "STALLED", young)
    defer(queue, "crawl", lock="site:a", queueing_lock="site:a", site="a")
    assert run(config, die, look_as_another) == [None, 0]
