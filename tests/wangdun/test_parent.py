"""Programs end with the one that started them, where it asked for that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from tests.wangdun.running import PATIENCE, environment
from wangdun import parent

FOLLOWING = """
import os, signal, sys, time
from wangdun import parent
signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b"asked\\n"), os._exit(0)))
parent.follow()
assert parent.VARIABLE not in os.environ
print("ready", flush=True)
time.sleep(600)
"""
STARTING = f"""
import os, subprocess, sys, time
from wangdun import parent
env = dict(os.environ) | (parent.mark() if sys.argv[1] == "marked" else {{}})
child = subprocess.Popen([sys.executable, "-c", {FOLLOWING!r}], env=env)
print(child.pid, flush=True)
time.sleep(600)
"""


def begin(how):
    """A program and its child, both ready; the child's words come through the same pipe."""
    command = [sys.executable, "-c", STARTING, how]
    process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    assert process.stdout.readline() == "ready\n"
    return process, child


def test_a_child_of_a_killed_program_is_asked_to_end():
    process, _child = begin("marked")
    process.kill()
    said, _ = process.communicate(timeout=PATIENCE)  # ends when the last that holds the pipe has
    assert said == "asked\n"


def test_a_program_that_was_not_asked_to_stays():
    process, child = begin("plain")
    process.kill()
    process.wait(PATIENCE)
    os.kill(child, signal.SIGTERM)  # raises where it has ended by itself
    said, _ = process.communicate(timeout=PATIENCE)
    assert said == "asked\n"


def test_the_mark_names_this_process():
    assert parent.mark() == {"WANGDUN_PARENT": str(os.getpid())}
