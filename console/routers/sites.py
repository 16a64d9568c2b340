"""Sites: how each is doing, its runs, run now, pause, when it is crawled."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Form, Path, Query, Request
from markupsafe import Markup
from starlette.responses import Response

from console import charts
from console.exceptions import Refusal
from console.guards import tell
from console.pages import go, page
from console.person import Db, Here, Id, Now
from console.routing import Nav, Screen
from console.services import SITES, Changed, Schedule, ServiceRefusal, SiteService, SiteSettings, Tried
from console.state import Console
from storage import issues, runs, sites
from storage.database import Database
from storage.freshness import fruit
from storage.review import overview
from storage.review.sources import is_manual
from storage.sites import SiteOverview

router = Screen(Nav("站点", "/sites", 70, "g s"))

RUNS = 30  # of the history: a week of four a day
ISSUES = 100  # of one run: more of the same say nothing new
RECENT = timedelta(days=7)
TREND = timedelta(days=30)  # runs further back say nothing of how a site is read today
STATUSES = {
    "running": ("进行中", ""),
    "complete": ("完成", "green"),
    "partial": ("部分完成", "amber"),
    "failed": ("异常", "red"),
    "interrupted": ("已中断", "amber"),
    "killed": ("被终止", "red"),
}
TRIGGERS = {"schedule": "定时", "manual": "手动", "watch": "线索复查", "demo": "演示"}
Name = Annotated[str, Path(max_length=64)]
Line = Annotated[str, Form(max_length=200)]
Asked = Annotated[str, Query(max_length=200)]


@router.get("/sites")
def show_all(request: Request, here: Here, db: Db, now: Now) -> Response:
    """Every site on one line."""
    settings, problem = _settings(here, now)
    stored = {one.name: one for one in sites.overview(db)}
    configured = {one.name for one in settings}
    rows: list[tuple[str, SiteSettings | None, SiteOverview | None]]
    rows = [(one.name, one, stored.get(one.name)) for one in settings]
    rows += [(name, None, one) for name, one in stored.items() if name not in configured]
    failed = overview.issues_by_site(db, now - RECENT)
    fruits = {site_id: fruit.total(told) for site_id, told in fruit.recent(db, now - TREND).items()}
    facts: dict[str, Any] = {"statuses": STATUSES, "failed": failed, "problem": problem, "state": state_of}
    facts |= {"fruits": fruits, "no_fruit": fruit.Fruit()}
    return page(request, "sites.html", rows=rows, days=RECENT.days, counts=_counts(rows), **facts)


def _counts(rows: list[tuple[str, SiteSettings | None, SiteOverview | None]]) -> dict[str, int]:
    states = [state_of(settings, stored)[1] for _, settings, stored in rows]
    return {kind: states.count(kind) for kind in ("green", "amber", "red", "grey")}


def state_of(settings: SiteSettings | None, stored: SiteOverview | None) -> tuple[str, str]:
    """What a site's line begins with, and its colour."""
    if settings is None:
        return "不在配置中", "grey"
    if not settings.schedule.enabled:
        return "已暂停", "grey"
    if settings.running:
        return "采集中", ""
    if stored is None or stored.last_run is None:
        return "从未运行", "grey"
    status = stored.last_run.status
    return STATUSES["killed" if status == "running" else status]


@router.get("/sites/{name}")
def show(request: Request, here: Here, db: Db, now: Now, name: Name) -> Response:
    """One site: settings, history, failed pages, log."""
    return _site_page(request, here, db, now, name)


