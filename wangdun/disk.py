"""The disk-space guard: runs pause before the disk is full, and go on by themselves when there is room again."""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING, Final

from wangdun.doctor import existing
from wangdun.exceptions import WangdunError

if TYPE_CHECKING:
    from wangdun.config import Config

MARGIN: Final = 128 << 20  # bytes above what evidence keeps free: the database and logs of the runs in progress
AGAIN: Final = 128 << 20  # bytes more before runs go on: a disk at the edge must not start and stop them by turns
logger = logging.getLogger("wangdun.schedule")


def free_bytes(config: Config) -> int:
    """Room on the disk of the data folder. Raises OSError."""
    return shutil.disk_usage(existing(config.storage.data_dir)).free


def needed_bytes(config: Config) -> int:
    """What must be free before a run may start."""
    return (config.storage.evidence.keep_free_mb << 20) + MARGIN


def refuse_full(config: Config) -> None:
    """Raises WangdunError: there is no room for a run."""
    free, needed = free_bytes(config), needed_bytes(config)
    if free < needed:
        raise WangdunError(
            f"磁盘空间不足，没有启动采集：{config.storage.data_dir} 剩余 {free >> 20} MB，至少需要 {needed >> 20} MB。"
            "请清理磁盘后再试"
        )


class DiskGuard:
    """Remembers whether runs are paused, and says it once."""

    def __init__(self) -> None:
        self.paused = False

    def closed(self, config: Config) -> bool:
        """Whether no run may start now. Raises OSError."""
        free = free_bytes(config)
        paused = free < needed_bytes(config) + (AGAIN if self.paused else 0)
        if paused and not self.paused:
            logger.error(
                "磁盘空间不足，暂停启动采集：%s 剩余 %d MB，至少需要 %d MB；清理后自动继续",
                config.storage.data_dir, free >> 20, needed_bytes(config) >> 20,
            )  # fmt: skip
        elif self.paused and not paused:
            logger.info("磁盘空间已够（剩余 %d MB），继续采集", free >> 20)
        self.paused = paused
        return paused
