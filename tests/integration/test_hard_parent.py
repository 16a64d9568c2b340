"""kill -9 of the scheduler: the runs that it started end by themselves, and the next scheduler goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.crawling import Watch
from tests.site.fixture import serve
from tests.wangdun.running import PATIENCE, environment


@pytest.fixture
def site():
    with serve() as running:
        yield running


def wait_for(what):
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.1)


def working_in(folder: Path) -> list[int]:
    """Processes that were started in the folder and still run."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if (place / "cwd").readlink() == folder and "wangdun" in (place / "cmdline").read_text():
                found.append(int(place.name))
        except OSError:  # it ended this moment, or is somebody else's
            continue
    return found


def test_nothing_outlives_a_killed_scheduler_and_the_next_one_goes_on(site, tmp_path):
    site.control(fill=20, delay={"item": 1})
    watch = Watch(
        tmp_path,
        f"{site.url}/board/",
        {"every": "1h"},
        more={"storage": {"data_dir": "data", "evidence": {"screens": "manual", "keep_free_mb": 16}}},
    )
    command = [sys.executable, "-m", "wangdun", "-c", str(watch.config), "schedule"]
    options = {"cwd": tmp_path, "env": environment(), "start_new_session": True}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options) as scheduler:
        wait_for(lambda: len(site.paths()) >= 4)
        assert len(working_in(tmp_path)) >= 3, "the scheduler, wangdun crawl, its worker"
        scheduler.send_signal(signal.SIGKILL)
        scheduler.wait(PATIENCE)
    wait_for(lambda: not working_in(tmp_path))
    [(status, stored)] = watch.rows("SELECT status, (SELECT count(*) FROM listings) FROM runs")
    assert status == "running", "not as if somebody had stopped it: it is made up for at once"
    assert stored < 20, "it did not read to the end"
    site.control(delay={})
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options) as scheduler:
        wait_for(lambda: watch.rows("SELECT status FROM runs ORDER BY id DESC LIMIT 1") == [("complete",)])
        scheduler.terminate()
        scheduler.wait(PATIENCE)
    assert watch.rows("SELECT count(*), count(DISTINCT key) FROM listings") == [(20, 20)]
    assert working_in(tmp_path) == []
