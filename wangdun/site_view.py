"""What `wangdun site list` and `site show` tell of sites: how they are doing, when they are read next, and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from storage import sites
from storage.freshness import boards, fruit, rechecks
from storage.freshness.estimate import Visits, change_rate, prior
from wangdun import planning
from wangdun.output import local_time
from wangdun.pacing import span_words
from wangdun.words import RUN_STATUS, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

    from crawler.config import Site
    from storage.database import Database
    from storage.freshness.boards import Board
    from storage.freshness.fruit import Fruit
    from storage.sites import SiteOverview
    from wangdun.config import Config
    from wangdun.planning import Planned

SINCE = timedelta(days=30)  # runs further back say nothing of how a site is read today
KINDS = {0: "不满 1 天", 1: "1–7 天", 2: "7–30 天", 3: "30 天以上", rechecks.UNLISTED: "列表上已没有"}
SOURCES = {"list": "列表", "feed": "feed", "sitemap": "站点地图"}
COLUMNS = ("站点", "平台", "上次运行", "状态", "读到", "新增", "线索", "现存信息", "有新内容", "下次", "说明")


def overview(config: Config, db: Database, now: datetime) -> Iterator[dict[str, Any]]:
    """Every configured site's last run, share of fruitful requests and next run; JSON-ready. Raises StorageError."""
    stored = {one.name: one for one in sites.overview(db)}
    planned = _planned(config, db, stored, now)
    shares = fruit.recent(db, now - SINCE)
    for site in config.crawler.sites:
        known = stored.get(site.name)
        yield (
            _facts(site, known)
            | _run(config, db, site, known)
            | {
                "fruit": fruit_facts(shares.get(known.id, ()) if known else ()),
                **_next(planned[site.name]),
            }
        )


def _facts(site: Site, known: SiteOverview | None) -> dict[str, Any]:
    return {
        "site": site.name,
        "platform": site.platform,
        "enabled": site.enabled,
        "leads": known.leads if known else 0,
        "stored": known.listings - known.gone if known else 0,
        "gone": known.gone if known else 0,
    }


def _run(config: Config, db: Database, site: Site, known: SiteOverview | None) -> dict[str, Any]:
    run = known.last_run if known else None
    dead = run is not None and run.status == "running" and not planning.busy(config, db, [site.name])
    return {
        "last_run": run.started_at.isoformat() if run else None,
        "status": ("killed" if dead else run.status) if run else None,
        "reason": run.reason if run else "",
        "listings": run.tally.listings if run else 0,
        "new": run.tally.listings_new if run else 0,
    }


def _next(one: Planned) -> dict[str, Any]:
    return {
        "next": one.next.isoformat() if one.next else None,
        "how": planning.how_text(one.site),
        "pace_seconds": one.pace.wait.total_seconds() if one.pace else None,
        "why": one.pace.why if one.pace else "",
    }


def _planned(config: Config, db: Database, stored: dict[str, SiteOverview], now: datetime) -> dict[str, Planned]:
    known = {name: planning.Known(one.id, one.registered_at) for name, one in stored.items()}
    wanted = {site.name: known[site.name] for site in config.crawler.sites if site.name in known}
    return {one.site.name: one for one in planning.plan(config, db, wanted, now)}


def fruit_facts(told: Sequence[Fruit]) -> dict[str, Any]:
    """Requests of the last runs and those that brought something new."""
    whole = fruit.total(told)
    shares = [round(one.share or 0.0, 4) for one in told]
    return {"asked": whole.asked, "fruitful": whole.fruitful, "share": whole.share, "runs": shares}


def row(facts: dict[str, Any]) -> tuple[str, ...]:
    """One line of the table."""
    from wangdun.trial import local

    status = "停用" if not facts["enabled"] else said(RUN_STATUS, facts["status"]) if facts["status"] else "从未运行"
    counts = (facts["listings"], facts["new"], facts["leads"], facts["stored"])
    share = fruit.Fruit(facts["fruit"]["asked"], facts["fruit"]["fruitful"])
    shown = local(facts["last_run"]) or "—"
    following = local(facts["next"]) or "—"
    return (
        facts["site"], facts["platform"], shown, status, *map(str, counts), str(share), following, facts["reason"],
    )  # fmt: skip


def details(config: Config, db: Database, name: str, now: datetime) -> dict[str, Any]:
    """What was learned of one site, and what follows; JSON-ready. Raises StorageError."""
    facts = next(one for one in overview(config, db, now) if one["site"] == name)
    site_id = sites.find(db, name)
    base = config.crawler.site(name).revisit
    read = boards.known(db, site_id).values() if site_id is not None else ()
    pages = rechecks.of_site(db, site_id) if site_id is not None else []
    return facts | {
        "boards": [_board(one) for one in read],
        "pages": [_pages(kind, [one for at, one in pages if at == kind], base) for kind in KINDS],
    }


def _board(one: Board) -> dict[str, Any]:
    return {
        "url": one.url,
        "kind": one.kind,
        "read_at": one.read_at.isoformat(),
        "reads": one.reads,
        "fruitful": one.fruitful,
        "rows_per_day": round(one.arrivals.rate * 86400, 4),
        "conditional": bool(one.trusted and (one.etag or one.last_modified)),
    }


def _pages(kind: int, told: list[Visits], base: timedelta) -> dict[str, Any]:
    rate = change_rate([prior(base), *told])
    wait = rechecks.wait(rate, base) if kind != rechecks.UNLISTED else None
    return {
        "kind": KINDS[kind],
        "reads": round(sum(one.reads for one in told)),
        "changes": round(sum(one.changes for one in told)),
        "changes_per_day": round(rate * 86400, 4),
        "wait_seconds": round(wait.total_seconds()) if wait else 0,
    }


def lines(facts: dict[str, Any], now: datetime, zone: ZoneInfo) -> Iterator[str]:
    """One site for people."""
    share = fruit.Fruit(facts["fruit"]["asked"], facts["fruit"]["fruitful"])
    following = datetime.fromisoformat(facts["next"]) if facts["next"] else None
    when = "没有安排" if following is None else "已到时间" if following <= now else local_time(following, zone)
    yield f"{facts['site']}：{facts['how']}"
    yield f"下次读：{when}" + (f"，因为{facts['why']}" if facts["why"] else "")
    yield f"有新内容的请求：{share}（最近 {len(facts['fruit']['runs'])} 次运行的 {share.asked} 个请求中 {share.fruitful} 个）"


def board_rows(facts: dict[str, Any], zone: ZoneInfo) -> list[tuple[str, ...]]:
    """Lists, feeds and sitemaps."""
    return [
        (
            SOURCES.get(one["kind"], one["kind"]), one["url"], local_time(datetime.fromisoformat(one["read_at"]), zone),
            f"{one['fruitful']}/{one['reads']}",
            f"每 {span_words(86400 / one['rows_per_day'])}一条" if one["rows_per_day"] else "几乎没有",
            "是" if one["conditional"] else "否",
        )
        for one in facts["boards"]
    ]  # fmt: skip


def page_rows(facts: dict[str, Any]) -> list[tuple[str, ...]]:
    """Known pages by age."""
    return [
        (
            one["kind"], f"{one['changes']}/{one['reads']}", f"每天 {one['changes_per_day']:.1%}",
            span_words(one["wait_seconds"]) if one["wait_seconds"] else "当次",
        )
        for one in facts["pages"]
    ]  # fmt: skip
