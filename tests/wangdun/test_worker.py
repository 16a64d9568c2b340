"""A worker that is killed, interrupted, refused its disk or let down by our own code loses nothing."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager

from tests.crawling import Watch
from tests.wangdun.running import PATIENCE, environment

ROUNDS = 6  # kills of one crawl
COUNT = 60
SOON = "import storage.database as d; d.SQLITE_PRAGMAS = ('PRAGMA busy_timeout = 300', *d.SQLITE_PRAGMAS[1:])"
CROWDED = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))
"""
FAULTY = """
import crawler.answers, crawler.lists, pipelines.detect, storage.listings

def failing(where, name, is_bad):
    before = getattr(where, name)
    def wrapped(*args, **kwargs):
        if is_bad(*args):
            raise ValueError("a mistake of ours")
        return before(*args, **kwargs)
    setattr(where, name, wrapped)

failing(crawler.answers.AnswerReader, "read", lambda _self, answer, _wanted: answer.url.endswith("item/3"))
failing(pipelines.detect.Detect, "process_item", lambda _self, item: getattr(item, "key", "").endswith("item/5"))
failing(storage.listings, "write", lambda _db, _site, _run, batch: any(one.key.endswith("item/7") for one in batch))
"""


def wait_for(what):
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


def requested(site, count):
    return lambda: len(site.paths()) >= count


def check_complete(watch, count):
    """Every listing is there once, with one version and its hits, and the file is sound."""
    assert watch.rows("PRAGMA integrity_check") == [("ok",)]
    assert watch.rows("SELECT count(*), count(DISTINCT key) FROM listings") == [(count, count)]
    assert watch.rows("SELECT count(*) FROM snapshots") == [(count,)]
    judged = "SELECT count(DISTINCT d.snapshot_id) FROM detections d JOIN hits h ON h.detection_id = d.id"
    assert watch.rows(f"{judged} WHERE h.term = '猎夹'") == [(len(range(5, count + 1, 5)),)]


def fill(site, count):
    """Every fifth listing is one to be found."""
    site.control(fill=count, edit={str(number): {"title": f"出售猎夹 {number}"} for number in range(5, count + 1, 5)})


def test_kills_at_any_moment_lose_nothing(site, tmp_path):
    fill(site, COUNT)
    site.control(delay={"item": 0.01})
    watch = Watch(tmp_path, f"{site.url}/board/")
    moments = random.Random(20261121)
    for _ in range(ROUNDS):
        moment = moments.uniform(0.05, 1.6)
        timer = f"import os, threading; threading.Timer({moment}, os.kill, (os.getpid(), 9)).start()"
        if watch.run(before=timer).code != -signal.SIGKILL:
            break  # it was done before it was killed
        assert watch.rows("PRAGMA integrity_check") == [("ok",)]
    last = watch.run()
    assert (last.code, last.status) == (0, "complete")
    check_complete(watch, COUNT)
    ends = [status for (status,) in watch.rows("SELECT status FROM runs ORDER BY id")]
    assert set(ends[:-1]) <= {"killed", "complete"}
    assert "killed" in ends
    assert ends[-1] == "complete"


def test_our_own_mistakes_cost_their_own_page_only(site, tmp_path):
    site.control(fill=30)
    watch = Watch(tmp_path, f"{site.url}/board/")
    faulty = watch.run(before=FAULTY)
    assert (faulty.code, faulty.status, faulty.tally["listings_new"], faulty.tally["errors"]) == (0, "partial", 27, 3)
    issues = watch.issues()
    assert set(issues) == {"board/item/3", "board/item/5", "board/item/7"}
    assert all(kind == "internal" and "ValueError" in reason for kind, reason in issues.values())
    site.control(clear_log=True)
    mended = watch.run()
    assert (mended.status, mended.tally["listings_new"]) == ("complete", 3)
    assert sorted(site.paths()) == ["/board/", *(f"/board/item/{number}" for number in (3, 5, 7)), "/robots.txt"]
    assert watch.rows("SELECT count(*) FROM retries") == [(0,)]


def test_a_mistake_on_a_list_page_fails_the_run(site, tmp_path):
    site.control(fill=30)
    watch = Watch(tmp_path, f"{site.url}/board/")
    faulty = watch.run(
        before=FAULTY + '\nfailing(crawler.lists, "read_board", lambda page, _recipe: "page=2" in page.url)'
    )
    assert (faulty.code, faulty.status) == (1, "failed")
    assert "程序处理这一页时出错（ValueError）" in faulty.reasons
    assert watch.run().tally["listings_new"] == 10, "what the unread list page leads to"


def test_a_failed_check_of_a_known_page_is_made_up_for_once(site, tmp_path):
    site.control(fill=3)
    watch = Watch(tmp_path, f"{site.url}/board/")
    watch.run()
    watch.grow_old()
    site.control(fail={"2": {"how": 500, "times": 1}})
    assert watch.run().tally["errors"] == 1
    assert watch.run().tally["listings_unchanged"] == 1
    site.control(clear_log=True)
    watch.run()
    assert site.paths() == ["/robots.txt", "/board/"], "it was read again, once"


