"""The scheduler's process for sending and receiving: started when there is something to do, never two."""

from __future__ import annotations

import logging
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wangdun import locks

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from storage.database import Database
    from wangdun.children import Children
    from wangdun.config import Config

NAME = "收发 "
"""Among the scheduler's children; no site is called so, for names hold no space."""
EVERY = 10.0  # seconds between two looks for something to do
RETRY = 120.0  # seconds before another is started after one that could not work
logger = logging.getLogger("wangdun.schedule")


def deliver_command(config_path: Path) -> list[str]:
    """The command line of one round."""
    return [sys.executable, "-m", "wangdun", "deliver", "--config", str(config_path)]


class DeliverChild:
    """Starts a round when something waits, and sees to its end. Called again and again, by one thread."""

    def __init__(self, children: Children, command: Callable[[Path], list[str]] = deliver_command) -> None:
        self.children = children
        self.command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._not_before = 0.0

    def tend(self, config: Config, db: Database) -> None:
        """Look after the process there is, or start one where it is needed. Raises StorageError, OSError."""
        if self._process is not None:
            if (code := self._process.poll()) is not None:
                self._end(code)
            return
        if time.monotonic() < self._not_before:
            return
        self._not_before = time.monotonic() + EVERY
        if self._is_wanted(config, db):
            self._process = self.children.start(NAME, self.command(config.path))

    @staticmethod
    def _is_wanted(config: Config, db: Database) -> bool:
        from wangdun.exchange import lock_file, needed

        if not needed(config, db, datetime.now(UTC)):
            return False
        return locks.holder(lock_file(config.storage.data_dir)) is None

    def _end(self, code: int) -> None:
        self._process = None
        self.children.forget(NAME)
        if code in {0, 1}:
            logger.info("收发完成，退出码 %d", code)
            return
        logger.error("收发没有完成（退出码 %d），%d 秒后再试", code, RETRY)
        self._not_before = time.monotonic() + RETRY
