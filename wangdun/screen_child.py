"""The scheduler's one process for pictures and time stamps."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from wangdun import locks
from wangdun.tended import Tended

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Database
    from wangdun.config import Config

NAME = "截屏 "


class ScreenChild(Tended):
    """Takes the pictures and time stamps that captures wait for."""

    name = NAME
    every = 5.0  # a page that was flagged may be gone soon
    retry = 300.0  # a full disk, an authority that is down

    @staticmethod
    def usual_command(config_path: Path) -> list[str]:
        """The command line of one round."""
        return [sys.executable, "-m", "wangdun", "evidence", "screens", "--once", "--config", str(config_path)]

    @staticmethod
    def is_wanted(config: Config, db: Database) -> bool:
        """Whether there is something to do that nobody else is at. Raises StorageError, OSError."""
        from wangdun.rounds import needed
        from wangdun.screens import lock_file

        return needed(config, db) and locks.holder(lock_file(config.storage.data_dir)) is None
