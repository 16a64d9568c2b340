"""The sites of config.yaml as the console shows and changes them (`console.services.SiteService`)."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import asdict
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from console.services import Changed, Schedule, ServiceRefusal, SiteSettings, Tried
from crawler.config import AUTO, Site
from storage import runs, sites
from storage.freshness import boards
from wangdun import planning, settings_file, yaml_edit
from wangdun.config import ConfigFile, load
from wangdun.due import cron_problem, next_run, parse_cron
from wangdun.exceptions import ConfigError, WangdunError
from wangdun.mistakes import reason
from wangdun.output import plain
from wangdun.pacing import pace_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from storage.database import Database
    from wangdun.config import Config

NEXT = 3  # times shown: enough to see the rhythm
SHORTEST = timedelta(minutes=10)  # offers stand for hours; a site asked more often is one that locks us out
LOOKED_AT = 50  # times of a cron: two days of hourly ones, so that two close ones of a day are among them
TOO_OFTEN = "采集过密：两次采集至少应间隔 10 分钟，以免影响对方网站或被其封禁"
LOG_BYTES = 64 * 1024  # of the end of a log: some hundred lines
LOG_LINES = 200  # shown: two runs without trouble
LONGEST_LINE = 500  # characters
FIELDS = {"every": "every", "cron": "cron", "quiet": "quiet", "active": "since", "enabled": "enabled"}
BOM = "\ufeff"


class ConfiguredSites:
    """Reads config.yaml anew for each question: people edit it while the console runs."""

    def __init__(self, path: Path, db: Database) -> None:
        self._path = path
        self._db = db

    def sites(self, now: datetime) -> Sequence[SiteSettings]:
        """All, in the order of the file."""
        config = self._load()
        known = planning.register(config, self._db, now)
        asked = set(runs.requests(self._db))
        running = planning.busy(config, self._db, known)
        return [
            SiteSettings(
                *(one.site.name, one.site.platform, one.site.start, schedule_of(one.site), planning.how_text(one.site)),
                next=one.next,
                running=one.site.name in running,
                asked=one.site.name in asked,
                ignores_robots="" if one.site.robots.obey else one.site.robots.reason or "未写理由",
                pace=f"现为每 {planning.span_text(one.pace.wait)}，因为{one.pace.why}" if one.pace else "",
            )
            for one in planning.plan(config, self._db, known, now)
        ]

    def version(self) -> str:
        """Names the file's content."""
        try:
            return settings_file.version_of(self._path)
        except OSError as error:
            raise ServiceRefusal("config.yaml 无法读取") from error

    def try_schedule(self, name: str, wanted: Schedule, now: datetime) -> Tried:
        """What would happen; nothing is changed."""
        config = self._load()
        site, mistakes = _validated(config.crawler.site(name), wanted)
        if site is None:
            return Tried(mistakes=mistakes)
        if hasty := _hasty(site, now):
            return Tried(mistakes=hasty)
        return Tried(tuple(self._next(config, site, now)))

    def save_schedule(self, name: str, wanted: Schedule, version: str, now: datetime) -> None:
        """Write it into the file, all else as it was."""
        try:
            self._save(name, wanted, version, now)
        except settings_file.ChangedMeanwhile as error:
            raise Changed(str(error)) from error
        except WangdunError as error:
            raise ServiceRefusal(str(error)) from error

    def _save(self, name: str, wanted: Schedule, version: str, now: datetime) -> None:
        config = self._load()
        site, mistakes = _validated(config.crawler.site(name), wanted)
        if site is None:
            raise ServiceRefusal("；".join(mistakes.values()))
        if _rhythm(wanted) != _rhythm(schedule_of(config.crawler.site(name))) and (hasty := _hasty(site, now)):
            raise ServiceRefusal("；".join(hasty.values()))  # a site that was hasty before may still be paused
        text = self._path.read_bytes().decode()  # line ends as they are
        mark, text = (BOM, text[1:]) if text.startswith(BOM) else ("", text)
        changes = _snippets(schedule_of(config.crawler.site(name)), wanted)
        if not changes:
            return
        names = [one.name for one in config.crawler.sites]
        place = ("crawler", "sites", names.index(name))
        made = yaml_edit.with_settings(text, place, changes, after="start")
        settings_file.replace(self._path, (mark + made).encode(), version, now, load)

    def log(self, name: str) -> Sequence[str]:
        """The last lines of the site's log, oldest first."""
        config = self._load()
        if name not in {site.name for site in config.crawler.sites}:  # else a path of somebody's choice
            return ()
        try:
            with (config.log_dir / f"crawl-{name}.log").open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - LOG_BYTES))
                lines = file.read(LOG_BYTES).decode(errors="replace").splitlines()
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise ServiceRefusal("日志无法读取") from error
        return [plain(line[:LONGEST_LINE]) for line in deque(lines[size > LOG_BYTES :], LOG_LINES)]

    def _load(self) -> Config:
        try:
            return load(self._path)
        except ConfigError as error:
            raise ServiceRefusal(f"config.yaml 有错，改正之后才能查看和修改站点：\n{error}") from error

    def _next(self, config: Config, site: Site, now: datetime) -> Sequence[datetime]:
        zone = ZoneInfo(config.wangdun.timezone)
        stored = {one.name: one for one in sites.overview(self._db)}.get(site.name)
        last = stored.last_run.started_at if stored and stored.last_run else None
        read = boards.known(self._db, stored.id).values() if stored and site.every == AUTO else ()
        pace = pace_of(site, read)
        wait = pace.wait if pace else None
        times: list[datetime] = []
        while len(times) < NEXT:
            at = times[-1] if times else now
            since = stored.registered_at if stored else None
            moment = next_run(site, times[-1] if times else last, at, zone, since, pace=wait)
            if moment is None or (times and moment <= times[-1]):
                break
            times.append(moment)
        return times


