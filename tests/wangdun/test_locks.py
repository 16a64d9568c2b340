"""Locks that the kernel lets go of, however their holder ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from itertools import groupby, pairwise

import pytest

from tests.crawling import ITEM, LIST, Watch
from tests.site.fixture import serve
from tests.wangdun.running import PATIENCE, ROOT, environment
from wangdun.exceptions import Busy
from wangdun.locks import (
    holder,
    host_lock_file,
    host_locks,
    network_locations,
    scheduler_lock,
    scheduler_lock_file,
    site_lock,
    site_lock_file,
)

DELAY = 0.2  # seconds that the test site takes for a page
WAITING = "等待同一网站的另一个采集结束"

HOLD = """
import sys, time
from pathlib import Path
from wangdun.locks import site_lock
with site_lock(Path(sys.argv[1]), "论坛"):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def other(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT, env=environment()
    )
    with process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_second_process_is_told_who_holds_the_site(tmp_path, other):
    with pytest.raises(Busy, match=f"论坛 正在采集中（进程号 {other.pid}）") as caught, site_lock(tmp_path, "论坛"):
        pass
    assert caught.value.pid == other.pid
    assert holder(site_lock_file(tmp_path, "论坛")) == other.pid
    with site_lock(tmp_path, "商店"):
        pass


def test_kill_9_frees_the_site(tmp_path, other):
    os.kill(other.pid, signal.SIGKILL)
    other.wait()
    with site_lock(tmp_path, "论坛"):
        assert holder(site_lock_file(tmp_path, "论坛")) == os.getpid()
    assert holder(site_lock_file(tmp_path, "论坛")) is None


def test_asking_who_holds_it_does_not_take_it(tmp_path):
    assert holder(scheduler_lock_file(tmp_path)) is None
    with scheduler_lock(tmp_path):
        assert holder(scheduler_lock_file(tmp_path)) == os.getpid()
        with pytest.raises(Busy, match="定时采集已在运行"), scheduler_lock(tmp_path):
            pass


def test_the_lock_is_free_after_an_error(tmp_path):
    with pytest.raises(KeyError), site_lock(tmp_path, "a"):
        raise KeyError
    with site_lock(tmp_path, "a"):
        pass


def test_any_site_name_makes_a_plain_file_name(tmp_path):
    names = {site_lock_file(tmp_path, name).name for name in ("论坛", "a.b", "A.b", "x" * 64)}
    assert len(names) == 4
    assert all(name.isascii() and len(name) < 40 for name in names)


@pytest.fixture(scope="module")
def running():
    with serve() as site:
        yield site


@pytest.fixture
def site(running):
    running.control(reset=True, fill=6, delay={"list": DELAY, "item": DELAY})
    return running


def boards(folder, site):
    """Two sites on one host, which may be crawled at once."""
    plain = {"delay": 0, "list": LIST, "item": ITEM}
    listed = [{"name": name, "start": f"{site.url}/{name}/", **plain} for name in ("board", "board304")]
    crawler = {"contact": "demo@example.org", "politeness": {"retries": 0, "timeout": 60}, "sites": listed}
    return Watch(folder, "", more={"crawler": crawler, "wangdun": {"concurrent_sites": 2}})


def crawl(watch):
    command = [sys.executable, "-m", "wangdun", "-c", str(watch.config), "crawl"]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=watch.folder, env=environment(), start_new_session=True, **pipes)


def test_two_sites_on_one_host_are_read_one_after_the_other(site, tmp_path):
    watch = boards(tmp_path, site)
    with crawl(watch) as process:
        shown, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, shown + errors
    assert watch.rows("SELECT status FROM runs") == [("complete",), ("complete",)]
    assert watch.rows("SELECT count(*), count(DISTINCT site_id) FROM listings") == [(12, 2)]
    log = site.log()
    read = [entry["path"].split("/")[1] for entry in log if entry["path"] != "/robots.txt"]
    assert sorted(name for name, _ in groupby(read)) == ["board", "board304"]
    starts = [(entry["path"], datetime.fromisoformat(entry["time"])) for entry in log]
    for (path, before), (_, after) in pairwise(starts):
        assert path == "/robots.txt" or after - before >= timedelta(seconds=DELAY), f"{path} was still under way"


def test_a_worker_that_waits_says_so_and_stops_when_asked(site, tmp_path):
    watch = Watch(tmp_path, f"{site.url}/board/")
    with host_locks(tmp_path / "data", network_locations([site.url]), waiting=lambda: False), watch.begin() as process:
        said = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=PATIENCE)
    assert said == {"type": "waiting", "site": "b", "reason": WAITING}
    assert (process.returncode, rest, errors) == (130, "", "")
    assert site.paths() == []
    assert watch.run().status == "complete"


def test_ctrl_c_while_sites_wait(site, tmp_path):
    watch = boards(tmp_path, site)
    logs = [tmp_path / "data" / "logs" / f"crawl-{name}.log" for name in ("board", "board304")]
    with host_locks(tmp_path / "data", network_locations([site.url]), waiting=lambda: False), crawl(watch) as process:
        end = time.monotonic() + PATIENCE
        while not all(log.exists() and WAITING in log.read_text(encoding="utf-8") for log in logs):
            assert time.monotonic() < end, "no worker waits"
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        shown, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert shown.count("已中断") == 2
    assert "Traceback" not in shown + errors
    assert site.paths() == []


def test_a_wait_for_a_host_ends_with_its_holder(tmp_path):
    looks, asked = [], threading.Event()

    def waiting():
        looks.append(holder(host_lock_file(tmp_path, "a.example")))
        asked.set()
        return True

    def hold():
        with host_locks(tmp_path, ["a.example"], waiting=lambda: False):
            taken.set()
            asked.wait(PATIENCE)

    taken = threading.Event()
    other = threading.Thread(target=hold)
    other.start()
    taken.wait(PATIENCE)
    with host_locks(tmp_path, ["b.example", "a.example"], waiting=waiting):
        assert holder(host_lock_file(tmp_path, "b.example")) == os.getpid()
    other.join()
    assert set(looks) == {os.getpid()}
    assert holder(host_lock_file(tmp_path, "a.example")) is None


def test_one_location_however_its_address_is_written():
    same = ["http://a.example/x", "https://A.example/y?z", "http://a.example:80/", "https://u:p@a.example:443"]
    assert network_locations(same) == {"a.example"}
    others = ["http://a.example:8080/", "http://b.example", "http://[::1]:8000/", "http://[::80]/"]
    assert network_locations(others) == {"a.example:8080", "b.example", "[::1]:8000", "[::80]"}
