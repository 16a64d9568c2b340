"""Guard: runs one command and ends it with all that it ever started.

It ends when it is done, takes too long or too much memory, and when whoever asked for it dies.
Started as a file, without our packages: ``python -I guard.py SECONDS MEGABYTES FOLDER COMMAND…``. Whoever starts it
keeps its standard input open; its end means that they are gone (the folder is removed then). It prints one JSON line:
``{"ended": "exit" | "seconds" | "megabytes" | "abandoned", "code": …, "peak_mb": …}``.

Chromium moves into process groups and sessions of its own, so a group cannot be killed. But on Linux orphans come to
the nearest "subreaper" above them, which the guard is: whatever it started stays below it in the tree.
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

# seconds between two looks: a page that fills memory takes about 1 GB a second; each costs some 5 ms of a core
LOOK = float(os.environ.get("WANGDUN_GUARD_LOOK") or 0.1)
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h
KILLING = 5.0  # seconds: a killed process is gone at once, one in a disk's queue may take longer
PAGE = os.sysconf("SC_PAGE_SIZE")


def children() -> dict[int, list[int]]:
    """Parent -> its children, of all processes of this machine."""
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, ValueError, IndexError):  # it ended while we looked
                stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
                found.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    return found


def descendants(pid: int) -> list[int]:
    """All processes below `pid`, near ones first."""
    tree = children()
    found = list(tree.get(pid, ()))
    for one in found:  # grows while it is walked
        found.extend(tree.get(one, ()))
    return found


def megabytes(pids: list[int]) -> int:
    """Memory that these processes hold for themselves, and what they share, counted for each that has touched it."""
    held = 0
    for pid in pids:
        with suppress(OSError, ValueError, IndexError):
            pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
            held += int(pages[1]) - int(pages[2]) + _shared(pid)
    return held * PAGE >> 20


def _shared(pid: int) -> int:
    """Pages of shared memory (pictures on their way between Chromium's processes); files do not count."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("RssShmem:"):
            return int(line.split()[1]) * 1024 // PAGE
    return 0


def kill_all() -> None:
    """End everything below this process, and what that has started meanwhile."""
    deadline = time.monotonic() + KILLING
    while time.monotonic() < deadline:
        below = descendants(os.getpid())
        for pid in below:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if not _reap() and not below:
            return
        time.sleep(0.01)


def _reap() -> bool:
    """Take note of the ended; whether there are children left."""
    with suppress(ChildProcessError):
        while True:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return True
    return False


def watch(process: subprocess.Popen[bytes], seconds: float, most: int) -> dict[str, object]:
    """Wait for the end of the command; what ended it."""
    deadline, peak = time.monotonic() + seconds, 0
    while process.poll() is None:
        peak = max(peak, megabytes(descendants(os.getpid())))
        if _is_abandoned():
            return {"ended": "abandoned"}
        if peak > most:
            return {"ended": "megabytes", "peak_mb": peak}
        if time.monotonic() > deadline:
            return {"ended": "seconds", "peak_mb": peak}
    return {"ended": "exit", "code": process.returncode, "peak_mb": peak}


def _is_abandoned() -> bool:
    """Whether our standard input has ended; sleeps until then, a moment at most."""
    readable, _, _ = select.select([0], [], [], LOOK)
    return bool(readable) and not os.read(0, 1)


def _prepare() -> None:
    """In the command's process: die with the guard, should somebody kill it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def main(seconds: float, most: int, folder: str, command: list[str]) -> None:
    """Run, watch, end, report."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    ended: dict[str, object] = {"ended": "abandoned"}
    try:
        process = subprocess.Popen(  # noqa: S603 -- our own program, from our own caller
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=_prepare,  # noqa: PLW1509 -- one thread
        )
        ended = watch(process, seconds, most)
    finally:
        kill_all()
        if ended["ended"] == "abandoned":
            shutil.rmtree(folder, ignore_errors=True)
    with suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(ended) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
