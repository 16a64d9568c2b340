"""When a site is to be crawled next: a pure function of its settings, its last started run and the clock.

Nothing else is remembered, so that a crash of the scheduler can neither lose a run nor double one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import tzinfo

    from crawler.config import Quiet, Site

FUTURE_LIMIT = timedelta(days=1)  # more than any time-zone mistake; a later "last run" was written by a wrong clock
QUICK_REPEATS = (
    3  # killed runs in a row that are made up for at once: more are no power cut but a run that kills itself
)
WATCH_PAUSE = timedelta(minutes=15)  # a quarter of the shortest step of the schedule as it comes
WATCH_PAUSE_FAILED = timedelta(hours=1)  # most outages are over by then
ADJUSTMENTS = 4  # quiet hours and campaign dates can push each other forward once or twice
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")  # crontab's numbers; APScheduler counts from Monday
CRON_FIELDS = 5
LONGEST_CRON = 200  # characters; the longest sensible one has forty
CRON_HELP = '应写成五项"分 时 日 月 周"，如 "0 7 * * 1-5"（周一至周五 7:00）'


def next_run(  # noqa: PLR0913 -- one fact each
    site: Site,
    last_started: datetime | None,
    now: datetime,
    zone: tzinfo,
    since: datetime | None = None,
    *,
    killed: int = 0,
    pace: timedelta | None = None,
) -> datetime | None:
    """The moment (UTC, never before `now`) of the next run; `now` itself when the site is due; None for never.

    However many runs were missed, one makes up for them. A clock set back by up to a day delays runs and doubles none.
    `since` is when the site began to be watched: a site with a cron that never ran waits for the first time after it.
    `killed` is how many runs in a row, up to the last one, died without an end. `pace` is the interval of a site whose
    `every` is ``auto``; the longest it may have when nobody says.
    """
    if not site.enabled or not (site.every or site.cron):
        return None
    if last_started is not None and last_started > now + FUTURE_LIMIT:
        last_started = None
    if 0 < killed <= QUICK_REPEATS:
        return _allowed(site, now, zone)
    planned = (
        _by_interval(site, last_started, now, pace) if site.every else _by_cron(site, last_started or since, now, zone)
    )
    return planned and _allowed(site, max(planned, now), zone)


def next_watch(  # noqa: PLR0913 -- one fact each
    site: Site,
    due: datetime,
    last_started: datetime | None,
    now: datetime,
    zone: tzinfo,
    *,
    failed: bool = False,
) -> datetime | None:
    """The moment (UTC) at which a run shall look at watched pages of which the first is due then; None for never.

    `last_started` is that of the site's newest run of any kind: pages that come due one after the other are looked at
    together. After one that `failed` it is waited longer: the site is down or wants to be left alone.
    """
    if not site.enabled or not (site.every or site.cron):
        return None
    if last_started is not None and last_started <= now + FUTURE_LIMIT:
        due = max(due, last_started + (WATCH_PAUSE_FAILED if failed else WATCH_PAUSE))
    return _allowed(site, max(due, now), zone)


def _by_interval(site: Site, last_started: datetime | None, now: datetime, pace: timedelta | None) -> datetime:
    assert site.every is not None
    every = site.every if isinstance(site.every, timedelta) else pace or site.every_max
    return now if last_started is None else last_started.astimezone(UTC) + every


def _by_cron(site: Site, after: datetime | None, now: datetime, zone: tzinfo) -> datetime | None:
    assert site.cron is not None
    if after is None:
        return now
    if site.active and site.active.start:
        begin = datetime.combine(site.active.start, time(), zone)
        after = max(after, begin - timedelta(microseconds=1))
    return parse_cron(site.cron).after(after, zone)


def _allowed(site: Site, moment: datetime, zone: tzinfo) -> datetime | None:
    """`moment`, or the first one after it that campaign dates and quiet hours allow."""
    for _ in range(ADJUSTMENTS):
        local = moment.astimezone(zone)
        later = _after_quiet(site.quiet, local) or local
        if site.active and site.active.start and later.date() < site.active.start:
            later = datetime.combine(site.active.start, time(), zone)
        if site.active and site.active.end and later.date() > site.active.end:
            return None
        if later == local:
            break
        moment = later.astimezone(UTC)
    return moment.astimezone(UTC)


def _after_quiet(quiet: Quiet | None, local: datetime) -> datetime | None:
    """The end of the quiet hours that `local` lies in; None when it lies in none."""
    if quiet is None or quiet.start == quiet.end:
        return None
    clock = local.time()
    overnight = quiet.start > quiet.end
    if overnight and clock >= quiet.start:
        return datetime.combine(local.date() + timedelta(days=1), quiet.end, local.tzinfo)
    inside = clock < quiet.end if overnight else quiet.start <= clock < quiet.end
    return datetime.combine(local.date(), quiet.end, local.tzinfo) if inside else None


@dataclass(frozen=True, slots=True)
class Cron:
    """A crontab line: as in crontab, 0 and 7 are Sunday, and a day fits by its date or by its weekday."""

    minute: str
    hour: str
    days: tuple[tuple[str, str], ...]
    """(day of month, day of week) pairs, of which any may fit."""
    month: str

    def after(self, moment: datetime, zone: tzinfo) -> datetime | None:
        """The first time (UTC) strictly after `moment`; None when there is none.

        Wall-clock times are looked for, so that the night when the clocks change has each of them just once.
        """
        wall = moment.astimezone(zone).replace(tzinfo=UTC)
        while (found := self._after_wall(wall)) is not None:
            real = found.replace(tzinfo=zone).astimezone(UTC)
            if real > moment:
                return real
            wall = found
        return None

    def _after_wall(self, wall: datetime) -> datetime | None:
        start = wall + timedelta(microseconds=1)
        times = [trigger.get_next_fire_time(None, start) for trigger in _triggers(self)]
        return min(filter(None, times), default=None)


@lru_cache(maxsize=2048)  # one per site
def _triggers(cron: Cron) -> tuple[Any, ...]:
    from apscheduler.triggers.cron import CronTrigger  # 60 ms to import: only where a cron is used

    return tuple(
        CronTrigger(
            minute=cron.minute, hour=cron.hour, day=day, month=cron.month, day_of_week=week, second=0, timezone=UTC
        )
        for day, week in cron.days
    )


@lru_cache(maxsize=2048)  # one per site
def parse_cron(text: str) -> Cron:
    """Read ``0 7 * * 1-5``.

    Raises:
        ValueError: it is no crontab line, or its time never comes; the message is Chinese.
    """
    parts = text.lower().split()
    if len(parts) != CRON_FIELDS or len(text) > LONGEST_CRON:
        raise ValueError(CRON_HELP)
    minute, hour, day, month, week = parts
    week = _weekdays(week)
    either = not day.startswith("*") and week != "*"
    cron = Cron(minute, hour, ((day, "*"), ("*", week)) if either else ((day, week),), month)
    try:
        found = cron.after(datetime(2023, 12, 31, tzinfo=UTC), UTC)  # every date occurs within the leap year after it
    except (ValueError, TypeError) as error:
        raise ValueError(f"无法识别 {text!r}。{CRON_HELP}") from error  # the scheduler's own words are English
    if found is None or found.year > 2051:  # 28 years: every date has by then met every weekday
        raise ValueError("这个时间永远不会到来")
    return cron


def _weekdays(text: str) -> str:
    """Crontab's weekday field in names, which mean the same to everybody: ``1-5`` → ``mon,tue,wed,thu,fri``."""
    if text == "*":
        return "*"
    names: dict[str, None] = {}
    for part in text.split(","):
        found = re.fullmatch(r"(?:\*|([0-7a-z]{1,3})(?:-([0-7a-z]{1,3}))?)(?:/([1-7]))?", part)
        if not found:
            raise ValueError(f"星期 {part!r} 无法识别。{CRON_HELP}")
        first, last = (0, 6) if found[1] is None else (_weekday(found[1]), _weekday(found[2] or found[1]))
        if last < first:
            last += 7
        names |= dict.fromkeys(WEEKDAYS[number % 7] for number in range(first, last + 1, int(found[3] or 1)))
    return ",".join(names)


def _weekday(text: str) -> int:
    if text.isdigit() and len(text) == 1:
        return int(text)
    if text in WEEKDAYS:
        return WEEKDAYS.index(text)
    raise ValueError(f"星期 {text!r} 无法识别。{CRON_HELP}")


def cron_problem(text: str) -> str | None:
    """What is wrong with a crontab line, in Chinese; None when nothing is."""
    try:
        parse_cron(text)
    except ValueError as error:
        return str(error)
    return None
