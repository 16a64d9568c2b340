"""Runs as processes: one a site, and none outlives its grace."""

from __future__ import annotations

import os
import signal
import sys

from wangdun.children import Children

SLEEPING = "import time, sys; print(flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN);" + SLEEPING


def start(children: Children, name: str, code: str, folder):
    """A child that has got as far as its sleep."""
    ready = folder / f"{name}.ready"
    os.mkfifo(ready)
    child = children.start(name, [sys.executable, "-c", f"import sys; sys.stdout = open({str(ready)!r}, 'w');{code}"])
    with ready.open() as line:
        line.readline()
    return child


def test_a_site_has_one_run_at_a_time(tmp_path):
    children = Children()
    try:
        child = start(children, "a", SLEEPING, tmp_path)
        assert "a" in children
        assert children.start("a", ["true"]) is None
        assert os.getsid(child.pid) == child.pid, "a session of its own"
    finally:
        children.stop(grace=20)
    assert child.returncode == -signal.SIGINT
    children.forget("a")
    assert "a" not in children
    assert children.start("a", ["true"]) is None, "no more after the end"


def test_a_run_that_does_not_stop_is_killed_after_the_grace(tmp_path, caplog):
    children = Children()
    child = start(children, "a", STUBBORN, tmp_path)
    children.stop(grace=0.1)
    assert child.returncode == -signal.SIGKILL
    assert "站点 a 没有按时收尾，强制结束" in caplog.text
