"""``python -m wangdun.distributed.bound PID MODULE …``: run a module as a program that dies with the process PID.

Linux sends the signal (prctl(2), PR_SET_PDEATHSIG) the moment the parent is gone, however it went: a run must not go on
without the worker that answers for it.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1  # of linux/prctl.h
ORPHANED: Final = 75  # exit code, "temporary failure" of sysexits.h


def command(module: str, *args: str) -> list[str]:
    """The command line of a program that dies with this process."""
    return [sys.executable, "-m", "wangdun.distributed.bound", str(os.getpid()), module, *args]


def bind(parent: int) -> bool:
    """Whether this process now dies with `parent`, which must have started it from its main thread."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        return False
    return os.getppid() == parent  # it may have died before we asked


def main() -> None:
    """Bind, then be the other program."""
    parent, module, *args = sys.argv[1:]
    if not bind(int(parent)):
        sys.exit(ORPHANED)
    sys.argv = [module, *args]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
