"""Screens: the worker that has a browser look at what the queue asks for, and seals what it shows.

One at a time, never two on one host, with the site's own delay between two pages: the browser is no less polite than
the crawl, and waits for a crawl of the same host to end; only for so long, for pages of leads do not stay.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.evidence import jobs, sealing
from storage.evidence.sweeping import sweep
from wangdun import locks, screen_drafts
from wangdun.distributed import holding
from wangdun.exceptions import Busy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from crawler.browser.records import Shot
    from crawler.browser.robots import Ruling
    from crawler.config import Site
    from storage.database import Database
    from storage.evidence.jobs import Job
    from storage.evidence.objects import Objects
    from wangdun.config import Config

ACTOR = "截屏程序"
BESIDE = 900.0  # seconds that a host's crawl is waited for; then one page at a time is opened beside it
POLL = 1.0  # seconds between two looks at what is due: people who ask for a picture wait for it
logger = logging.getLogger("wangdun.screens")


@dataclass(slots=True)
class Tally:
    """What the worker did."""

    captured: int = 0
    not_captured: int = 0
    """Sealed with the reason why there is no picture."""
    postponed: int = 0
    """To be tried again."""

    @property
    def taken(self) -> int:
        """All attempts."""
        return self.captured + self.not_captured + self.postponed


@dataclass(frozen=True, slots=True)
class Taken:
    """One attempt, for whoever watches."""

    job: Job
    shot: Shot
    seconds: float
    waiting: int
    """Jobs that are still due."""


def lock_file(data_dir: Path) -> Path:
    """The lock file of the one worker of a data folder."""
    return locks.lock_folder(data_dir) / "screens.lock"


@contextmanager
def the_one(config: Config) -> Iterator[None]:
    """Be the one worker of this data folder. Raises Busy: there is one already."""
    said = "截屏程序已在运行"
    with locks.file_lock(lock_file(config.storage.data_dir), said), holding.the_only_one(config, "screens", said):
        yield


class Screens:
    """Works the queue off."""

    def __init__(
        self,
        config: Config,
        db: Database,
        objects: Objects,
        *,
        clock: Callable[[], datetime],
        tell: Callable[[Taken], None] = lambda _taken: None,
    ) -> None:
        """Not before `the_one` is held: jobs of earlier workers on this machine are given back."""
        from crawler.browser import Browser, Limits
        from crawler.browser.robots import Robots
        from crawler.settings import user_agent
        from wangdun import __version__

        evidence = config.storage.evidence
        agent = user_agent(config.crawler, __version__)
        self.config, self.db, self.objects, self.clock, self.tell = config, db, objects, clock, tell
        self.browser = Browser(evidence.browser, Limits(seconds=evidence.screen_seconds), user_agent=agent)
        self.robots = Robots(agent)
        self.worker = f"{socket.gethostname()}:{os.getpid()}"
        self.turns = Turns(config)
        self.tally = Tally()
        sweep(db, objects, clock())
        jobs.release(db, socket.gethostname())

    def run(self, limit: int | None = None) -> Tally:
        """Take what is due, until nothing is, or `limit` attempts in all.

        Raises:
            DiskFull: there is no room for evidence; the job waits in the queue.
            StorageError: database or evidence folder cannot be read or written.
            KeyboardInterrupt: somebody asked for the end; the job under way waits in the queue.
        """
        while limit is None or self.tally.taken < limit:
            job = jobs.claim(self.db, self.worker, self.clock(), busy=self.turns.busy(self.db))
            if job is not None:
                self._take(job)
            elif jobs.due(self.db, self.clock()):
                time.sleep(POLL)  # their hosts rest
            else:
                break
        return self.tally

    def _take(self, job: Job) -> None:
        started = time.monotonic()
        try:
            with self.turns.of(job):
                shot, site, ruling = self._look(job)
            self._settle(job, shot, site, ruling)
        except BaseException:  # Ctrl-C, a full disk, a lost database: the attempt did not happen
            jobs.hand_back(self.db, job)
            raise
        logger.info("截屏 %s %s：%s", job.site, job.url, shot.missing or "完成")
        self.tell(Taken(job, shot, time.monotonic() - started, jobs.due(self.db, self.clock())))

    def _look(self, job: Job) -> tuple[Shot, Site | None, Ruling | None]:
        """What the browser shows, or why it was not opened."""
        from crawler.browser.records import Shot

        site = next((one for one in self.config.crawler.sites if one.name == job.site), None)
        if site is None:
            return Shot(job.url, missing="未截屏：站点已不在配置文件中，不再访问"), None, None
        if not screen_drafts.is_of(site, job.url):
            return Shot(job.url, missing="未截屏：不是该站点的网址"), site, None
        if self.browser.absence:
            return Shot(job.url, missing=f"未截屏：{self.browser.absence}"), site, None
        ruling = self.robots.judge(job.url) if site.robots.obey else None
        if ruling is not None and ruling.reason:
            return Shot(job.url, missing=f"未截屏：{ruling.reason}", is_final=ruling.is_final), site, ruling
        self.turns.note_delay(job.site, ruling.delay if ruling else 0.0)
        return self.browser.shoot(job.url), site, ruling

    def _settle(self, job: Job, shot: Shot, site: Site | None, ruling: Ruling | None) -> None:
        if not shot.is_captured and not shot.is_final and not job.is_last:
            jobs.postpone(self.db, job, shot.missing, self.clock())
            self.tally.postponed += 1
            return
        now = self.clock()
        draft = screen_drafts.draft(self.config, job, shot, site=site, ruling=ruling, taken_at=now)
        capture = sealing.seal(self.db, self.objects, draft, actor=ACTOR, now=now)
        jobs.finish(self.db, job, capture.id, reason="" if shot.is_captured else shot.missing)
        self.tally.captured += shot.is_captured
        self.tally.not_captured += not shot.is_captured


class Turns:
    """Whose turn it is: which hosts rest, and which are being crawled."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.ids: dict[str, int] = {}
        self._next: dict[str, float] = {}
        """Site → monotonic time before which it is left alone."""
        self._crawled_since: dict[str, float] = {}
        self._asked: dict[str, float] = {}
        """Site → delay that its robots.txt asks for."""

    def busy(self, db: Database) -> set[int]:
        """Ids of the sites that are not to be opened now."""
        from storage import sites

        now, found = time.monotonic(), set()
        for site in self.config.crawler.sites:
            if self._rests(site, now, db):
                if site.name not in self.ids and (number := sites.find(db, site.name)) is not None:
                    self.ids[site.name] = number
                found.add(self.ids.get(site.name, 0))
        return found

    def _rests(self, site: Site, now: float, db: Database) -> bool:
        hosts = locks.network_locations(site.start)
        if now < max(self._next.get(host, 0.0) for host in hosts):
            return True
        folder = self.config.storage.data_dir
        here = any(locks.holder(locks.host_lock_file(folder, host)) is not None for host in hosts)
        if not here and not holding.holders(self.config, db, map(holding.host_key, hosts)):
            self._crawled_since.pop(site.name, None)
            return False
        return now - self._crawled_since.setdefault(site.name, now) < BESIDE

    @contextmanager
    def of(self, job: Job) -> Iterator[None]:
        """Keep crawls off the job's hosts meanwhile, unless one is there already; then let the hosts rest."""
        site = next((one for one in self.config.crawler.sites if one.name == job.site), None)
        hosts = locks.network_locations(site.start) if site else frozenset()
        with ExitStack() as held, holding.holding(self.config) as shared:
            for host in sorted(hosts):
                path = locks.host_lock_file(self.config.storage.data_dir, host)
                alone = shared.take(holding.host_key(host))
                try:
                    held.enter_context(locks.file_lock(path, ""))
                except Busy:
                    alone = False
                if not alone:  # waited for long enough, see `BESIDE`
                    logger.info("与采集同时打开 %s", job.site)
            yield
        if site is not None:
            delay = max(self.config.crawler.politeness_of(site).delay, self._asked.get(job.site, 0.0))
            self._next |= dict.fromkeys(hosts, time.monotonic() + delay)

    def note_delay(self, site: str, seconds: float) -> None:
        """What the site's robots.txt asks for."""
        self._asked[site] = seconds
