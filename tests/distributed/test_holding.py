"""Locks that reach other machines: one holder at a time, known to all, kept over a restart of the database."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import psycopg
import pytest

from tests.distributed import cluster as clusters
from tests.distributed.crew import write_config
from tests.wangdun.running import PATIENCE, ROOT, environment
from wangdun import planning
from wangdun.config import load
from wangdun.distributed import holding
from wangdun.exceptions import Busy


def test_one_holds_a_site_and_all_see_who(config, db):
    with holding.holding_site(config, "a"):
        with pytest.raises(Busy, match="站点 a 正在另一台机器上采集"), holding.holding_site(config, "a"):
            pytest.fail("two at once")
        with holding.holding_site(config, "b"):
            assert planning.busy(config, db, ["a", "b", "c"]) == {"a", "b"}
        assert holding.holders(config, db, ["site:a", "site:b"]) == {"site:a": f"{os.uname().nodename}:{os.getpid()}"}
    assert planning.busy(config, db, ["a", "b"]) == set()


def test_given_back_it_is_free(config):
    with holding.holding(config) as one, holding.holding(config) as other:
        assert one.take("x")
        assert not other.take("x")
        one.give("x")
        assert other.take("x")


def test_one_machine_alone_needs_no_database(config):
    alone = type(config)(
        **{
            **vars(config),
            "wangdun": config.wangdun.model_copy(update={"runtime": "embedded"}),
            "storage": config.storage.model_copy(update={"url": None}),
        }
    )
    with holding.holding_site(alone, "a"), holding.holding_site(alone, "a"):
        assert holding.holders(alone, None, ["site:a"]) == {}


def test_a_killed_holder_holds_nothing(config, db):
    code = (
        "import sys, time; from pathlib import Path; from wangdun.config import load;"
        "from wangdun.distributed import holding;"
        "c = load(Path(sys.argv[1])); h = holding.Shared(c).__enter__(); print(h.take('site:a'), flush=True);"
        "time.sleep(600)"
    )
    command = [sys.executable, "-c", code, str(config.path)]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"True\n"
        assert planning.busy(config, db, ["a"]) == {"a"}
        process.kill()
    end = time.monotonic() + PATIENCE
    while planning.busy(config, db, ["a"]):
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def own(tmp_path):
    """A server that this test may restart, and settings for it."""
    with clusters.running() as cluster:
        yield cluster, load(write_config(tmp_path, cluster.create("own"), []))


def is_held(cluster, name):
    """Look without asking for the lock: whoever asks is at times faster than the holder that comes back."""
    high, low = divmod(holding.key(name) % 2**64, 2**32)
    with psycopg.connect(cluster.url("own"), connect_timeout=30) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s",
            (high, low),
        )
        return found.fetchone() is not None


def test_a_restart_of_the_database_gives_the_lock_to_no_one_else(own, monkeypatch):
    monkeypatch.setattr(holding, "GIVE_UP", PATIENCE)  # however long the server takes to come back
    cluster, config = own
    lost = threading.Event()
    with holding.Shared(config, lost.set) as held:
        assert held.take("x")
        cluster.stop(signal.SIGQUIT)
        cluster.start()
        end = time.monotonic() + PATIENCE
        while not is_held(cluster, "x"):
            assert not lost.is_set()
            assert time.monotonic() < end
            time.sleep(0.05)
        with holding.Shared(config) as other:
            assert not other.take("x")
        assert not lost.is_set()


def test_who_loses_the_lock_to_another_is_told(own):
    cluster, config = own
    lost = threading.Event()
    with holding.Shared(config, lost.set) as held:
        assert held.take("x")
        with held._mutex:  # it does not look until another is faster
            cluster.stop(signal.SIGQUIT)
            cluster.start()
            faster = holding.Shared(config).__enter__()
            assert faster.take("x")
        assert lost.wait(PATIENCE)
        faster.__exit__(None, None, None)


def test_a_run_ends_at_once_when_another_has_its_locks():
    process = multiprocessing.get_context("spawn").Process(target=holding.end_at_once)
    process.start()
    process.join(PATIENCE)
    assert process.exitcode == holding.LOST
