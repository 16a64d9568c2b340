"""One site read by several real processes together: kills, a Redis that goes away, politeness, the end of the run."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import pytest

from tests import services
from tests.crawling import LIST, Watch, read
from tests.wangdun.running import environment

KILLS = 20
SEED = 20261122
ITEMS = 400
# leases of a second instead of twenty, so that the scenario does not wait for the dead; nothing else differs
WORKER = (
    "import sys\nimport crawler.frontier.shared as shared\nshared.LEASE = 1500\n"
    "from wangdun.worker import main\nsys.exit(main(sys.argv[1:]))"
)


@pytest.fixture(scope="module")
def server():
    with services.redis() as running:
        yield running


@dataclass
class Crew:
    """Processes that crawl the site of `watch` together."""

    watch: Watch

    def __post_init__(self):
        self.watch._take_database()
        self.command = [sys.executable, "-c", WORKER, *self.watch.command[3:]]
        self.processes = []

    def hire(self):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = subprocess.Popen(self.command, cwd=self.watch.folder, env=environment(), **pipes)
        self.processes.append(process)
        return process

    def kill(self, process):
        process.kill()
        process.communicate()
        self.processes.remove(process)

    def results(self):
        told = [(process, process.communicate()) for process in self.processes]
        return [read(process.returncode, *said) for process, said in told]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.communicate()


def crew(site, server, folder, keys=None, **more) -> Crew:
    server_keys = {"redis": server.url, "limits": {"pages": 500}, **more.pop("crawler", {})}
    keys = {"shared": True, "concurrency": 6, **(keys or {})}
    # a process of a busy machine may not look at its connections for longer than the time limit of a page
    more["politeness"] = {"retries": 5, **more.get("politeness", {})}
    return Crew(Watch(folder, f"{site.url}/board/", keys, crawler=server_keys, **more))


def items_asked(site):
    return [path for path in site.paths() if path.startswith("/board/item/")]


def wait_for(site, count, crew):
    """Until so many item pages were asked for; the site's log is the clock."""
    while len(items_asked(site)) < count:
        if all(process.poll() is not None for process in crew.processes):
            pytest.fail("\n".join(f"{one.said}{one.errors}" for one in crew.results()))
        time.sleep(0.05)


def stored(watch):
    """Keys of all listings, and how many versions there are."""
    keys = sorted(int(key.rsplit("/", 1)[1]) for (key,) in watch.rows("SELECT key FROM listings"))
    ((versions,),) = watch.rows("SELECT count(*) FROM snapshots")
    return keys, versions


def runs(watch):
    return watch.rows("SELECT status, complete_walk FROM runs ORDER BY id")


