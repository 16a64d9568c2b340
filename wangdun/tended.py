"""A process that the scheduler keeps for one kind of work beside the crawls: started when there is some, never two."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from storage.database import Database
    from wangdun.children import Children
    from wangdun.config import Config

logger = logging.getLogger("wangdun.schedule")


class Tended(ABC):
    """Starts a round when something waits, and sees to its end. Called again and again, by one thread."""

    name: ClassVar[str]
    """Among the scheduler's children; it ends with a space, for no site is called so."""
    every: ClassVar[float]
    """Seconds between two looks for something to do."""
    retry: ClassVar[float]
    """Seconds before another is started after one that could not work."""

    def __init__(self, children: Children, command: Callable[[Path], list[str]] | None = None) -> None:
        """`command`: the command line of one round, from the path of config.yaml; None for the usual one."""
        self.children = children
        self.command = command or self.usual_command
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
        self._not_before = time.monotonic() + self.every
        if self.is_wanted(config, db):
            self._process = self.children.start(self.name, self.command(config.path))
            if self._process is not None:
                logger.info("开始%s", self.name.strip())

    @staticmethod
    @abstractmethod
    def usual_command(config_path: Path) -> list[str]:
        """The command line of one round."""

    @staticmethod
    @abstractmethod
    def is_wanted(config: Config, db: Database) -> bool:
        """Whether there is something to do that nobody else is at. Raises StorageError, OSError."""

    @staticmethod
    def is_good(code: int) -> bool:
        """Whether a round that ended so has done its work."""
        return code == 0

    def _end(self, code: int) -> None:
        self._process = None
        self.children.forget(self.name)
        if self.is_good(code):
            logger.info("%s结束，退出码 %d", self.name.strip(), code)
            return
        logger.error("%s没有完成（退出码 %d），%d 秒后再试", self.name.strip(), code, self.retry)
        self._not_before = time.monotonic() + self.retry
