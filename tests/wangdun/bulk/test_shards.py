"""Shards as jobs: three workers of a real job engine, killed at work; the results are those of one undisturbed process."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from contextlib import ExitStack

import pytest

from keywords.config import KeywordsConfig
from keywords.detector import Detector
from storage.config import StorageConfig
from tests import detectors
from tests.distributed.cluster import running
from tests.distributed.crew import Crew, write_config
from tests.wangdun.bulk.test_asking import everything, marks, write_lines
from tests.wangdun.running import ROOT, environment
from wangdun.bulk import shards
from wangdun.bulk.cutting import cut
from wangdun.bulk.folder import Order, done, prepare
from wangdun.cli import run

KILLS = 3
SHARDS = 8
WORKERS = ("one", "two")
LIGHT = "keywords: {learned: false}\n"  # loaded by each of their processes, again after each kill


@pytest.fixture
def crew(tmp_path):
    with ExitStack() as stack:
        cluster = stack.enter_context(running())
        made = Crew(tmp_path, cluster.create("wangdun"), {}, LIGHT)
        stack.callback(made.close)
        yield made


def test_workers_killed_at_work_lose_nothing_and_double_nothing(crew, tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    for number in range(SHARDS):
        write_lines(tmp_path / "in" / f"{number}.jsonl", 2000, every=50)
    for name in WORKERS:
        crew.start(name)
    config = write_config(tmp_path / "asking", crew.url, [], run=LIGHT)
    command = [sys.executable, "-m", "wangdun", "scan", str(tmp_path / "in"), "--to", str(tmp_path / "spread")]
    with subprocess.Popen(
        [*command, "--config", str(config)], cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as asking:  # fmt: skip
        try:
            for round_ in range(KILLS):
                crew.until(
                    lambda least=round_ * 2 + 1: marks(tmp_path / "spread") >= least or asking.poll() is not None
                )
                victim = random.Random(round_).choice(WORKERS)
                crew.kill(victim)
                crew.start(victim)
            crew.until(lambda: asking.poll() is not None, "the command waits")
        finally:
            asking.kill()
        said = asking.stderr.read().decode()
    assert asking.returncode == 0, said
    monkeypatch.setattr(Detector, "load", detectors.once)
    before = os.umask(0o077)
    (tmp_path / "alone.yaml").write_text(f"storage: {{data_dir: data}}\n{LIGHT}")
    alone = ["--to", str(tmp_path / "alone"), "--workers", "1", "--config", str(tmp_path / "alone.yaml")]
    assert run(["scan", str(tmp_path / "in"), *alone]) == 0
    os.umask(before)
    assert everything(tmp_path / "spread") == everything(tmp_path / "alone")
    crew.until(
        lambda: not crew.rows("SELECT 1 FROM wangdun_jobs.procrastinate_jobs WHERE task_name = 'wangdun.bulk.scan'")
    )


class Settings:
    """As much of the configuration as a crew needs."""

    keywords = KeywordsConfig(learned=False)

    def __init__(self, folder):
        self.storage = StorageConfig(data_dir=folder)


@pytest.fixture
def order(tmp_path):
    write_lines(tmp_path / "a.jsonl", 50)
    prepare(tmp_path / "out")
    return Order(str(tmp_path / "out"), cut(str(tmp_path / "a.jsonl"), "auto", None)[0])


def test_a_crew_does_shards_refuses_another_lexicon_and_survives_its_processes(order, tmp_path):
    crew = shards.Crew(Settings(tmp_path))
    version = detectors.special(learned=False).version
    crew.scan(order, "another")
    failure = shards._failure_of(order)
    assert "词库" in json.loads(failure.read_text(encoding="utf-8"))["why"]
    waiting = {order.mark.name: order}
    assert [found.why for found in shards._arrived(waiting, version)] == [shards._told(failure)]
    failure.unlink()
    crew.scan(order, version)
    first = done(order)
    assert (first.texts, first.lexicon) == (50, version)
    ((_, hand),) = crew._idle
    os.kill(hand._process.pid, signal.SIGKILL)
    order.mark.unlink()
    crew.scan(order, version)
    assert done(order) == first
    assert [found.texts for found in shards._arrived(waiting, version)] == [50]
    assert list(shards._arrived(waiting, "another")) == []
    for _, one in crew._idle:
        one.kill()
        one.close()
