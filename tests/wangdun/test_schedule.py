"""The scheduler as a real process: starts what is due once, survives kill -9, stops cleanly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import pytest

from storage import runs, sites
from storage.config import StorageConfig
from storage.database import Database
from tests.wangdun.running import ROOT, environment, wangdun, write_config
from wangdun.locks import holder, scheduler_lock_file, site_lock_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 60  # seconds until a condition must have come true on a busy machine
SITE = '- {{name: {0}, start: "http://127.0.0.1:9/{0}", {1}}}'


class World:
    """A folder with a configuration, a database, and the schedulers that a test starts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.listed = 0
        self.seen: list[subprocess.Popen[bytes]] = []

    def configure(self, *listed: str, more: str = "", plan: dict | None = None) -> Path:
        self.listed = len(listed)
        (self.folder / "stand-in.json").write_text(json.dumps(plan or {}))
        path = write_config(self.folder, "\n".join(listed), f"wangdun:\n  grace: 20s\n{more}")
        if not self.data.exists():
            Database.open(StorageConfig(data_dir=self.data)).close()
        return path

    def start(self) -> subprocess.Popen[bytes]:
        with (self.folder / "stderr").open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.wangdun.stand_in", "schedule", str(self.folder / "config.yaml")],
                cwd=ROOT,
                env=environment(),
                stderr=errors,
            )
        self.seen.append(process)
        self.until(lambda: holder(scheduler_lock_file(self.data)) == process.pid, process)
        self.until(lambda: len(self.runs()) >= self.listed, process)
        return process

    def runs(self) -> dict[str, list[runs.Run]]:
        db = Database.open(StorageConfig(data_dir=self.data))
        try:
            return {site.name: runs.recent(db, site.id, 1000)[::-1] for site in sites.overview(db)}
        finally:
            db.close()

    def counts(self) -> dict[str, int]:
        return {name: len(found) for name, found in self.runs().items()}

    def until(self, true: Callable[[], object], process: subprocess.Popen[bytes] | None = None) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert process is None or process.poll() is None, self.log()
            assert time.monotonic() < deadline, (self.counts(), self.log())
            time.sleep(0.1)

    def log(self) -> str:
        return (self.folder / "stderr").read_text(encoding="utf-8")

    def stop(self, process: subprocess.Popen[bytes]) -> int:
        process.send_signal(signal.SIGTERM)
        return process.wait(PATIENCE)

    def clean(self) -> None:
        for process in self.seen:
            process.kill()
            process.wait()
        for found in self.runs().values():
            for run in found:
                if run.status == "running":
                    with suppress(ProcessLookupError):
                        os.kill(run.pid, signal.SIGKILL)


@contextmanager
def a_world(folder: Path) -> Iterator[World]:
    made = World(folder)
    try:
        yield made
    finally:
        made.clean()


@pytest.fixture
def world(tmp_path):
    with a_world(tmp_path) as made:
        yield made


def test_starts_each_due_site_once_and_stops_with_0(world):
    world.configure(SITE.format("a", "every: 1h"), SITE.format("b", "every: 1h"), SITE.format("手动", "enabled: true"))
    process = world.start()
    world.until(lambda: world.counts() == {"a": 1, "b": 1, "手动": 0}, process)
    world.until(lambda: all(run.status == "complete" for found in world.runs().values() for run in found), process)
    time.sleep(2.5)  # two more looks: nothing is due any more
    assert world.counts() == {"a": 1, "b": 1, "手动": 0}
    assert world.stop(process) == 0
    assert holder(scheduler_lock_file(world.data)) is None


def test_never_two_runs_of_a_site_at_once_nor_more_than_allowed(world):
    names = ("a", "b", "c")
    listed = [SITE.format(name, "every: 1s") for name in names]
    world.configure(*listed, more="  concurrent_sites: 2\n", plan=dict.fromkeys(names, 1.3))
    process = world.start()
    world.until(lambda: min(world.counts().values()) >= 3, process)
    assert world.stop(process) == 0
    found = world.runs()
    for several in found.values():
        for sooner, later in pairwise(several):
            assert sooner.finished_at <= later.started_at
    together = [run for several in found.values() for run in several]
    for three in combinations(together, 3):
        assert max(run.started_at for run in three) >= min(run.finished_at for run in three)


def test_kill_9_and_restart_neither_lose_nor_double(world):
    names = ("a", "b")
    world.configure(*(SITE.format(name, "every: 1h") for name in names), plan=dict.fromkeys(names, 4))
    first = world.start()
    world.until(lambda: world.counts() == {"a": 1, "b": 1}, first)
    first.kill()
    first.wait()
    second = world.start()
    world.until(lambda: all(several[0].status == "complete" for several in world.runs().values()), second)
    time.sleep(1.5)  # one more look
    assert world.counts() == {"a": 1, "b": 1}, "the runs of the dead scheduler went on, and were not doubled"
    assert world.stop(second) == 0


def test_what_was_due_while_nobody_watched_runs_once_after_a_restart(world):
    world.configure(SITE.format("a", "every: 3s"))
    first = world.start()
    world.until(lambda: world.counts()["a"] == 1, first)
    first.kill()
    first.wait()
    world.until(lambda: world.runs()["a"][-1].status == "complete")
    time.sleep(7)  # two intervals pass
    before = world.counts()["a"]
    world.start()
    world.until(lambda: world.counts()["a"] >= before + 2)
    last = world.runs()["a"]
    for sooner, later in pairwise(last):
        assert (later.started_at - sooner.started_at).total_seconds() >= 3


