"""Which site runs when: the settings and the stored runs, put together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from storage import runs, sites
from storage.evidence import watching
from storage.freshness import boards
from wangdun import locks
from wangdun.distributed import holding
from wangdun.due import QUICK_REPEATS, next_run, next_watch
from wangdun.pacing import pace_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from crawler.config import Site
    from storage.database import Database
    from storage.runs import Run
    from wangdun.config import Config
    from wangdun.pacing import Pace

UNENDED = {"running", "killed"}
"""A run that nobody works on is marked as killed only when the next one of its site begins."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A site, its newest run, and when it runs next."""

    site: Site
    last: Run | None
    next: datetime | None
    """UTC; None when the site is never started by the schedule."""
    watch: datetime | None = None
    """When only its watched pages are to be looked at, UTC; None when its next run comes no later and does it."""
    pace: Pace | None = None
    """The interval that was learned and why; None unless `every` is ``auto``."""

    def watch_due(self, now: datetime) -> bool:
        """Watched pages should be looked at, and nothing else."""
        return self.watch is not None and self.watch <= now and not self.due(now)

    def due(self, now: datetime) -> bool:
        """It should be running."""
        return self.next is not None and self.next <= now


@dataclass(frozen=True, slots=True)
class Known:
    """What the database calls a site."""

    id: int
    since: datetime
    """When it was first registered."""


def register(config: Config, db: Database, now: datetime) -> dict[str, Known]:
    """Make all configured sites known: from then on a missed run is noticed. By name."""
    stored = {site.name: site for site in sites.overview(db)}
    for site in config.crawler.sites:
        before = stored.get(site.name)
        if before is None or (before.platform, before.start_urls) != (site.platform, site.start):
            sites.register(db, site.name, site.platform, site.start, now)
    wanted = {site.name for site in config.crawler.sites}
    return {site.name: Known(site.id, site.registered_at) for site in sites.overview(db) if site.name in wanted}


def plan(config: Config, db: Database, known: dict[str, Known], now: datetime) -> list[Planned]:
    """Every configured site with its newest run and its next one, in the order of the configuration."""
    zone = ZoneInfo(config.wangdun.timezone)
    with db.read() as connection:
        newest = runs.newest(connection)
        latest = runs.newest_of_any_kind(connection)
        read = boards.of_sites(connection)
    watched = watching.next_by_site(db, config.crawler.watch, now)
    killed = _killed(config, db, known, newest)
    planned = []
    for site in config.crawler.sites:
        seen = known.get(site.name)
        last = newest.get(seen.id) if seen else None
        started, since = last.started_at if last else None, seen.since if seen else None
        pace = pace_of(site, read.get(seen.id, ()) if seen else (), failed=last is not None and last.status == "failed")
        wait, died = pace.wait if pace else None, killed.get(seen.id, 0) if seen else 0
        moment = next_run(site, started, now, zone, since, killed=died, pace=wait)
        watch = None
        if seen and seen.id in watched and config.crawler.limits_of(site).checks:
            watch = _watch(site, watched[seen.id], latest.get(seen.id), now, zone)
        planned.append(Planned(site, last, moment, watch if watch and moment and watch < moment else None, pace))
    return planned


def _watch(site: Site, due: datetime, latest: Run | None, now: datetime, zone: ZoneInfo) -> datetime | None:
    started, failed = (latest.started_at, latest.status == "failed") if latest else (None, False)
    return next_watch(site, due, started, now, zone, failed=failed)


def _killed(config: Config, db: Database, known: dict[str, Known], newest: dict[int, Run]) -> dict[int, int]:
    """Of each site whose newest run died, by id: how many in a row did, counted no further than matters.

    A run holds its site's lock from before its row says "running" until after it says otherwise: it is dead when the
    lock was free while the row said so, before and after.
    """
    killed = {}
    for name, seen in known.items():
        last = newest.get(seen.id)
        if last is None or not _unended(last) or name in busy(config, db, [name]):
            continue
        recent = runs.recent(db, seen.id, QUICK_REPEATS + 1)
        if recent[0].id == last.id:
            killed[seen.id] = len(list(takewhile(_unended, recent)))
    return killed


def locked(config: Config, name: str) -> bool:
    """Whether some process on this machine is crawling the site."""
    return locks.holder(locks.site_lock_file(config.storage.data_dir, name)) is not None


def busy(config: Config, db: Database, names: Iterable[str]) -> set[str]:
    """The sites of these that some process is crawling, on whatever machine. Raises StorageError."""
    keys = {holding.site_key(name): name for name in names}
    elsewhere = {keys[key] for key in holding.holders(config, db, keys)}
    return elsewhere | {name for name in keys.values() if locked(config, name)}


def _unended(run: Run) -> bool:
    return run.status in UNENDED


def overdue_first(planned: Iterable[Planned], now: datetime) -> list[Planned]:
    """The due ones, never run and longest waiting first."""
    due = [one for one in planned if one.due(now)]
    return sorted(due, key=lambda one: one.last.started_at.timestamp() if one.last else 0.0)


def due_sites(config: Config, db: Database, now: datetime) -> list[str]:
    """Names of the sites that should be running at `now`, longest waiting first. Raises StorageError."""
    planned = plan(config, db, register(config, db, now), now)
    return [one.site.name for one in overdue_first(planned, now)]


def watch_due_sites(config: Config, db: Database, now: datetime) -> list[str]:
    """Names of the sites of which only watched pages should be looked at. Raises StorageError."""
    planned = plan(config, db, register(config, db, now), now)
    return [one.site.name for one in planned if one.watch_due(now)]


def span_text(span: timedelta) -> str:
    """``6h``, as the configuration writes it."""
    seconds = int(span.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def every_text(every: timedelta | str) -> str:
    """An interval as the configuration writes it."""
    return span_text(every) if isinstance(every, timedelta) else every


def how_text(site: Site) -> str:
    """How the site is scheduled, in words."""
    if not site.enabled:
        return "停用"
    if isinstance(site.every, timedelta):
        return f"每 {span_text(site.every)}"
    if site.every:
        return f"自动 {span_text(site.every_min)}–{span_text(site.every_max)}"
    return f"定时 {site.cron}" if site.cron else "仅手动"
