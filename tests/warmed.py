"""Runs the program in a fork of a process that has loaded everything: see `tests.warm`.

What it costs to start, what a start does, signals and dying workers are for tests with processes of their own
(`tests.wangdun.running.wangdun`).
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.wangdun.running import PATIENCE, ROOT, environment


class Warm:
    """The process of `tests.warm`."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        command = [sys.executable, "-m", "tests.warm", str(writing)]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "text": True, "pass_fds": (writing,)}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment(), start_new_session=True, **pipes)
        os.close(writing)
        self.answers = os.fdopen(reading)
        atexit.register(self.close)

    def order(self, order: dict[str, Any]) -> int:
        """Run the program once, to its end; its exit code."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            return int(self.answers.readline())
        except BaseException:  # a test's time was up: the answer still to come belongs to no later order
            warm.cache_clear()
            os.killpg(self.process.pid, signal.SIGKILL)
            self.close()
            raise

    def close(self) -> None:
        atexit.unregister(self.close)
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE)
        self.answers.close()


@cache
def warm() -> Warm:
    """One for all tests of this process."""
    return Warm()


def run(
    program: str, *args: str, cwd: Path, stdin: bytes = b"", before: str = "", **env: str
) -> subprocess.CompletedProcess[bytes]:
    """Run `program` to its end in a fork; `before` is Python to be run there first.

    The streams are files, so that nothing waits for a reader.
    """
    with tempfile.TemporaryDirectory(prefix="wangdun-streams-") as folder:
        given, out, err = (Path(folder) / name for name in ("in", "out", "err"))
        given.write_bytes(stdin)
        streams = {"in": str(given), "out": str(out), "err": str(err)}
        order = {"program": program, "args": args, "before": before, "cwd": str(cwd), "env": environment(**env)}
        code = warm().order({**order, **streams})
        return subprocess.CompletedProcess([program, *args], code, out.read_bytes(), err.read_bytes())


def wangdun(*args: str, cwd: Path, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run `wangdun` to its end."""
    return run("wangdun", *args, cwd=cwd, stdin=stdin, **env)