def test_a_full_disk_ends_the_run_and_leaves_nothing_half_written(site, tmp_path):
    site.control(fill=COUNT)
    watch = Watch(tmp_path, f"{site.url}/board/")
    watch._take_database()
    size = (tmp_path / "data" / "wangdun.sqlite").stat().st_size
    full = watch.run(before=CROWDED.format(size=max(size // 3, 60_000)))
    assert (full.code, full.status) == (1, "failed")
    assert "磁盘" in full.reasons
    assert watch.rows("PRAGMA integrity_check") == [("ok",)]
    torn = "SELECT count(*) FROM listings WHERE id NOT IN (SELECT listing_id FROM snapshots)"
    assert watch.rows(torn) == [(0,)]
    again = watch.run()
    assert again.status == "complete"
    assert watch.rows("SELECT count(*), count(DISTINCT key) FROM listings") == [(COUNT, COUNT)]


def test_a_database_that_cannot_be_written(site, tmp_path):
    site.control(fill=3)
    watch = Watch(tmp_path, f"{site.url}/board/")
    watch.run()
    file = tmp_path / "data" / "wangdun.sqlite"
    watch.more = {"storage": {"data_dir": "data", "url": f"sqlite:///file:{file}?mode=ro&uri=true"}}
    refused = watch.run()
    assert (refused.code, refused.status) == (1, "failed")
    assert "数据库只能读取，不能写入" in refused.reasons


def test_a_data_folder_that_cannot_be_made(site, tmp_path):
    (tmp_path / "taken").write_text("a file")
    watch = Watch(tmp_path, f"{site.url}/board/", more={"storage": {"data_dir": "taken/data"}})
    refused = watch.run()
    assert (refused.code, refused.status) == (1, "failed")
    assert "taken" in refused.reasons
    assert "不是文件夹" in refused.reasons
    assert site.paths() == []


@contextmanager
def locked(watch):
    with closing(sqlite3.connect(watch.folder / "data" / "wangdun.sqlite", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        yield


def test_a_locked_database_is_said_so(site, tmp_path):
    fill(site, 60)
    watch = Watch(tmp_path, f"{site.url}/board/", {"limits": {"items": 5}})
    watch.run()
    with locked(watch):
        refused = watch.run(before=SOON)
    assert (refused.code, refused.status) == (1, "failed")
    assert "数据库正忙" in refused.reasons

    watch.keys = {}
    site.control(clear_log=True, delay={"item": 0.03})
    ended = threading.Event()
    holder = threading.Thread(target=lock_midway, args=(site, watch, ended))
    holder.start()
    midway = watch.run(before=SOON)
    ended.set()
    holder.join()
    assert (midway.code, midway.status) == (1, "failed")
    assert "数据库正忙" in midway.reasons
    site.control(delay={})
    assert watch.run().status == "complete"
    check_complete(watch, 60)
    assert watch.rows("SELECT status FROM runs ORDER BY id")[-2:] == [("killed",), ("complete",)]


def lock_midway(site, watch, ended):
    wait_for(requested(site, 12))
    with locked(watch):
        ended.wait(PATIENCE)


def test_too_much_memory_is_no_complete_run(site, tmp_path):
    site.control(fill=40, delay={"item": 0.1})
    watch = Watch(tmp_path, f"{site.url}/board/")
    tight = "import crawler.settings as s; s.BASE |= {'MEMUSAGE_LIMIT_MB': 1, 'MEMUSAGE_CHECK_INTERVAL_SECONDS': 0.3}"
    ended = watch.run(before=tight)
    assert (ended.code, ended.status) == (1, "failed")
    assert "内存占用超过上限" in ended.reasons
    assert watch.rows("SELECT complete_walk FROM runs") == [(0,)]


def wangdun(watch, *args):
    command = [sys.executable, "-m", "wangdun", "-c", str(watch.config), *args]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=watch.folder, env=environment(), start_new_session=True, **pipes)


def test_ctrl_c_ends_with_a_summary(site, tmp_path):
    fill(site, 40)
    site.control(delay={"item": 0.05})
    watch = Watch(tmp_path, f"{site.url}/board/")
    with wangdun(watch, "crawl") as process:
        wait_for(requested(site, 10))
        os.killpg(process.pid, signal.SIGINT)
        shown, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "已中断" in shown
    assert watch.rows("SELECT status, complete_walk FROM runs") == [("interrupted", 0)]
    stored = watch.rows("SELECT count(*) FROM listings")[0][0]
    assert 0 < stored < 40
    site.control(delay={})
    assert watch.run().tally["listings_new"] == 40 - stored
    check_complete(watch, 40)


def test_a_run_whose_parent_is_killed_ends_in_order_and_the_next_goes_on(site, tmp_path):
    fill(site, 20)
    site.control(delay={"item": 1})
    watch = Watch(tmp_path, f"{site.url}/board/")
    with wangdun(watch, "crawl") as parent:
        wait_for(requested(site, 3))
        parent.send_signal(signal.SIGKILL)
        parent.communicate()
    site.control(delay={})
    wait_for(lambda: watch.run().code == 0)  # refused as long as the ended one holds its lock
    assert watch.rows("SELECT status FROM runs ORDER BY id") == [("killed",), ("complete",)]
    check_complete(watch, 20)