def test_twenty_kills_lose_nothing_and_double_nothing(site, server, tmp_path):
    site.control(fill=ITEMS)
    chance = random.Random(SEED)
    with crew(site, server, tmp_path) as several:
        for _ in range(3):
            several.hire()
        for kill in range(KILLS):
            wait_for(site, (kill + 1) * ITEMS * 4 // 5 // KILLS, several)
            time.sleep(chance.uniform(0, 0.1))
            alive = [process for process in several.processes if process.poll() is None]
            several.kill(chance.choice(alive))
            several.hire()
        results = several.results()
        watch = several.watch
    assert {one.status for one in results} == {"complete"}, [one.said[-1] for one in results]
    assert stored(watch) == (list(range(1, ITEMS + 1)), ITEMS), "every listing once"
    assert set(items_asked(site)) == {f"/board/item/{number}" for number in range(1, ITEMS + 1)}
    assert runs(watch) == [("complete", 1)], "one run, walked to the end"
    assert results[0].tally["extra"]["listed"] == ITEMS
    assert len(items_asked(site)) - ITEMS <= KILLS * 3 * 6, "only what was under way is asked for again"


def test_redis_goes_away_and_comes_back_with_and_without_its_data(site, server, tmp_path):
    site.control(fill=200)
    with crew(site, server, tmp_path) as several:
        several.hire()
        several.hire()
        wait_for(site, 40, several)
        server.stop()
        server.start()
        wait_for(site, 100, several)
        server.stop()
        server.start(empty=True)
        results = several.results()
        watch = several.watch
    assert {one.status for one in results} == {"complete"}, [one.said[-1] for one in results]
    assert stored(watch) == (list(range(1, 201)), 200)
    assert runs(watch) == [("complete", 1)], "the same run goes on"


def test_the_delay_holds_over_all_processes(site, server, tmp_path):
    delay = 0.4
    site.control(fill=16)
    with crew(
        site, server, tmp_path, {"delay": delay, "concurrency": 1}, politeness={"autothrottle": False}
    ) as several:
        for _ in range(3):
            several.hire()
        results = several.results()
    moments = sorted(datetime.fromisoformat(one["time"]).timestamp() for one in site.log())
    assert {one.status for one in results} == {"complete"}
    assert len(moments) >= 17
    assert moments[-1] - moments[0] >= (len(moments) - 1) * delay * 0.95, "as slow as one process"
    # a busy machine may hold a request up on its way; the next one is then closer to it than to its own moment
    assert sum(late - early < delay * 0.5 for early, late in pairwise(moments)) <= len(moments) // 4


def test_gone_is_told_only_by_a_whole_run(site, server, tmp_path):
    site.control(fill=60)
    several = crew(site, server, tmp_path, {"list": {**LIST, "order": "none"}})
    with several:
        several.hire()
        several.hire()
        assert [one.status for one in several.results()] == ["complete"] * 2
    site.control(delete=[5, 40])
    site.control(wall="login")
    with crew(site, server, tmp_path, {"list": {**LIST, "order": "none"}}) as walled:
        walled.hire()
        walled.hire()
        results = walled.results()
    assert {one.status for one in results} == {"failed"}
    assert "登录墙" in results[0].reasons
    assert walled.watch.rows("SELECT count(*) FROM listings WHERE gone_at IS NOT NULL") == [(0,)]
    site.control(wall=None)
    with crew(site, server, tmp_path, {"list": {**LIST, "order": "none"}}) as whole:
        whole.hire()
        whole.hire()
        results = whole.results()
    assert {one.status for one in results} == {"complete"}
    gone = whole.watch.rows("SELECT key FROM listings WHERE gone_at IS NOT NULL ORDER BY key")
    assert [key for (key,) in gone] == ["/board/item/40", "/board/item/5"]
    assert {one.tally["listings_gone"] for one in results} == {2}


def test_a_worker_that_is_asked_to_stop_leaves_the_rest_to_the_others(site, server, tmp_path):
    site.control(fill=160)
    with crew(site, server, tmp_path) as several:
        leaver = several.hire()
        several.hire()
        wait_for(site, 40, several)
        leaver.terminate()
        left, stayed = several.results()
    assert (left.code, left.status, stayed.status) in {(130, "interrupted", "complete"), (0, "complete", "complete")}
    assert stored(several.watch) == (list(range(1, 161)), 160)


def test_the_last_one_that_stops_ends_the_run_and_the_next_run_reads_the_rest(site, server, tmp_path):
    site.control(fill=160)
    with crew(site, server, tmp_path) as several:
        alone = several.hire()
        wait_for(site, 20, several)
        alone.terminate()
        (result,) = several.results()
    assert (result.code, result.status) == (130, "interrupted")
    assert runs(several.watch) == [("interrupted", 0)]
    with crew(site, server, tmp_path) as again:
        again.hire()
        (result,) = again.results()
    assert result.status == "complete"
    assert stored(again.watch) == (list(range(1, 161)), 160)


def test_without_redis_the_run_says_so(site, tmp_path):
    watch = Watch(tmp_path, f"{site.url}/board/", {"shared": True}, crawler={"redis": "redis://127.0.0.1:9/0"})
    result = watch.run()
    assert (result.code, result.status) == (1, "failed")
    assert "连不上 Redis" in result.reasons
