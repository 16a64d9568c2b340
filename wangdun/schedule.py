"""The scheduler: APScheduler starts each site's run as a process of its own when it is due.

Its jobs live in memory only: they follow from the settings and the stored runs (`wangdun.planning`), the one truth, and
are made anew at the start, after every run and once a minute. Nothing can be lost with them.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.date import DateTrigger

from storage import runs
from storage.database import Database
from storage.exceptions import StorageError
from storage.review import sampling
from wangdun import locks, planning
from wangdun.children import Children
from wangdun.config import load
from wangdun.deliver_child import DeliverChild
from wangdun.disk import DiskGuard
from wangdun.exceptions import Busy, ConfigError
from wangdun.files import file_stamp
from wangdun.notifying import tell
from wangdun.screen_child import ScreenChild

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wangdun.config import Config
    from wangdun.planning import Planned

LOOK = 1.0  # seconds between two looks at config.yaml and at what people ask for: they expect "now" to be soon
FILL = 60.0  # seconds: runs that people start by hand move the next one, and a mistake in the jobs heals
CLOCK = 10.0  # seconds between two looks at whether the clock was set back, which is rare
RETRY = 300.0  # seconds before a site whose run could not even start is tried again
TELL = 60.0  # seconds between two looks for what people are to be told
RUNS, WATCH, NOTICES = "runs", "watch", "notices"
"""The sites' jobs, our own, and messages, which wait for mail servers: a store and a pool of threads each."""
JOB_DEFAULTS = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}  # late is as good as in time
logger = logging.getLogger("wangdun.schedule")


def crawl_command(name: str, config_path: Path) -> list[str]:
    """The command line of one run."""
    options = ["--config", str(config_path), "--trigger", "schedule", "--no-screens"]
    return [sys.executable, "-m", "wangdun", "crawl", name, *options]


class Again(BaseTrigger):  # type: ignore[misc]  # the library is not typed
    """Fires at once, then some seconds after each firing.

    The library's IntervalTrigger counts up all firings that a leap of the clock skipped: millions, from 1970 to today.
    """

    def __init__(self, seconds: float) -> None:
        self.pause = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """When the library asks us again."""
        return now + self.pause if previous_fire_time else now


