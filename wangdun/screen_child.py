"""The scheduler's one process for pictures and time stamps: started when there is something to do, never two."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING

from wangdun import locks

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from storage.database import Database
    from wangdun.children import Children
    from wangdun.config import Config

NAME = "截屏 "
"""Among the scheduler's children; no site is called so, for names hold no space."""
EVERY = 5.0  # seconds between two looks into the queue
RETRY = 300.0  # seconds before another is started after one that failed: a full disk, an authority that is down
logger = logging.getLogger("wangdun.schedule")


def screens_command(config_path: Path) -> list[str]:
    """The command line of one round."""
    return [sys.executable, "-m", "wangdun", "evidence", "screens", "--once", "--config", str(config_path)]


class ScreenChild:
    """Starts a round when the queue has something due, and sees to its end. Called again and again, by one thread."""

    def __init__(self, children: Children, command: Callable[[Path], list[str]] = screens_command) -> None:
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
            if self._process is not None:
                logger.info("开始截屏")

    @staticmethod
    def _is_wanted(config: Config, db: Database) -> bool:
        from wangdun.rounds import needed
        from wangdun.screens import lock_file

        return needed(config, db) and locks.holder(lock_file(config.storage.data_dir)) is None

    def _end(self, code: int) -> None:
        self._process = None
        self.children.forget(NAME)
        if code == 0:
            logger.info("截屏结束")
        else:
            logger.error("截屏没有完成（退出码 %d），%d 秒后再试", code, RETRY)
            self._not_before = time.monotonic() + RETRY