def _site_page(  # noqa: PLR0913 -- what a page is made of
    request: Request, here: Console, db: Database, now: datetime, name: str, *, status: int = 200, problem: str = ""
) -> Response:
    settings, fault = _settings(here, now)
    one = next((one for one in settings if one.name == name), None)
    stored = next((found for found in sites.overview(db) if found.name == name), None)
    if one is None and stored is None:
        raise Refusal(404, "没有这个站点。")
    facts: dict[str, Any] = {"statuses": STATUSES, "triggers": TRIGGERS, "state": state_of(one, stored)}
    facts["runs"] = runs.recent(db, stored.id, RUNS) if stored else []
    facts["issues"] = issues.recent(db, limit=20, site=name)  # a look; a run's own page has them all
    facts["log"] = _log(here, name) if one else ()
    facts["fruit"], facts["trend"] = _fruit(db, stored.id if stored else 0, now)
    times = _tried(here, name, one.schedule, now).times if one else ()
    return page(
        request, "site.html", status=status, name=name, one=one, stored=stored, times=times,
        problem=problem or fault, **facts,
    )  # fmt: skip


def _fruit(db: Database, site_id: int, now: datetime) -> tuple[fruit.Fruit, Markup]:
    """The share of requests of the last runs that brought something new, and run by run as a chart."""
    told = fruit.recent(db, now - TREND).get(site_id, [])
    title = "有新内容的请求：" + "，".join(f"{one.fruitful}/{one.asked}" for one in told)
    shares = [(round(100 * (one.share or 0)), 100 - round(100 * (one.share or 0))) for one in told]
    return fruit.total(told), charts.spark(title, shares) if told else Markup()


@router.get("/sites/{name}/runs/{run_id}")
def show_run(request: Request, here: Here, db: Db, name: Name, run_id: Id) -> Response:
    """One run: counts, findings, failed pages, the log's end."""
    run = runs.get(db, run_id)
    if run is None or is_manual(name) or sites.find(db, name) != run.site_id:
        raise Refusal(404, "没有这次运行。")
    facts: dict[str, Any] = {"statuses": STATUSES, "triggers": TRIGGERS, "most": ISSUES}
    facts["fruit"] = fruit.of_extra(run.tally.extra)
    found = issues.recent(db, limit=ISSUES, run_id=run_id)
    return page(request, "run.html", name=name, run=run, issues=found, log=_log(here, name), **facts)


@router.get("/sites/{name}/schedule")
def show_schedule(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    here: Here,
    now: Now,
    name: Name,
    how: Asked = "",
    every: Asked = "",
    cron: Asked = "",
    since: Asked = "",
    until: Asked = "",
    quiet: Asked = "",
) -> Response:
    """The form; with values in the address, when the next runs would be."""
    one = _configured(here, now, name)
    form = _Form(one, how, (every, cron, since, until, quiet)) if how else _Form(one)
    return form.page(request, here, now, _service(here).version())


class _Form:
    """A schedule as somebody filled it in."""

    def __init__(self, one: SiteSettings, how: str = "", texts: tuple[str, ...] = ()) -> None:
        self.one = one
        self.wanted = one.schedule
        if texts:
            every, cron, since, until, quiet = (text.strip() for text in texts)
            chosen: dict[str, Any] = {"every": every if how == "every" else "", "cron": cron if how == "cron" else ""}
            self.wanted = replace(one.schedule, since=since, until=until, quiet=quiet, **chosen)
        self.how = how or ("cron" if self.wanted.cron else "every" if self.wanted.every else "manual")

    def tried(self, here: Console, now: datetime) -> Tried:
        """What it would mean, or what is wrong."""
        if self.how in {"every", "cron"} and not getattr(self.wanted, self.how):
            return Tried(mistakes={self.how: "请填写。"})
        return _tried(here, self.one.name, self.wanted, now)

    def page(  # noqa: PLR0913, PLR0917 -- what a page is made of
        self, request: Request, here: Console, now: datetime, version: str, status: int = 200, problem: str = ""
    ) -> Response:
        """The form with what it would mean."""
        facts = {"one": self.one, "wanted": self.wanted, "how": self.how, "tried": self.tried(here, now)}
        return page(
            request, "schedule.html", status=status, name=self.one.name, version=version, problem=problem, **facts
        )


