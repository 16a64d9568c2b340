"""Figures for monitoring, in the text format of Prometheus (version 0.0.4), and the answer of the health check.

https://prometheus.io/docs/instrumenting/exposition_formats/: a metric is its HELP, its TYPE and one line a sample; in
label values a backslash, a quote and a line feed are escaped.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from storage import sites
from storage.exceptions import StorageError
from storage.freshness import fruit
from storage.operation import figures, notices, records
from wangdun import __version__, disk, locks
from wangdun.output import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from storage.database import Database
    from storage.sites import SiteOverview
    from wangdun.config import Config

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
FRESH: Final = (
    10.0  # seconds for which an answer is given again: figures of large tables are not counted for each asker
)
BEAT_LATE: Final = 180.0  # seconds: the schedule fills its jobs once a minute
UNDELIVERED: Final = 6 * 3600.0  # seconds after which a message that waits means that somebody must look
STATUSES: Final = ("running", "complete", "partial", "failed", "interrupted", "killed")


@dataclass(slots=True)
class Metric:
    """One metric and its samples."""

    name: str
    help: str
    kind: str = "gauge"
    samples: list[tuple[dict[str, str], float]] = field(default_factory=list)

    def add(self, value: float, **labels: str) -> Metric:
        """Add a sample."""
        self.samples.append((labels, value))
        return self

    def lines(self) -> Iterator[str]:
        """As the format wants them."""
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} {self.kind}"
        for labels, value in self.samples:
            shown = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
            yield f"{self.name}{{{shown}}} {_number(value)}" if shown else f"{self.name} {_number(value)}"


def _escaped(text: str) -> str:
    return plain(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def render(metrics: Iterable[Metric]) -> str:
    """The whole answer; metrics without samples are left out."""
    return "".join(f"{line}\n" for metric in metrics if metric.samples for line in metric.lines())


def collect(config: Config, db: Database, now: datetime) -> list[Metric]:
    """All figures. A database that cannot be read is a figure too. Raises OSError."""
    found = [
        Metric("wangdun_info", "Version of the program").add(1, version=__version__),
        Metric("wangdun_disk_free_bytes", "Room on the disk of the data folder").add(disk.free_bytes(config)),
        Metric("wangdun_disk_needed_bytes", "Below this no run starts").add(disk.needed_bytes(config)),
        *(_schedule(config) if config.wangdun.runtime == "embedded" else ()),
    ]
    up = Metric("wangdun_database_up", "1 when the database can be read")
    try:
        found += [*_sites(db), *_counts(db), *_messages(db, now), *_backups(db), *_queue(config, db)]
    except StorageError:
        return [*found, up.add(0)]
    return [*found, up.add(1)]


def _schedule(config: Config) -> Iterator[Metric]:
    data = config.storage.data_dir
    running = locks.holder(locks.scheduler_lock_file(data)) is not None
    yield Metric("wangdun_schedule_running", "1 while the scheduler runs").add(running)
    beat = locks.last_beat(data)
    if beat is not None:
        yield Metric("wangdun_schedule_beat_timestamp_seconds", "Last sign of life of the scheduler").add(beat)


def _queue(config: Config, db: Database) -> Iterator[Metric]:
    """Where many machines work together."""
    if config.wangdun.runtime == "embedded":
        return
    from wangdun.distributed import figures as queue_figures

    queue = queue_figures.look(db)
    alive = queue.alive(config) if queue else []
    yield Metric("wangdun_workers_alive", "Workers that gave a sign of life not long ago").add(len(alive))
    if queue is None:
        return
    jobs = Metric("wangdun_jobs", "Jobs of the queue").add(queue.waiting, status="waiting")
    yield jobs.add(queue.running, status="running").add(queue.failed, status="failed")
    yield Metric("wangdun_jobs_oldest_seconds", "How long the oldest job that may begin has waited").add(queue.oldest)
    if queue.last_tick is not None:
        tick = Metric("wangdun_tick_timestamp_seconds", "The last minute in which a worker looked what is due")
        yield tick.add(queue.last_tick.timestamp())


def _sites(db: Database) -> list[Metric]:
    started = Metric("wangdun_site_last_run_timestamp_seconds", "Start of the newest run")
    status = Metric("wangdun_site_last_run_status", "1 for the status of the newest run")
    pages = Metric("wangdun_site_last_run_pages", "Pages of the newest run")
    errors = Metric("wangdun_site_last_run_errors", "Pages of the newest run that could not be read")
    asked = Metric("wangdun_site_last_run_asked", "Requests for pages of the newest run")
    fruitful = Metric("wangdun_site_last_run_fruitful", "Those of them that brought something new")
    listings = Metric("wangdun_site_listings", "Listings known")
    leads = Metric("wangdun_site_leads", "Leads of the site")
    for site in sites.overview(db):
        listings.add(site.listings, site=site.name)
        leads.add(site.leads, site=site.name)
        _add_run(site, started, status, pages, errors)
        _add_fruit(site, asked, fruitful)
    return [started, status, pages, errors, asked, fruitful, listings, leads]


def _add_fruit(site: SiteOverview, asked: Metric, fruitful: Metric) -> None:
    found = fruit.of_extra(site.last_run.tally.extra) if site.last_run else fruit.Fruit()
    if found.asked:
        asked.add(found.asked, site=site.name)
        fruitful.add(found.fruitful, site=site.name)


def _add_run(site: SiteOverview, started: Metric, status: Metric, pages: Metric, errors: Metric) -> None:
    run = site.last_run
    if run is None:
        return
    started.add(run.started_at.timestamp(), site=site.name)
    for one in STATUSES:
        status.add(run.status == one, site=site.name, status=one)
    pages.add(run.tally.pages, site=site.name)
    errors.add(run.tally.errors, site=site.name)


def _counts(db: Database) -> list[Metric]:
    leads = Metric("wangdun_leads", "Leads by status and verdict")
    for (status, verdict), count in sorted(figures.leads(db).items()):
        leads.add(count, status=status, verdict=verdict)
    return [leads, Metric("wangdun_database_bytes", "Size of the database").add(figures.size(db))]


def _messages(db: Database, now: datetime) -> list[Metric]:
    waiting = Metric("wangdun_undelivered", "Messages that wait to be sent")
    oldest = Metric("wangdun_undelivered_oldest_seconds", "Age of the oldest message that waits")
    lost = Metric("wangdun_undeliverable", "Messages that were given up")
    for kind, (count, since, failed) in (("notice", notices.standing(db)), ("webhook", figures.deliveries(db))):
        waiting.add(count, kind=kind)
        oldest.add((now - since).total_seconds() if since else 0, kind=kind)
        lost.add(failed, kind=kind)
    return [waiting, oldest, lost]


def _backups(db: Database) -> list[Metric]:
    last, good = records.last(db, "backup"), records.last(db, "backup", ok=True)
    ok = Metric("wangdun_backup_last_ok", "1 when the newest backup succeeded")
    done = Metric("wangdun_backup_last_success_timestamp_seconds", "When a backup last succeeded")
    if last is not None:
        ok.add(last.ok)
    if good is not None:
        done.add(good.at.timestamp())
    return [ok, done]


def health(config: Config, db: Database, now: datetime) -> dict[str, Any]:
    """What a health check is told: ``ok``, and each question with its answer. Raises OSError."""
    facts: dict[str, Any] = {"disk": {"ok": disk.free_bytes(config) >= disk.needed_bytes(config)}}
    facts["disk"]["free_bytes"] = disk.free_bytes(config)
    if config.wangdun.runtime == "embedded":
        facts["schedule"] = _schedule_health(config, now)
    try:
        if config.wangdun.runtime != "embedded":
            facts["workers"] = _workers_health(config, db, now)
        since = [one for one in (notices.standing(db)[1], figures.deliveries(db)[1]) if one]
        facts["database"] = {"ok": True, "revision": figures.revision(db)}
    except StorageError:
        return {"ok": False, **facts, "database": {"ok": False}}
    oldest = (now - min(since)).total_seconds() if since else 0.0
    facts["messages"] = {"ok": oldest < UNDELIVERED, "oldest_undelivered_seconds": round(oldest, 1)}
    return {"ok": all(one["ok"] for one in facts.values()), **facts}


def _schedule_health(config: Config, now: datetime) -> dict[str, Any]:
    beat = locks.last_beat(config.storage.data_dir)
    running = locks.holder(locks.scheduler_lock_file(config.storage.data_dir)) is not None
    age = None if beat is None else round(now.timestamp() - beat, 1)
    late = running and age is not None and abs(age) > BEAT_LATE
    wanted = any(site.enabled and (site.every or site.cron) for site in config.crawler.sites)
    return {"ok": not late and (running or not wanted), "running": running, "beat_age_seconds": age}


def _workers_health(config: Config, db: Database, now: datetime) -> dict[str, Any]:
    from wangdun.distributed import figures as queue_figures

    queue = queue_figures.look(db)
    names = [one.name for one in queue.alive(config)] if queue else []
    tick = queue.last_tick if queue else None
    age = None if tick is None else round((now - tick).total_seconds(), 1)
    ticking = age is not None and age < queue_figures.LATE
    return {"ok": bool(names) and ticking, "alive": names, "tick_age_seconds": age}


class Monitoring:
    """What the console asks for its monitoring pages; answers are kept for some seconds."""

    def __init__(self, config: Config, db: Database) -> None:
        self.config = config
        self.db = db
        self._text = ""
        self._until = 0.0

    def admits(self, address: str, authorization: str) -> bool:
        """Whether a client at `address` may read figures, with what it sent as ``Authorization``."""
        settings = self.config.wangdun.metrics
        if not settings.enabled:
            return False
        if settings.token_env:
            token = os.environ.get(settings.token_env, "")
            if not token or not hmac.compare_digest(f"Bearer {token}".encode(), authorization.encode()):
                return False
        try:
            client = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        client = getattr(client, "ipv4_mapped", None) or client
        return any(client in ipaddress.ip_network(one, strict=False) for one in settings.allow)

    def text(self) -> str:
        """All figures. Raises OSError."""
        if time.monotonic() >= self._until:
            self._text = render(collect(self.config, self.db, datetime.now(UTC)))
            self._until = time.monotonic() + FRESH
        return self._text

    def health(self) -> dict[str, Any]:
        """In detail. Raises OSError."""
        return health(self.config, self.db, datetime.now(UTC))