def test_an_orphan_is_not_joined_by_a_second_run_of_its_site(world):
    world.configure(SITE.format("a", "every: 1s"), plan={"a": 5})
    first = world.start()
    world.until(lambda: world.counts()["a"] == 1, first)
    first.kill()
    first.wait()
    assert holder(site_lock_file(world.data, "a"))
    second = world.start()
    world.until(lambda: world.counts()["a"] == 2, second)
    orphan, following = world.runs()["a"]
    assert orphan.status == "complete"
    assert orphan.finished_at <= following.started_at


def test_stopping_interrupts_the_runs_and_waits_for_them(world):
    world.configure(SITE.format("a", "every: 1h"), plan={"a": 500})
    process = world.start()
    world.until(lambda: world.counts()["a"] == 1, process)
    assert world.stop(process) == 0
    (run,) = world.runs()["a"]
    assert run.status == "interrupted"
    assert holder(site_lock_file(world.data, "a")) is None


def test_a_run_that_does_not_stop_is_killed_after_the_grace(world):
    world.configure(SITE.format("a", "every: 1h"), plan={"a": "stubborn"})
    path = world.folder / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("grace: 20s", "grace: 1s"), encoding="utf-8")
    process = world.start()
    world.until(lambda: world.counts()["a"] == 1, process)
    assert world.stop(process) == 0
    assert holder(site_lock_file(world.data, "a")) is None
    assert "强制结束" in world.log()


def test_a_site_that_cannot_start_does_not_spin_nor_stop_the_others(world):
    world.configure(SITE.format("bad", "every: 1s"), SITE.format("good", "every: 1s"), plan={"bad": "broken"})
    process = world.start()
    world.until(lambda: world.counts()["good"] >= 3, process)
    assert world.counts()["bad"] == 0
    assert world.log().count("站点 bad 的采集没能启动") == 1


def test_reads_a_changed_configuration_and_refuses_a_broken_one(world):
    world.configure(SITE.format("a", "every: 1h"))
    process = world.start()
    world.until(lambda: world.counts() == {"a": 1}, process)
    world.configure(SITE.format("a", "evry: 1h"), SITE.format("b", "every: 1h"))
    world.until(lambda: "没有这个设置，是不是 every？" in world.log(), process)
    world.configure(SITE.format("a", "every: 1h"), SITE.format("b", "every: 1h"))
    world.until(lambda: world.counts() == {"a": 1, "b": 1}, process)
    process.send_signal(signal.SIGHUP)
    world.until(lambda: world.log().count("已重新读取 config.yaml") == 2, process)
    assert world.stop(process) == 0


def test_runs_a_site_when_asked(world):
    world.configure(SITE.format("a", "every: 1h"), SITE.format("手动", "enabled: true"))
    refused = wangdun("schedule", "now", "手动", cwd=world.folder)
    assert refused.returncode == 1
    assert "定时采集没有运行" in refused.stderr.decode()
    process = world.start()
    asked = wangdun("schedule", "now", "手动", cwd=world.folder)
    assert asked.returncode == 0, asked.stderr.decode()
    world.until(lambda: world.counts()["手动"] == 1, process)
    wrong = wangdun("schedule", "now", "手功", cwd=world.folder)
    assert wrong.returncode == 2
    assert "是不是 手动？" in wrong.stderr.decode()


def test_a_second_scheduler_is_refused_with_the_pid_of_the_first(world):
    world.configure()
    process = world.start()
    second = wangdun("schedule", cwd=world.folder)
    assert second.returncode == 1
    assert f"错误：定时采集已在运行（进程号 {process.pid}）" in second.stderr.decode()
    assert process.poll() is None


def test_the_command_itself_serves_and_ends_on_ctrl_c(world):
    world.configure()
    process = subprocess.Popen(
        [sys.executable, "-m", "wangdun", "schedule"], cwd=world.folder, env=environment(), stderr=subprocess.PIPE
    )
    world.seen.append(process)
    world.until(lambda: holder(scheduler_lock_file(world.data)) == process.pid, process)
    listed = wangdun("schedule", "list", "--json", cwd=world.folder)
    assert json.loads(listed.stdout)["scheduler_pid"] == process.pid
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    assert "定时采集已停止" in (world.data / "logs" / "schedule.log").read_text(encoding="utf-8")
    process.stderr.close()


def test_list_tells_last_and_next(world):
    world.configure(SITE.format("a", "every: 1h"), SITE.format("b", 'cron: "0 7 * * *", enabled: false'))
    done = wangdun("schedule", "list", cwd=world.folder)
    shown = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    assert all(word in shown for word in ("a", "已到时间", "每 1h", "停用", "从未采集", "定时采集没有运行"))
    facts = json.loads(wangdun("schedule", "list", "--json", cwd=world.folder).stdout)
    assert facts["scheduler_pid"] is None
    assert [one["site"] for one in facts["sites"]] == ["a", "b"]
    assert facts["sites"][1]["next"] is None