def schedule_of(site: Site) -> Schedule:
    """What the configuration says, as people write it."""
    active, quiet = site.active, site.quiet
    return Schedule(
        enabled=site.enabled,
        every=planning.every_text(site.every) if site.every else "",
        cron=site.cron or "",
        since=active.start.isoformat() if active and active.start else "",
        until=active.end.isoformat() if active and active.end else "",
        quiet=f"{quiet.start:%H:%M}-{quiet.end:%H:%M}" if quiet else "",
    )


def _validated(site: Site, wanted: Schedule) -> tuple[Site | None, dict[str, str]]:
    """The site with that schedule, or what is wrong by field."""
    active = {key: day for key, day in (("from", wanted.since), ("to", wanted.until)) if day}
    said: dict[str, Any] = {"enabled": wanted.enabled, "every": wanted.every or None, "cron": wanted.cron or None}
    said |= {"quiet": wanted.quiet or None, "active": active or None}
    problem = cron_problem(wanted.cron) if wanted.cron else None
    if problem:
        return None, {"cron": problem}
    kept = site.model_dump(by_alias=True, exclude_unset=True, exclude=set(said))
    facts = kept | {key: value for key, value in said.items() if value is not None}
    try:
        return Site.model_validate(facts), {}
    except ValidationError as error:
        mistakes: dict[str, str] = {}
        for detail in error.errors():
            place = detail["loc"]
            name = FIELDS.get(str(place[0]), "every") if place else "every"
            name = "until" if "to" in place else name
            said_there = reason(detail, ConfigFile).replace(
                "active.to 不能早于 active.from", "结束日期不能早于开始日期"
            )
            mistakes.setdefault(name, said_there)
        return None, mistakes


def _rhythm(schedule: Schedule) -> tuple[str, str]:
    return schedule.every, schedule.cron


def _hasty(site: Site, now: datetime) -> dict[str, str]:
    """What is wrong where a site would be asked again before `SHORTEST` has passed; by field."""
    if site.every:
        shortest = site.every if isinstance(site.every, timedelta) else site.every_min
        return {"every": TOO_OFTEN} if shortest < SHORTEST else {}
    if not site.cron:
        return {}
    cron, last = parse_cron(site.cron), now
    for number in range(LOOKED_AT):
        moment = cron.after(last, UTC)
        if moment is None:
            return {}
        if number and moment - last < SHORTEST:
            return {"cron": TOO_OFTEN}
        last = moment
    return {}


def _snippets(before: Schedule, wanted: Schedule) -> dict[str, str | None]:
    """Keys of config.yaml that change -> YAML; None for keys that go."""
    old, new = asdict(before), asdict(wanted)
    found: dict[str, str | None] = {}
    if old["enabled"] != new["enabled"]:
        found["enabled"] = "true" if wanted.enabled else "false"
    for name in ("every", "cron", "quiet"):
        if old[name] != new[name]:
            found[name] = _written(new[name]) if new[name] else None
    if (old["since"], old["until"]) != (new["since"], new["until"]):
        days = [f"{key}: {day}" for key, day in (("from", wanted.since), ("to", wanted.until)) if day]
        found["active"] = f"{{{', '.join(days)}}}" if days else None
    return found


def _written(text: str) -> str:
    """``6h`` plain, all else as JSON, which is YAML whatever is in it."""
    return text if re.fullmatch(r"[0-9]{1,9}[smhdw]|auto", text) else json.dumps(text, ensure_ascii=False)
