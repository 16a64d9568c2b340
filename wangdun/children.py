"""The processes of the runs that a scheduler or a worker started."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

from wangdun import parent

KILL_WAIT = 5.0  # seconds: a killed process is gone at once, a hung disk may take longer
logger = logging.getLogger("wangdun.schedule")


class Children:
    """The runs in progress that this scheduler started, by site."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._processes

    def start(self, name: str, command: list[str], *, quiet: bool = False) -> subprocess.Popen[bytes] | None:
        """Start the site's run; None when it has one, or no more may be started. Raises OSError.

        `quiet` drops what it prints, which is for programs; errors come through.
        """
        with self._lock:
            if self.stopping.is_set() or name in self._processes:
                return None
            # a session of its own: Ctrl-C in a terminal must reach the run once, through us
            process = subprocess.Popen(  # noqa: S603 -- our own program; a site's name is \w, - and . only
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL if quiet else None,
                start_new_session=True,
                env=environment() | parent.mark(),
            )
            self._processes[name] = process
            return process

    def forget(self, name: str) -> None:
        """The site's run is over and accounted for."""
        del self._processes[name]

    def stop(self, grace: float) -> None:
        """Start no more; interrupt those in progress, give them `grace` seconds, then kill."""
        with self._lock:
            self.stopping.set()
        running = dict(self._processes)
        logger.info("停止：不再启动新的采集，等待 %d 个进行中的采集收尾", len(running))
        for process in running.values():
            _signal_group(process, signal.SIGINT)
        deadline = time.monotonic() + grace
        for name, process in running.items():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                logger.warning("站点 %s 没有按时收尾，强制结束；未读完的部分下次续采", name)
                _signal_group(process, signal.SIGKILL)
                process.wait(KILL_WAIT)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal a run and the processes it has started: it leads a group of its own."""
    with suppress(ProcessLookupError):  # it ended just now
        os.killpg(process.pid, number)


def environment() -> dict[str, str]:
    """Our own environment, in which `python -m wangdun` finds this very program wherever it is started."""
    here = str(Path(__file__).resolve().parent.parent)
    paths = [here, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}
