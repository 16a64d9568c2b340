"""The scheduler: starts each site's run as a process of its own when it is due, and nothing else.

It remembers nothing that matters: what is due follows from the settings and the stored runs (`wangdun.planning`).
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storage import runs
from storage.database import Database
from storage.exceptions import StorageError
from wangdun import locks, planning
from wangdun.config import load
from wangdun.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wangdun.config import Config
    from wangdun.planning import Known, Planned

POLL = 1.0  # seconds between two looks at the clock, the children and config.yaml: people expect "now" to be soon
RETRY = 300.0  # seconds before a site whose run could not even start is tried again
KILL_WAIT = 5.0  # seconds: a killed process is gone at once, a hung disk may take longer
logger = logging.getLogger("wangdun.schedule")


def crawl_command(name: str, config_path: Path) -> list[str]:
    """The command line of one run."""
    options = ["--config", str(config_path), "--trigger", "schedule"]
    return [sys.executable, "-m", "wangdun", "crawl", name, *options]


@dataclass(slots=True)
class Child:
    """A run in progress that this scheduler started."""

    process: subprocess.Popen[bytes]
    last_run: int | None
    """Id of the site's newest run before this one: still the newest afterwards when the run could not start."""


@dataclass(slots=True)
class Signals:
    """What the operating system asked for."""

    stop: bool = False
    reload: bool = False
    woken: threading.Event = field(default_factory=threading.Event)

    def install(self) -> None:
        """SIGTERM and SIGINT stop, SIGHUP reloads."""
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_reload)

    def _on_stop(self, *_: Any) -> None:
        self.stop = True
        self.woken.set()

    def _on_reload(self, *_: Any) -> None:
        self.reload = True
        self.woken.set()

    def wait(self, seconds: float) -> None:
        """Sleep until a signal comes or the time is over."""
        self.woken.wait(seconds)
        self.woken.clear()


