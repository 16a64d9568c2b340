"""One worker as its users know it: takes what is due and what is asked for, ends in order, keeps its word."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.distributed.crew import Crew, asked
from tests.site.fixture import serve
from tests.wangdun.running import PATIENCE, ROOT, environment, wangdun

RUNS = "SELECT status FROM runs ORDER BY id"


@pytest.fixture
def site():
    with serve() as running:
        running.control(reset=True, fill=10)
        yield running


@pytest.fixture
def crew(tmp_path, url, site):
    crew = Crew(tmp_path, url, {"a": site})
    yield crew
    crew.close()


def test_what_is_due_is_read_then_what_somebody_asks_for_then_it_ends_in_order(crew, site):
    crew.start("one")
    crew.until(lambda: crew.rows(RUNS) == [("complete",)])
    site.control(add=[{}])
    done = wangdun("schedule", "now", "a", "--config", str(crew.machine("one")), cwd=crew.folder)
    assert done.returncode == 0, done.stderr.decode()
    crew.until(lambda: crew.rows(RUNS) == [("complete",), ("complete",)])
    assert crew.rows("SELECT count(*) FROM listings") == [(11,)]
    crew.until(lambda: not crew.rows("SELECT 1 FROM wangdun_jobs.procrastinate_jobs WHERE task_name = 'crawl'"))
    second = wangdun("worker", "--name", "one", "--config", str(crew.machine("one")), cwd=crew.folder)
    assert second.returncode == 1
    assert "已有名为 one 的工作进程" in second.stderr.decode()
    assert crew.stop() == [0], crew.said()
    assert crew.rows("SELECT name FROM wangdun_jobs.present") == []
    assert crew.rows("SELECT id FROM wangdun_jobs.procrastinate_workers") == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_lets_the_run_finish_its_pages(crew, site, number):
    site.control(fill=200, delay={"item": 0.2})
    worker = crew.start("one")
    crew.until(lambda: crew.rows("SELECT 1 FROM runs") and len(site.paths()) > 5)
    worker.send_signal(number)
    assert worker.wait(PATIENCE) == 0, crew.said()
    assert crew.crawls() == {}
    assert crew.rows(RUNS) == [("interrupted",)]
    (read,) = crew.rows("SELECT count(*) FROM listings")
    assert 0 < read[0] < 200
    assert crew.rows("SELECT 1 FROM wangdun_jobs.procrastinate_jobs WHERE status = 'doing'") == []
    crew.workers.clear()  # it is not to be started again


def test_a_site_that_somebody_reads_by_hand_is_left_alone_meanwhile(crew, site):
    site.control(delay={"item": 0.3})
    crew.machine("one")
    asked_by_hand = crew.machine("two")
    command = [sys.executable, "-m", "wangdun", "crawl", "a", "--json", "--config", str(asked_by_hand)]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL) as by_hand:
        crew.until(lambda: crew.rows(RUNS) == [("running",)])
        crew.start("one")
        asked(crew, "a")
        crew.until(lambda: "正在被别的进程采集" in crew.said() or crew.rows(RUNS) != [("running",)])
        assert by_hand.wait(PATIENCE) == 0
    crew.until(lambda: len(crew.rows(RUNS)) == 2 and crew.rows(RUNS)[-1] == ("complete",))
    assert len(set(crew.visits("a"))) == len(crew.visits("a"))
