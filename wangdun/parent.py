"""Parent: a program that another of ours has started ends in order when that one is gone, however it went.

A run that outlives `wangdun crawl` or the scheduler would go on for hours with nobody to stop it. The starting program
says in the environment who it is; the started one looks once a second. (Linux could signal it by itself, but at the end
of the starting thread, not of the program.)
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Final

VARIABLE: Final = "WANGDUN_PARENT"
LOOK: Final = 1.0  # seconds between two looks
_GONE: Final = threading.Event()
GRACE: Final = (5.0, 20.0)  # seconds after the first signal, which lets pages under way end, and after the second


def mark() -> dict[str, str]:
    """What the environment of a started program says."""
    return {VARIABLE: str(os.getpid())}


def follow() -> None:
    """From now on end with the process that started this one, if it asked for that. To be called once, early."""
    asked = os.environ.pop(VARIABLE, "")  # what this program starts follows this program
    if asked.isascii() and asked.isdecimal():
        threading.Thread(target=_watch, args=(int(asked),), name="parent", daemon=True).start()


def lost() -> bool:
    """Whether this program ends because its parent is gone, not because somebody wants it to."""
    return _GONE.is_set()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    _GONE.set()
    for seconds in GRACE:
        # to the main thread, so that what it waits for is interrupted
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        time.sleep(seconds)
    os._exit(1)