class Scheduler:
    """Starts due runs, one process each, never one site twice at once."""

    def __init__(
        self,
        config: Config,
        db: Database,
        *,
        command: Callable[[str, Path], list[str]] = crawl_command,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.config = config
        self.db = db
        self.command = command
        self.clock = clock
        self.stamp = file_stamp(config.path)
        self.broken = False
        self.children: dict[str, Child] = {}
        self.wanted: dict[str, None] = {}
        self.held: dict[str, float] = {}
        """Site -> monotonic time before which it is not tried again."""
        self.known: dict[str, Known] = planning.register(config, db, clock())

    def run(self, signals: Signals) -> None:
        """Work until a signal says stop; then stop the children and wait for them, bounded."""
        while not signals.stop:
            try:
                self.tick(reload=signals.reload)
            except StorageError:  # a busy or unreachable database must not end the watch: the next look tries again
                logger.exception("数据库暂时不可用，稍后再试")
            signals.reload = False
            signals.wait(POLL)
        self.stop()

    def tick(self, *, reload: bool = False) -> None:
        """Look once at everything that may have changed, and start what is due."""
        self._reap()
        self._refresh(force=reload)
        if not self.broken:
            self._start_due()

    def stop(self) -> None:
        """Interrupt the children, give them the time they are due, then kill."""
        logger.info("停止：不再启动新的采集，等待 %d 个进行中的采集收尾", len(self.children))
        for child in self.children.values():
            _signal_group(child.process, signal.SIGINT)
        deadline = time.monotonic() + self.config.wangdun.grace.total_seconds()
        for name, child in self.children.items():
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                logger.warning("站点 %s 没有按时收尾，强制结束；未读完的部分下次续采", name)
                _signal_group(child.process, signal.SIGKILL)
                child.process.wait(KILL_WAIT)
        self.children.clear()

    def _reap(self) -> None:
        for name, child in list(self.children.items()):
            code = child.process.poll()
            if code is None:
                continue
            del self.children[name]
            if self._last_run_id(name) != child.last_run:
                logger.info("站点 %s 采集结束，退出码 %d", name, code)
                continue
            logger.error("站点 %s 的采集没能启动（退出码 %d），%d 秒后再试", name, code, RETRY)
            self.held[name] = time.monotonic() + RETRY

    def _last_run_id(self, name: str) -> int | None:
        known = self.known.get(name)
        last = runs.last(self.db, known.id) if known else None
        return last.id if last else None

    def _refresh(self, *, force: bool) -> None:
        stamp = file_stamp(self.config.path)
        if stamp == self.stamp and not force:
            return
        self.stamp = stamp
        try:
            config = load(self.config.path)
        except ConfigError as error:
            self.broken = True
            logger.error("config.yaml 有错，改正之前不启动任何采集：\n%s", error)  # noqa: TRY400 -- the text says it all
            return
        if config.storage != self.config.storage:
            self.broken = True
            logger.error("storage 设置已改变，请重启定时采集；重启之前不启动任何采集")
            return
        self.broken = False
        self.held.clear()
        self.known = planning.register(config, self.db, self.clock())
        self.config = config
        logger.info("已重新读取 config.yaml：%d 个站点", len(config.crawler.sites))

    def _start_due(self) -> None:
        now = self.clock()
        self.wanted |= dict.fromkeys(runs.take_requests(self.db))
        planned = planning.plan(self.config, self.db, self.known, now)
        for one in self._in_turn(planned, now):
            if self._busy() >= self.config.wangdun.concurrent_sites:
                return
            self._start(one)

    def _in_turn(self, planned: list[Planned], now: datetime) -> list[Planned]:
        """Those that people asked for, then those that are due; none that runs already or cannot start."""
        asked = [one for one in planned if one.site.name in self.wanted]
        due = [one for one in planning.overdue_first(planned, now) if one.site.name not in self.wanted]
        self.wanted = {one.site.name: None for one in asked}  # sites that left the configuration are forgotten
        return [one for one in (*asked, *due) if self._startable(one.site.name)]

    def _startable(self, name: str) -> bool:
        if name in self.children or (name not in self.wanted and time.monotonic() < self.held.get(name, 0.0)):
            return False
        return locks.holder(locks.site_lock_file(self.config.storage.data_dir, name)) is None

    def _busy(self) -> int:
        """Runs in progress, those of an earlier scheduler and of people included."""
        data_dir = self.config.storage.data_dir
        names = {site.name for site in self.config.crawler.sites} | set(self.children)
        held = (name for name in names if name not in self.children)
        orphans = sum(locks.holder(locks.site_lock_file(data_dir, name)) is not None for name in held)
        return len(self.children) + orphans

    def _start(self, one: Planned) -> None:
        name = one.site.name
        self.wanted.pop(name, None)
        self.held.pop(name, None)
        logger.info("开始采集站点 %s", name)
        try:
            # a session of its own: Ctrl-C in a terminal must reach the run once, through us
            process = subprocess.Popen(  # noqa: S603 -- our own program; a site's name is \w, - and . only
                self.command(name, self.config.path),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=environment(),
            )
        except OSError:  # no memory, no process left: as bad for every other site, so try again later
            logger.exception("无法启动站点 %s 的采集", name)
            self.held[name] = time.monotonic() + RETRY
            return
        self.children[name] = Child(process, one.last.id if one.last else None)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal a run and the processes it has started: it leads a group of its own."""
    with suppress(ProcessLookupError):  # it ended just now
        os.killpg(process.pid, number)


def environment() -> dict[str, str]:
    """Our own environment, in which `python -m wangdun` finds this very program wherever it is started."""
    here = str(Path(__file__).resolve().parent.parent)
    paths = [here, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def file_stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes whenever a file is written or replaced; None while there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def serve(config: Config, *, command: Callable[[str, Path], list[str]] = crawl_command) -> int:
    """Be the scheduler until told to stop; the exit code.

    Raises:
        Busy: another one runs on this data folder.
        StorageError: the database cannot be opened.
    """
    signals = Signals()
    with locks.scheduler_lock(config.storage.data_dir):
        db = Database.open(config.storage)
        try:
            signals.install()
            logger.info("定时采集已启动：%d 个站点，进程号 %d", len(config.crawler.sites), os.getpid())
            Scheduler(config, db, command=command).run(signals)
        finally:
            db.close()
    logger.info("定时采集已停止")
    return 0
