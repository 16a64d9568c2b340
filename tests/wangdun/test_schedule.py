"""The scheduler with real runs: starts what is due once, survives kill -9, stops cleanly."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from storage import listings, runs, sites
from storage.config import StorageConfig
from storage.database import Database
from storage.evidence import watching
from tests import databases, warmed
from tests.storage.making import full
from tests.wangdun import stand_in
from tests.wangdun.running import PATIENCE, ROOT, environment, wangdun, write_config
from wangdun.config import load
from wangdun.locks import holder, scheduler_lock, scheduler_lock_file, site_lock_file
from wangdun.schedule import Again, Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SITE = '- {{name: {0}, start: "http://127.0.0.1:9/{0}", {1}}}'
HOURLY, EVERY_SECOND, BY_HAND = "every: 1h", "every: 1s", "enabled: true"
HOUR = timedelta(hours=1)


def listed(**every: str) -> list[str]:
    return [SITE.format(name, how) for name, how in every.items()]


class World:
    """A folder with a configuration, a database, and the schedulers that a test starts."""

    def __init__(self, folder: Path, said: pytest.LogCaptureFixture) -> None:
        self.folder = folder
        self.said = said
        self.data = folder / "data"
        databases.prepare(self.data)
        self.db = Database.open(StorageConfig(data_dir=self.data))
        self.processes: list[subprocess.Popen[bytes]] = []
        self.inbox: SimpleQueue[int] = SimpleQueue()
        self.thread: threading.Thread | None = None

    def configure(self, *site: str, more: str = "", plan: dict | None = None) -> None:
        (self.folder / "stand-in.json").write_text(json.dumps(plan or {}))
        write_config(self.folder, "\n".join(site), f"wangdun:\n  grace: 20s\n{more}")

    def start(self) -> Scheduler:
        """A scheduler in a thread."""
        config = load(self.folder / "config.yaml")
        scheduler = Scheduler(config, self.db, command=stand_in.command)

        def serve() -> None:
            with scheduler_lock(self.data):
                scheduler.run(self.inbox)

        self.thread = threading.Thread(target=serve)
        self.thread.start()
        return scheduler

    def stop(self) -> None:
        self.inbox.put(signal.SIGTERM)
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()

    def launch(self) -> subprocess.Popen[bytes]:
        """A scheduler in a process."""
        arguments = ["schedule", str(self.folder / "config.yaml")]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.wangdun.stand_in", *arguments], cwd=ROOT, env=environment()
        )
        self.processes.append(process)
        self.until(lambda: holder(scheduler_lock_file(self.data)) == process.pid)
        return process

    def record(self, name: str, started: datetime, status: str = "complete") -> None:
        """A run in the past."""
        site_id = sites.register(self.db, name, "generic", [f"http://127.0.0.1:9/{name}"], started)
        facts = {"pid": 1, "lexicon_version": "v", "config_hash": "c", "trigger": "schedule"}
        run_id = runs.start(self.db, site_id, now=started, **facts)
        if status != "running":
            end = {"reason": "", "tally": stand_in.RunTally(), "complete_walk": True}
            runs.finish(self.db, run_id, now=started, status=status, **end)

    def ask(self, name: str) -> None:
        runs.request_now(self.db, name, stand_in.now())

    def open_gate(self) -> None:
        (self.folder / "gate").touch()

    def runs(self) -> dict[str, list[runs.Run]]:
        return {site.name: runs.recent(self.db, site.id, 1000)[::-1] for site in sites.overview(self.db)}

    def counts(self) -> dict[str, int]:
        return {name: len(found) for name, found in self.runs().items()}

    def statuses(self, name: str) -> list[str]:
        return [run.status for run in self.runs().get(name, [])]

    def until(self, true: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline, (self.counts(), self.said.text)
            time.sleep(0.05)

    def until_waiting(self, scheduler: Scheduler, *names: str) -> None:
        """Until each of these hourly sites has its next turn well in the future: whatever was due is done."""
        now = stand_in.now() + HOUR / 4
        wanted = set(names)
        self.until(lambda: {job.id for job in scheduler.jobs.get_jobs("runs") if job.next_run_time > now} == wanted)

    def clean(self) -> None:
        self.inbox.put(signal.SIGTERM)
        if self.thread:
            self.thread.join()
        for process in self.processes:
            process.kill()
            process.wait()
        for found in self.runs().values():
            for run in found:
                if run.status == "running" and run.pid > 1:
                    with suppress(ProcessLookupError):
                        os.kill(run.pid, signal.SIGKILL)
        self.db.close()


@pytest.fixture
def world(tmp_path, caplog):
    caplog.set_level(logging.INFO, "wangdun.schedule")
    made = World(tmp_path, caplog)
    try:
        yield made
    finally:
        made.clean()


def test_starts_each_due_site_once_and_knows_its_next_run(world):
    world.configure(*listed(a=HOURLY, b=HOURLY, 手动=BY_HAND))
    scheduler = world.start()
    world.until_waiting(scheduler, "a", "b")
    world.stop()
    assert world.counts() == {"a": 1, "b": 1, "手动": 0}
    assert world.statuses("a") == world.statuses("b") == ["complete"]
    assert holder(scheduler_lock_file(world.data)) is None


def test_never_two_runs_of_a_site_at_once_nor_more_than_allowed(world):
    world.configure(*listed(a=EVERY_SECOND, b=EVERY_SECOND, c=EVERY_SECOND), more="  concurrent_sites: 2\n")
    world.start()
    world.until(lambda: min(world.counts().values()) >= 2)
    world.stop()
    found = world.runs()
    for several in found.values():
        for sooner, later in pairwise(several):
            assert sooner.finished_at <= later.started_at
    together = [run for several in found.values() for run in several]
    now = datetime.now(UTC)  # a run that the stop cut off has no end of its own
    for three in combinations(together, 3):
        assert max(run.started_at for run in three) >= min(run.finished_at or now for run in three)


def test_kill_9_and_restart_neither_lose_nor_double_nor_overlap(world):
    world.configure(*listed(a=HOURLY, b=EVERY_SECOND), plan={"a": "gate", "b": "gate"})
    first = world.launch()
    world.until(lambda: world.counts() == {"a": 1, "b": 1})
    world.until(lambda: all(holder(site_lock_file(world.data, name)) for name in "ab"))
    first.kill()
    first.wait()
    scheduler = world.start()
    world.until(lambda: not scheduler.jobs.get_jobs("runs"))  # their turns came, and found the sites busy
    assert world.counts() == {"a": 1, "b": 1}, "the runs of the dead scheduler go on, and are not doubled"
    world.open_gate()
    world.until(lambda: world.counts()["b"] >= 2)
    world.stop()
    orphan, following = world.runs()["b"][:2]
    assert orphan.status == "complete"
    assert orphan.finished_at <= following.started_at
    assert world.statuses("a") == ["complete"]


def test_runs_of_a_dead_scheduler_take_places(world):
    world.configure(*listed(a=HOURLY), plan={"a": "gate"}, more="  concurrent_sites: 1\n")
    first = world.launch()
    world.until(lambda: world.counts() == {"a": 1})
    first.kill()
    first.wait()
    world.configure(*listed(a=HOURLY, b=EVERY_SECOND), plan={"a": "gate"}, more="  concurrent_sites: 1\n")
    world.start()
    world.open_gate()
    world.until(lambda: world.counts()["b"])
    world.stop()
    assert world.runs()["a"][0].finished_at <= world.runs()["b"][0].started_at


def test_what_was_due_while_nobody_watched_runs_once(world):
    world.configure(*listed(a=HOURLY, b=HOURLY, c=HOURLY))
    world.record("a", stand_in.now() - 100 * HOUR)
    world.record("b", stand_in.now() - HOUR / 2)
    scheduler = world.start()
    world.until_waiting(scheduler, "a", "b", "c")
    world.stop()
    assert world.counts() == {"a": 2, "b": 1, "c": 1}


def test_watched_pages_that_are_due_before_the_next_crawl_get_a_run_of_their_own(world):
    world.configure(*listed(a=HOURLY))
    world.record("a", stand_in.now() - HOUR / 2)
    begun = world.runs()["a"][0]
    listings.write(world.db, begun.site_id, begun.id, [full("1", at=begun.started_at)])
    watching.enrol(world.db, (HOUR / 60,), begun.started_at)
    scheduler = world.start()
    world.until(lambda: "站点 a 采集结束" in world.said.text)
    soon = stand_in.now() + HOUR / 6  # the page is still due: not sooner than a quarter of an hour after this look
    world.until(
        lambda: [job.next_run_time > soon for job in scheduler.jobs.get_jobs("runs") if job.id == "a"] == [True]
    )
    world.stop()
    with world.db.read() as connection:
        latest = runs.newest_of_any_kind(connection)[begun.site_id]
    assert (latest.trigger, latest.status, latest.id) == ("watch", "complete", begun.id + 1)
    assert world.counts() == {"a": 1}, "the crawl itself was not due"
    assert "开始复查站点 a 的线索网页" in world.said.text


def test_a_run_that_a_power_cut_ended_is_made_up_for_at_once(world):
    world.configure(*listed(a=HOURLY))
    world.record("a", stand_in.now() - HOUR / 2, status="running")
    scheduler = world.start()
    world.until_waiting(scheduler, "a")
    world.stop()
    assert world.statuses("a") == ["killed", "complete"]


def test_a_run_that_always_dies_is_made_up_for_three_times(world):
    world.configure(*listed(a=HOURLY), plan={"a": "killed"})
    scheduler = world.start()
    world.until_waiting(scheduler, "a")
    world.stop()
    assert world.counts() == {"a": 4}


def test_stopping_interrupts_the_runs_and_ends_with_0(world):
    world.configure(*listed(a=HOURLY), plan={"a": "gate"})
    process = world.launch()
    world.until(lambda: world.counts() == {"a": 1})
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert world.statuses("a") == ["interrupted"]
    assert holder(site_lock_file(world.data, "a")) is None
    assert holder(scheduler_lock_file(world.data)) is None


def test_a_site_that_cannot_start_does_not_spin_nor_stop_the_others(world):
    world.configure(*listed(bad=EVERY_SECOND, good=EVERY_SECOND), plan={"bad": "broken"})
    world.ask("bad")
    world.start()
    world.until(lambda: world.counts()["good"] >= 2)
    world.stop()
    assert world.counts()["bad"] == 0
    assert world.said.text.count("站点 bad 的采集没能启动") == 1
    assert runs.requests(world.db) == ["bad"], "whoever asked still gets it"


def test_reads_a_changed_configuration_and_refuses_a_broken_one(world):
    world.configure(*listed(a=HOURLY))
    scheduler = world.start()
    world.until_waiting(scheduler, "a")
    world.configure(*listed(a="evry: 1h", b=HOURLY))
    world.until(lambda: "没有这个设置，是不是 every？" in world.said.text)
    world.ask("a")
    world.configure(*listed(b=HOURLY))
    world.until_waiting(scheduler, "b")
    assert world.counts() == {"a": 1, "b": 1}, "a was refused, then taken out"
    world.inbox.put(signal.SIGHUP)
    world.until(lambda: world.said.text.count("已重新读取 config.yaml") == 2)
    world.stop()


def test_changes_that_need_a_restart_are_said(world):
    world.configure(*listed(a=BY_HAND))
    world.start()
    world.configure(*listed(a=BY_HAND), more="  concurrent_sites: 9\n")
    world.until(lambda: "concurrent_sites 的改动要重启" in world.said.text)
    path = world.folder / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("data_dir: data", "data_dir: other"), encoding="utf-8")
    world.until(lambda: "storage 设置已改变，请重启定时采集" in world.said.text)
    world.stop()


def test_runs_a_site_when_asked(world):
    world.configure(*listed(手动=BY_HAND))
    refused = warmed.wangdun("schedule", "now", "手动", cwd=world.folder)
    assert refused.returncode == 1
    assert "定时采集没有运行" in refused.stderr.decode()
    world.start()
    world.until(lambda: holder(scheduler_lock_file(world.data)))
    asked = warmed.wangdun("schedule", "now", "手动", "--json", cwd=world.folder)
    assert asked.returncode == 0, asked.stderr.decode()
    assert json.loads(asked.stdout)["site"] == "手动"
    world.until(lambda: world.statuses("手动") == ["complete"])
    wrong = warmed.wangdun("schedule", "now", "手功", cwd=world.folder)
    assert wrong.returncode == 2
    assert "是不是 手动？" in wrong.stderr.decode()


def test_a_request_outlives_the_scheduler_and_goes_before_what_is_due(world):
    world.configure(*listed(a=HOURLY, b=HOURLY, 手动=BY_HAND), plan={"a": "gate"}, more="  concurrent_sites: 1\n")
    process = world.launch()
    world.until(lambda: world.counts() == {"a": 1, "b": 0, "手动": 0})
    world.ask("手动")  # the one place is taken
    world.ask("a")  # again, after this run
    process.kill()
    process.wait()
    assert runs.requests(world.db) == ["手动", "a"]
    scheduler = world.start()
    world.open_gate()
    world.until_waiting(scheduler, "a", "b")
    world.stop()
    assert world.counts() == {"a": 2, "b": 1, "手动": 1}
    assert runs.requests(world.db) == []
    assert world.runs()["手动"][0].started_at < world.runs()["b"][0].started_at


def test_a_leap_of_the_clock_makes_one_firing():
    start = datetime(1970, 1, 1, tzinfo=UTC)
    today = stand_in.now()
    again = Again(1.0)
    assert again.get_next_fire_time(None, start) == start
    assert again.get_next_fire_time(start, today) > today


def test_goes_on_when_the_clock_was_set_back(world):
    world.configure(*listed(手动=BY_HAND))
    scheduler = world.start()
    later = datetime.now(UTC) + HOUR
    for name in ("_look", "_fill"):  # as if the clock had said so when they were planned
        scheduler.jobs.modify_job(name, "watch", next_run_time=later)
    scheduler.mind_the_clock()
    world.ask("手动")
    world.until(lambda: world.statuses("手动") == ["complete"])
    world.stop()


def test_a_second_scheduler_is_refused_with_the_pid_of_the_first(world):
    world.configure()
    with scheduler_lock(world.data):
        second = wangdun("schedule", cwd=world.folder)
    assert second.returncode == 1
    assert f"错误：定时采集已在运行（进程号 {os.getpid()}）" in second.stderr.decode()


def test_the_command_itself_serves_and_ends_on_ctrl_c(world):
    world.configure()
    with (world.folder / "stderr").open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "wangdun", "schedule"], cwd=world.folder, env=environment(), stderr=errors
        )
    world.processes.append(process)
    world.until(lambda: holder(scheduler_lock_file(world.data)) == process.pid)
    listed = wangdun("schedule", "list", "--json", cwd=world.folder)
    assert json.loads(listed.stdout)["scheduler_pid"] == process.pid
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0, (world.folder / "stderr").read_text(encoding="utf-8")
    assert "定时采集已停止" in (world.data / "logs" / "schedule.log").read_text(encoding="utf-8")


def test_list_tells_last_and_next(world):
    world.configure(*listed(a=HOURLY, b='cron: "0 7 * * *", enabled: false'))
    done = warmed.wangdun("schedule", "list", cwd=world.folder)
    shown = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert all(word in shown for word in ("a", "已到时间", "每 1h", "停用", "从未采集", "定时采集没有运行"))
    facts = json.loads(warmed.wangdun("schedule", "list", "--json", cwd=world.folder).stdout)
    assert facts["scheduler_pid"] is None
    assert [one["site"] for one in facts["sites"]] == ["a", "b"]
    assert facts["sites"][1]["next"] is None
