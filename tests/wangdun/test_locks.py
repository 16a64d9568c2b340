"""Locks that the kernel lets go of, however their holder ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.wangdun.running import ROOT, environment
from wangdun.exceptions import Busy
from wangdun.locks import holder, scheduler_lock, scheduler_lock_file, site_lock, site_lock_file

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
