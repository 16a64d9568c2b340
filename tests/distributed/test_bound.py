"""A run dies with the worker that answers for it, however that went."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.wangdun.running import PATIENCE, ROOT, environment
from wangdun.distributed import bound

PARENT = """
import subprocess, sys, time
from wangdun.distributed import bound
child = subprocess.Popen(bound.command("tests.distributed.sleeper", *sys.argv[1:]))
print(child.pid, flush=True)
time.sleep(600)
"""


def is_alive(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("how", ["kill", "terminate"])
def test_a_child_is_gone_when_its_parent_is_killed(tmp_path, how):
    said = tmp_path / "said"
    command = [sys.executable, "-c", PARENT, str(said)]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        end = time.monotonic() + PATIENCE
        while not said.exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        assert is_alive(child)
        getattr(parent, how)()
    while is_alive(child):
        assert time.monotonic() < end
        time.sleep(0.02)
    assert said.read_text() == f"__main__ {said}"


def test_one_whose_parent_is_gone_already_does_not_begin(tmp_path):
    said = tmp_path / "said"
    command = [sys.executable, "-m", "wangdun.distributed.bound", "1", "tests.distributed.sleeper", str(said)]
    done = subprocess.run(command, cwd=ROOT, env=environment(), timeout=PATIENCE, check=False)
    assert done.returncode == bound.ORPHANED
    assert not said.exists()