@router.post("/sites/{name}/schedule")
def save_schedule(  # noqa: PLR0913, PLR0917 -- one parameter per field
    request: Request,
    here: Here,
    now: Now,
    name: Name,
    how: Line = "manual",
    every: Line = "",
    cron: Line = "",
    since: Line = "",
    until: Line = "",
    quiet: Line = "",
    version: Line = "",
) -> Response:
    """Write it into config.yaml, or show the form again with what is wrong."""
    one = _configured(here, now, name)
    form = _Form(one, how, (every, cron, since, until, quiet))
    if form.tried(here, now).mistakes:
        return form.page(request, here, now, version, 422)
    try:
        _service(here).save_schedule(name, form.wanted, version, now)
    except Changed as error:
        return form.page(request, here, now, _service(here).version(), 409, str(error))
    except ServiceRefusal as error:
        return form.page(request, here, now, version, 422, str(error))
    tell(request, "site", name, before=_said(one.schedule), after=_said(form.wanted))
    return go(_path(name))


def _said(schedule: Schedule) -> str:
    return "，".join(f"{key} {value}" for key, value in asdict(schedule).items() if value not in {"", True}) or "—"


@router.post("/sites/{name}/run")
def run_now(request: Request, here: Here, db: Db, now: Now, name: Name) -> Response:
    """Ask for a run; the scheduler begins it within seconds."""
    one = _configured(here, now, name)
    if not one.schedule.enabled:
        return _site_page(request, here, db, now, name, status=422, problem="站点已暂停，请先恢复。")
    runs.request_now(db, name, now)
    tell(request, "site", name)
    return go(_path(name))


@router.post("/sites/{name}/pause")
def pause(request: Request, here: Here, db: Db, now: Now, name: Name) -> Response:
    """Crawl it no more until somebody says otherwise; a run in progress ends by itself."""
    return _switch(request, here, db, now, name, enabled=False)


@router.post("/sites/{name}/resume")
def resume(request: Request, here: Here, db: Db, now: Now, name: Name) -> Response:
    """Crawl it again."""
    return _switch(request, here, db, now, name, enabled=True)


def _switch(  # noqa: PLR0913 -- what a handler has
    request: Request, here: Console, db: Database, now: datetime, name: str, *, enabled: bool
) -> Response:
    version = _service(here).version()
    one = _configured(here, now, name)
    try:
        _service(here).save_schedule(name, replace(one.schedule, enabled=enabled), version, now)
    except ServiceRefusal as error:
        return _site_page(request, here, db, now, name, status=409, problem=str(error))
    tell(request, "site", name)
    return go(_path(name))


def _path(name: str) -> str:
    return f"/sites/{quote(name, safe='')}"


def _service(here: Console) -> SiteService:
    found: SiteService | None = here.facts.get(SITES)
    if found is None:
        raise Refusal(404, "这里没有站点的设置。")
    return found


def _settings(here: Console, now: datetime) -> tuple[list[SiteSettings], str]:
    """All configured sites, or why they cannot be told: what is stored is shown all the same."""
    if SITES not in here.facts:
        return [], ""
    try:
        return list(_service(here).sites(now)), ""
    except ServiceRefusal as error:
        return [], str(error)


def _configured(here: Console, now: datetime, name: str) -> SiteSettings:
    _service(here)
    settings, problem = _settings(here, now)
    if problem:
        raise Refusal(422, problem)
    found = next((one for one in settings if one.name == name), None)
    if found is None:
        raise Refusal(404, "配置中没有这个站点。")
    return found


def _tried(here: Console, name: str, wanted: Schedule, now: datetime) -> Tried:
    try:
        return _service(here).try_schedule(name, wanted, now)
    except ServiceRefusal as error:
        return Tried(mistakes={"": str(error)})


def _log(here: Console, name: str) -> tuple[str, ...]:
    try:
        return tuple(here.facts[SITES].log(name)) if SITES in here.facts else ()
    except ServiceRefusal as error:
        return (str(error),)