class Scheduler:
    """Gives each site its next turn, and starts in it what people asked for and what is due."""

    def __init__(
        self, config: Config, db: Database, *, command: Callable[[str, Path], list[str]] = crawl_command
    ) -> None:
        self.config = config
        self.db = db
        self.command = command
        self.stamp = file_stamp(config.path)
        self.broken = False
        self.known = planning.register(config, db, datetime.now(UTC))
        self.children = Children()
        self.screens = ScreenChild(self.children)
        self.exchange = DeliverChild(self.children)
        self.held: dict[str, float] = {}
        """Site -> monotonic time before which it is not tried again."""
        self.places = config.wangdun.concurrent_sites
        self.guard = DiskGuard()
        self.pools = {
            RUNS: ThreadPoolExecutor(self.places),
            WATCH: ThreadPoolExecutor(1),
            NOTICES: ThreadPoolExecutor(1),
        }
        stores = {name: MemoryJobStore() for name in self.pools}
        self.jobs = BackgroundScheduler(timezone=UTC, jobstores=stores, executors=self.pools, job_defaults=JOB_DEFAULTS)
        self.jobs.add_listener(self._on_end, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR)
        self.own = ((self._fill, FILL, WATCH), (self._look, LOOK, WATCH), (self._tell, TELL, NOTICES))
        for work, seconds, place in self.own:
            self.jobs.add_job(work, Again(seconds), id=work.__name__, jobstore=place, executor=place)

    def run(self, inbox: SimpleQueue[int]) -> None:
        """Work until a signal other than SIGHUP comes in; then stop the runs in progress and wait, bounded."""
        self.jobs.start()
        try:
            while (signum := self._next_signal(inbox)) in {None, signal.SIGHUP}:
                if signum is None:
                    self.mind_the_clock()
                else:
                    self.stamp = 0, 0, 0  # of no file: the next look reads it again
        finally:
            self.stop()

    @staticmethod
    def _next_signal(inbox: SimpleQueue[int]) -> int | None:
        try:
            return inbox.get(timeout=CLOCK)
        except Empty:
            return None

    def mind_the_clock(self) -> None:
        """Go on after the clock was set back: the library would sleep until it has caught up."""
        now = datetime.now(UTC)
        for work, _seconds, place in self.own:
            job = self.jobs.get_job(work.__name__, place)
            planned = getattr(job, "next_run_time", None)  # it has none before the library has started
            if planned is not None and planned > now + job.trigger.pause:
                job.modify(next_run_time=now)

    def stop(self) -> None:
        """End the runs in progress, then the threads."""
        self.children.stop(self.config.wangdun.grace.total_seconds())
        self.jobs.shutdown(wait=False)  # waiting it would hold locks that our last jobs may need
        for pool in self.pools.values():
            pool.shutdown(wait=True)

    def _on_end(self, event: JobExecutionEvent) -> None:
        if isinstance(event.exception, StorageError):  # it must not end the watch: the next look tries again
            logger.error("数据库暂时不可用，稍后再试：%s", event.exception)
        elif event.exception:
            logger.error("定时采集出错（%s），稍后再试", event.job_id, exc_info=event.exception)
        if event.jobstore != RUNS or self.children.stopping.is_set():
            return
        if event.exception:
            self._hold(event.job_id)
        self.jobs.add_job(self._fill, jobstore=WATCH, executor=WATCH)  # once, now; in the one thread that fills

    def _hold(self, name: str) -> None:
        self.held[name] = time.monotonic() + RETRY

    def _look(self) -> None:
        """See to a changed config.yaml, to what people ask for, and to the queue of pictures."""
        stamp = file_stamp(self.config.path)
        if stamp != self.stamp:
            self._reload()
            self.stamp = stamp
        for name in self._asked():
            self._give_turn(name, datetime.now(UTC))
        if not self.broken and not self.children.stopping.is_set():
            self.screens.tend(self.config, self.db)
            self.exchange.tend(self.config, self.db)

    def _reload(self) -> None:
        self.broken = True
        self.jobs.remove_all_jobs(RUNS)
        try:
            config = load(self.config.path)
        except ConfigError as error:
            logger.error("config.yaml 有错，改正之前不启动任何采集：\n%s", error)  # noqa: TRY400 -- the text says it all
            return
        if config.storage != self.config.storage:
            logger.error("storage 设置已改变，请重启定时采集；重启之前不启动任何采集")
            return
        if config.wangdun.concurrent_sites != self.places:
            logger.warning("concurrent_sites 的改动要重启定时采集才生效，现在仍是 %d", self.places)
        self.known = planning.register(config, self.db, datetime.now(UTC))
        self.config = config
        self.held.clear()
        self.broken = False
        logger.info("已重新读取 config.yaml：%d 个站点", len(config.crawler.sites))
        self._fill()

    def _tell(self) -> None:
        """Tell people what has happened. A round that somebody else has begun is as good."""
        if self.broken or self.children.stopping.is_set():
            return
        with suppress(Busy):
            tell(self.config, self.db, partial(datetime.now, UTC))

    def _fill(self) -> None:
        """Give every site its next turn. Those busy with runs that are not ours come first, then the longest due."""
        if self.broken:
            return
        now = datetime.now(UTC)
        with suppress(OSError):  # a full disk: the guard says so
            locks.beat(self.config.storage.data_dir, now.timestamp())
        sampling.draw_due(self.db, now)
        planned = planning.plan(self.config, self.db, self.known, now)
        line = [*planning.overdue_first(planned, now), *(one for one in planned if not one.due(now))]
        self.jobs.remove_all_jobs(RUNS)
        for place, one in enumerate(sorted(line, key=lambda one: not self._locked(one.site.name))):
            moment = self._next_turn(one, now)
            if moment:
                self._give_turn(one.site.name, moment + timedelta(microseconds=place))  # the library sorts by time

    def _next_turn(self, one: Planned, now: datetime) -> datetime | None:
        name = one.site.name
        if name in self.children:
            return None  # when it ends
        if self._locked(name):
            return now  # a run that is not ours shall take one of our places until it ends
        wait = max(0.0, self.held.get(name, 0.0) - time.monotonic())
        moment = min(filter(None, (one.next, one.watch)), default=None)
        return moment and max(moment, now + timedelta(seconds=wait))

    def _give_turn(self, name: str, moment: datetime) -> None:
        self.jobs.add_job(
            self._take_turn,
            DateTrigger(moment, UTC),
            [name],
            id=name,
            jobstore=RUNS,
            executor=RUNS,
            replace_existing=True,
        )

    def _take_turn(self, name: str) -> None:
        """A place is free, for what people asked for in the meantime and then for the site, if it is still due."""
        while self._locked(name) and name not in self.children:
            if self.children.stopping.wait(LOOK):
                return
        while asked := self._asked():
            self._crawl(asked[0])
        if self._startable(name):
            self._crawl_if_due(name)

    def _asked(self) -> list[str]:
        return [name for name in runs.requests(self.db) if name in self.known and self._startable(name)]

    def _crawl_if_due(self, name: str) -> None:
        now = datetime.now(UTC)
        for one in planning.plan(self.config, self.db, self.known, now):
            if one.site.name == name and (one.due(now) or one.watch_due(now)):
                self._crawl(name, watch=not one.due(now))

    def _startable(self, name: str) -> bool:
        if self.broken or self.children.stopping.is_set() or name in self.children or self.guard.closed(self.config):
            return False
        return time.monotonic() >= self.held.get(name, 0.0) and not self._locked(name)

    def _locked(self, name: str) -> bool:
        return planning.locked(self.config, name)

    def _crawl(self, name: str, *, watch: bool = False) -> None:
        before = self._last_run_id(name)
        more = ["--watch"] if watch else []
        process = self.children.start(name, [*self.command(name, self.config.path), *more])
        if process is None:
            return
        logger.info("开始复查站点 %s 的线索网页" if watch else "开始采集站点 %s", name)
        try:
            code = process.wait()
            if self._last_run_id(name) != before:
                logger.info("站点 %s 采集结束，退出码 %d", name, code)
                return
            logger.error("站点 %s 的采集没能启动（退出码 %d），%d 秒后再试", name, code, RETRY)
            self._hold(name)
        finally:
            self.children.forget(name)

    def _last_run_id(self, name: str) -> int | None:
        known = self.known.get(name)
        return runs.last_id(self.db, known.id) if known else None


def serve(config: Config, *, command: Callable[[str, Path], list[str]] = crawl_command) -> int:
    """Be the scheduler until told to stop; the exit code.

    Raises:
        Busy: another one runs on this data folder.
        StorageError: the database cannot be opened.
    """
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # we say it ourselves, in Chinese
    inbox: SimpleQueue[int] = SimpleQueue()  # the one queue that a signal may interrupt and fill at once

    def note_down(signum: int, _frame: Any) -> None:
        inbox.put(signum)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, note_down)
    with locks.scheduler_lock(config.storage.data_dir):
        db = Database.open(config.storage)
        try:
            scheduler = Scheduler(config, db, command=command)
            logger.info("定时采集已启动：%d 个站点，进程号 %d", len(config.crawler.sites), os.getpid())
            scheduler.run(inbox)
        finally:
            db.close()
    logger.info("定时采集已停止")
    return 0
