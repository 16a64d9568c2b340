"""The scheduler's process for sending and receiving."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wangdun import locks
from wangdun.tended import Tended

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Database
    from wangdun.config import Config

NAME = "收发 "


class DeliverChild(Tended):
    """Sends what waits for receivers, and takes in what they have put into the exchange folder."""

    name = NAME
    every = 10.0  # an exchange folder on a network is slow to look through
    retry = 120.0  # a mail server or a share that is down

    @staticmethod
    def usual_command(config_path: Path) -> list[str]:
        """The command line of one round."""
        return [sys.executable, "-m", "wangdun", "deliver", "--config", str(config_path)]

    @staticmethod
    def is_wanted(config: Config, db: Database) -> bool:
        """Whether there is something to do that nobody else is at. Raises StorageError, OSError."""
        from wangdun.exchange import lock_file, needed

        if not needed(config, db, datetime.now(UTC)):
            return False
        return locks.holder(lock_file(config.storage.data_dir)) is None

    @staticmethod
    def is_good(code: int) -> bool:
        """1: some receivers could not be reached, and each has a time of its own to be tried again."""
        return code in {0, 1}
