"""What the jobs of one worker share: its settings, its database, its processes, its name."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wangdun import planning
from wangdun.config import load
from wangdun.disk import DiskGuard
from wangdun.distributed.link import is_distributed
from wangdun.exceptions import ConfigError
from wangdun.files import file_stamp

if TYPE_CHECKING:
    import subprocess

    from procrastinate import App, JobContext

    from storage.database import Database
    from wangdun.children import Children
    from wangdun.config import Config
    from wangdun.planning import Known

logger = logging.getLogger("wangdun.worker")


class Postponed(Exception):  # noqa: N818 -- it is a state of the world, not a fault
    """Raised within a job that cannot be done now: it is put off, perhaps to be done by another worker."""

    def __init__(self, seconds: float, why: str) -> None:
        """`why` is Chinese, for the log."""
        self.seconds = seconds
        super().__init__(why)


@dataclass
class Station:
    """One worker's."""

    config: Config
    db: Database
    app: App
    name: str
    children: Children
    note: str = ""
    """What keeps it from crawling, for whoever asks how the workers are; empty when nothing does."""
    guard: DiskGuard = field(default_factory=DiskGuard)
    _stamp: tuple[int, int, int] | None = None
    _known: dict[str, Known] = field(default_factory=dict)
    _mutex: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        """The time of day."""
        return datetime.now(UTC)

    def fresh(self) -> Config:
        """The settings as the file says now.

        Raises:
            Postponed: they hold a mistake, or what they say needs a restart.
            StorageError: the sites cannot be made known.
        """
        with self._mutex:
            stamp = file_stamp(self.config.path)
            if stamp != self._stamp:
                self._reload()
                self._stamp = stamp
            return self.config

    def look_again(self) -> None:
        """Read the settings anew when they are needed next, changed or not."""
        self._stamp = None

    def _reload(self) -> None:
        try:
            config = load(self.config.path)
        except ConfigError as error:
            self._refuse(f"config.yaml 有错，改正之前不启动任何采集：\n{error}")
        if config.storage != self.config.storage or not is_distributed(config):
            self._refuse("storage 或 runtime 设置已改变，请重启工作进程；重启之前不启动任何采集")
        read_before = bool(self._known)
        self._known = planning.register(config, self.db, self.now())
        if read_before:
            logger.info("已重新读取 config.yaml：%d 个站点", len(config.crawler.sites))
        self.config, self.note = config, ""

    def _refuse(self, why: str) -> None:
        if why != self.note:
            logger.error("%s", why)
        self.note = why
        raise Postponed(10, why.partition("\n")[0])  # seconds: other workers may have the right file

    def known(self) -> dict[str, Known]:
        """The sites' rows, by name. Raises as `fresh`."""
        self.fresh()
        return self._known

    def has_room(self) -> bool:
        """Whether a run may start on this machine's disk. Raises OSError."""
        return not self.guard.closed(self.config)


def of(context: JobContext) -> Station:
    """The station of the worker that does this job."""
    station = context.additional_context["station"]
    assert isinstance(station, Station)
    return station


async def ended(process: subprocess.Popen[bytes]) -> int:
    """The exit code of a process, once it has one."""
    return await asyncio.to_thread(process.wait)
