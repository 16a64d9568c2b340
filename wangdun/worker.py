"""Worker: the process that crawls one site once. Started by `wangdun crawl` and by the scheduler.

It speaks JSON lines on its standard output: ``{"type": "progress", …}`` twice a second, ``{"type": "result", …}`` last;
before them one ``{"type": "waiting", …}`` when another run is reading the same host.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

# before all else: it looks the whole stack up among all modules loaded so far, which took a third of a run's start
import scrapy.core.downloader.handlers.http11  # noqa: F401

from wangdun import __version__, logs, parent
from wangdun.config import Config, load
from wangdun.distributed import holding
from wangdun.exceptions import Busy, DoneByOthers, WangdunError
from wangdun.fruit import fruit, learn
from wangdun.health import Facts, judge
from wangdun.locks import host_locks, network_locations, site_lock
from wangdun.stopping import Stop
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy.crawler import Crawler

    from crawler.config import Site
    from crawler.spider import ListingSpider
    from pipelines.ledger import Ledger
    from storage.database import Database
    from storage.records import RunTally
    from wangdun.health import Finding, Status

EXIT = {"complete": 0, "partial": 0, "failed": 1, "interrupted": 130}
WAITING = "等待同一网站的另一个采集结束"
ENDED = {
    "memusage_exceeded": "内存占用超过上限，采集提前停止，其余的下次接着读",
    "site_down": "连续多个网页没有答复或被拒绝，网站可能已停止服务或不愿被访问，采集提前停止，其余的下次接着读",
    "told_to_wait": "网站要求过较长时间再来（Retry-After），采集提前停止，其余的下次接着读",
}
GARBAGE = 10_000  # new objects between two looks for garbage, a page or two; Python's 700 is for small programs
BEAT = 20  # reports between two signs of life in the database: ten seconds


@dataclass(frozen=True, slots=True)
class Result:
    """How one run ended."""

    site: str
    status: Status
    findings: tuple[Finding, ...]
    tally: RunTally
    issues: tuple[tuple[str, str], ...] = ()
    """The first pages that could not be read: (URL, reason)."""

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"type": "result", **asdict(self)}


class Run:
    """One run of one site, from the first request to the last row."""

    def __init__(  # noqa: PLR0913 -- one fact each
        self, config: Config, site: Site, db: Database, *, stop: Stop, trigger: str, full: bool, watch: bool = False
    ) -> None:
        self.config = config
        self.site = site
        self.db = db
        self.full = full
        self.watch = watch
        self.stop = stop
        self.reports = 0
        self.ledger = self._open_ledger(trigger)
        self.crawler: Crawler | None = None

    def crawl(self) -> Result:
        """Run the engine until it is done, then judge and record the run."""
        from scrapy.crawler import AsyncCrawlerProcess

        from crawler.settings import settings_for

        process = AsyncCrawlerProcess(
            settings_for(self.config.crawler, self.site, __version__)
            | {"LOG_ENABLED": False, "LOG_LEVEL": self.config.wangdun.log_level}
            | self.more_settings(),
        )
        self.crawler = process.create_crawler(self.spider_class())
        limits = self.config.crawler.limits_of(self.site)
        more = {"full": self.full, "watch": self.watch, "report": self.report} | self.more_arguments()
        process.crawl(self.crawler, site=self.site, ledger=self.ledger, limits=limits, **more)
        # what was loaded lives as long as the run: the collector need not walk it again and again
        gc.freeze()
        gc.set_threshold(GARBAGE)
        self.stop.attend(self.crawler)
        process.start(install_signal_handlers=False)
        return self.close()

    def spider_class(self) -> type[ListingSpider]:
        """What reads the site."""
        if not self.site.item_pages:
            from crawler.row_spider import RowSpider

            return RowSpider
        from crawler.spider import ListingSpider

        return ListingSpider

    def more_settings(self) -> dict[str, Any]:
        """Settings of the engine that only this kind of run has."""
        return {}

    def more_arguments(self) -> dict[str, Any]:
        """Arguments of the spider that only this kind of run has."""
        return {}

    def stats(self) -> dict[str, Any]:
        """What the engine has counted."""
        return self.crawler.stats.get_stats() if self.crawler is not None and self.crawler.stats else {}

    def report(self) -> None:
        """Tell how far the run is; every now and then also the database."""
        self.reports += 1
        tally = self.tally()
        spider = self._spider
        _say({"type": "progress", "site": self.site.name, "asked": len(spider.asked) if spider else 0} | asdict(tally))
        if self.reports % BEAT == 0:
            self.tell_database(tally)

    def tell_database(self, tally: RunTally) -> None:
        """A sign of life."""
        from storage import runs
        from storage.exceptions import StorageError

        try:
            runs.beat(self.db, self.ledger.run_id, datetime.now(UTC), tally)
        except StorageError as error:  # whether the run can go on is for its next write to find out
            logging.getLogger(__name__).warning("no sign of life stored: %s", error)

    def tally(self) -> RunTally:
        """What has been counted so far."""
        stats = self.stats()
        pages = sum(stats.get(f"page/{kind}", 0) for kind in ("list", "item", "source", "failed"))
        return self.ledger.tally(
            pages=pages,
            requests=stats.get("traffic/requests", 0),
            bytes=stats.get("traffic/bytes", 0),
            extra={
                "pages_list": stats.get("page/list", 0),
                "pages_item": stats.get("page/item", 0),
                "listed": self._spider.listed if self._spider else 0,
                **fruit(stats, self.ledger.counts),
            },
        )

    @property
    def _spider(self) -> ListingSpider | None:
        return cast("ListingSpider | None", self.crawler.spider) if self.crawler is not None else None

    def _open_ledger(self, trigger: str) -> Ledger:
        from pipelines.ledger import Ledger
        from storage import runs, sites
        from storage.evidence import watching
        from storage.evidence.objects import Objects
        from storage.evidence.sweeping import sweep
        from wangdun.late_detector import LateDetector
        from wangdun.securing import evidence_for

        now = datetime.now(UTC)
        objects = Objects.of(self.config.storage)
        sweep(self.db, objects, now)  # what a killed run sealed is adopted, what it left half-done is not
        steps = self.config.crawler.watch
        watching.enrol(self.db, steps, now)
        site_id = sites.register(self.db, self.site.name, self.site.platform, self.site.start, now)
        detector = LateDetector(self.config.keywords, self.config.storage.data_dir / "cache")
        run_id = self.begin(site_id, now, detector.version, runs.WATCH if self.watch else trigger)
        covered = runs.walk_was_complete(self.db, site_id, before=run_id)
        evidence = evidence_for(
            self.config, self.site, self.db, objects, site_id=site_id, run_id=run_id, lexicon=detector.version
        )
        return Ledger(self.db, site_id, run_id, detector=detector, covered=covered, evidence=evidence, watch=steps)

    def begin(self, site_id: int, now: datetime, lexicon_version: str, trigger: str) -> int:
        """Open the run in the database; its id."""
        from storage import runs

        facts: dict[str, Any] = {
            "pid": os.getpid(),
            "lexicon_version": lexicon_version,
            "config_hash": self.config.hash,
        }
        return runs.start(self.db, site_id, now=now, trigger=trigger, **facts)

    def close(self) -> Result:
        """Judge the run and write down how it ended."""
        from storage import runs

        self.ledger.flush()
        facts = self._facts()
        status, findings = judge(facts)
        reason = "；".join(finding.reason for finding in findings)
        orphaned = parent.lost()  # such a run stays unended: it is made up for at once
        if self.ledger.failure is None and not orphaned:
            runs.finish(
                self.db,
                self.ledger.run_id,
                now=datetime.now(UTC),
                status=status,
                reason=reason,
                tally=facts.tally,
                complete_walk=facts.covered and not facts.interrupted and not self.watch,
            )
            learn(self.ledger, self._spider, status)
            self._write_head()
        return Result(self.site.name, status, findings, facts.tally, tuple(self.ledger.samples))

    def _write_head(self) -> None:
        """What this run secured cannot be cut off the custody chain unseen."""
        from storage.evidence import heads
        from storage.exceptions import EvidenceError

        try:
            heads.write_head(self.db, self.config.storage.evidence_dir, datetime.now(UTC))
        except EvidenceError as error:  # the run itself is done: the next one begins with the same
            logging.getLogger(__name__).warning("the head of the custody chain was not written: %s", error)

    def _facts(self) -> Facts:
        from storage import runs
        from wangdun.health import GOOD_RUNS

        spider = self._spider
        listed = self.ledger.failure is None and not self.watch
        before = runs.last_good(self.db, self.ledger.site_id, GOOD_RUNS) if listed else []
        stats = self.crawler.stats if self.crawler is not None else None
        ended = stats.get_value("finish_reason") if stats is not None else None
        return Facts(
            tally=self.tally(),
            # what is expected of the lists is not expected of a run that reads none
            expect=self.site.expect.model_copy(update={"listings": (None, None)}) if self.watch else self.site.expect,
            before=[run.tally for run in before],
            list_problems={str(kind): reason for kind, reason in spider.list_problems.items()} if spider else {},
            # an engine that stopped by itself (memory) left pages unread
            covered=bool(spider and spider.covered and ended == "finished"),
            early_stop=bool(spider and any(walk.ending == "known" for walk in spider.walks)),
            interrupted=self.stop.asked > 0,
            failure=self.ledger.failure or self.ledger.halted or _why_ended(ended, started=spider is not None),
            problems=dict(self.ledger.kinds),
            unread=self._unread(),
            reached=(*(spider.reached if spider else ()), *(("minutes",) if ended == "closespider_timeout" else ())),
        )

    def _unread(self) -> tuple[int, dict[str, int]]:
        """Of rows that are as they were; only of a site whose rows are its listings."""
        if self.site.item_pages or self._spider is None:
            return 0, {}
        from crawler.row_spider import RowSpider

        spider = self._spider
        return (spider.unread.rows, spider.unread.empty) if isinstance(spider, RowSpider) else (0, {})


def _why_ended(reason: object, *, started: bool) -> str | None:
    return ENDED.get(str(reason)) if started else "采集程序没有启动，详见日志"


def crawl_site(config: Config, name: str, *, trigger: str, full: bool, watch: bool = False) -> Result:
    """Crawl one site once, in this process, after all runs that are reading its hosts.

    Raises:
        Busy: the site is being crawled by another process.
        KeyboardInterrupt: asked to stop while waiting for the hosts.
        StorageError: the database cannot be opened.
    """
    from storage.database import Database

    site, stop = config.crawler.site(name), Stop()
    stop.install()
    data_dir, hosts = config.storage.data_dir, network_locations(site.start)
    waiting = stop.patience(partial(_say_waiting, name))
    kind, shared = _kind(site, watch=watch), site.shared and not watch
    with ExitStack() as locks:
        locks.enter_context(site_lock(data_dir, name, shared=shared))
        # those who share a site hold no lock against each other: the gate in Redis keeps them polite together
        held = holding.Held() if shared else locks.enter_context(holding.holding_site(config, name))
        take: dict[str, Any] = {"take": lambda host: held.take(holding.host_key(host)), "shared": shared}
        locks.enter_context(host_locks(data_dir, hosts, waiting=waiting, **take))
        db = Database.open(config.storage)
        try:
            return kind(config, site, db, stop=stop, trigger=trigger, full=full, watch=watch).crawl()
        except DoneByOthers as done:
            return cast("Result", done.result)
        finally:
            db.close()


def _kind(site: Site, *, watch: bool) -> type[Run]:
    if not site.shared:
        return Run
    from wangdun.shared import GatedRun, SharedRun

    return GatedRun if watch else SharedRun


def _say_waiting(name: str) -> None:
    logging.getLogger(__name__).info("%s", WAITING)
    _say({"type": "waiting", "site": name, "reason": WAITING})


def main(args: Sequence[str] | None = None) -> int:
    """Run as a process of its own; the exit code is 0 done, 1 failed, 2 refused, 130 interrupted."""
    options = _parse(args)
    parent.follow()
    os.umask(0o077)  # what is kept holds contacts of people: nobody else on this machine reads it
    try:
        config = load(options.config)
        _start_log(config, options.site)
        result = crawl_site(config, options.site, trigger=options.trigger, full=options.full, watch=options.watch)
    except Busy as error:
        return _refuse(options.site, "busy", error, 2)
    except KeyboardInterrupt:  # before the run had begun
        return 130
    except Exception as error:  # the boundary of a run: whatever happens is said in one line, the log has the rest
        logging.getLogger(__name__).exception("the run of %s ended early", options.site)
        return _refuse(options.site, "failed", error, getattr(error, "exit_code", 1))
    _say(result.as_dict())
    return EXIT[result.status]


def _parse(args: Sequence[str] | None) -> Any:
    parser = ArgumentParser(prog="python -m wangdun.worker")
    parser.add_argument("site")
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--trigger", default="manual")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--watch", action="store_true")
    return parser.parse_args(args)


def _refuse(site: str, kind: str, error: Exception, code: int) -> int:
    finding = {"level": "error", "kind": kind, "reason": _reason(error)}
    _say({"type": "result", "site": site, "status": "failed", "findings": [finding], "tally": {}})
    return code


def _reason(error: Exception) -> str:
    if isinstance(error, WangdunError) or type(error).__module__.startswith(("storage", "keywords", "crawler")):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}：{why(error)}"
    return f"程序内部错误（{type(error).__name__}：{error}），详见日志"


def _start_log(config: Config, name: str) -> None:
    file = logs.weekly(config, f"crawl-{name}")
    form = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    zone = ZoneInfo(config.wangdun.timezone)
    form.converter = lambda seconds: datetime.fromtimestamp(seconds or 0, zone).timetuple()
    file.setFormatter(logs.formatter(config, form))
    file.setLevel(config.wangdun.log_level)  # the engine opens the root logger for everything
    logging.basicConfig(level=config.wangdun.log_level, handlers=[file], force=True)
    logs.hush(config)


def _say(message: dict[str, Any]) -> None:
    try:
        sys.stdout.write(json.dumps(message, ensure_ascii=True, default=str) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:  # nobody listens any more; the run itself goes on
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 -- lives as long as the process


__all__ = ["Result", "crawl_site", "main"]

if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    sys.exit(main())
