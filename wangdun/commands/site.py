"""wangdun site: set up a site, try it, see how all of them are doing."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from wangdun.cli import Command, Group, Invocation, json_option, known_site
from wangdun.exceptions import ConfigError, WangdunError
from wangdun.output import note, one_line, print_json, print_line, print_table
from wangdun.words import RUN_STATUS, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.answers import Answer
    from crawler.config import CrawlerConfig, Site
    from crawler.items import Listing
    from crawler.reading.board import Board
    from wangdun.config import Config

SHOWN_ROWS = 10  # of a list: enough to see whether the links are the right ones
SAMPLE = 3  # item pages that `site check` reads: enough to see a field that is always empty
FIELDS = {
    "title": "标题",
    "body": "正文",
    "price": "价格",
    "seller": "卖家",
    "contacts": "联系方式",
    "region": "地区",
    "posted_at": "日期",
    "images": "图片",
    "attributes": "属性",
    "replies": "回复",
}
EXPECTED = ("title", "body", "price", "seller", "posted_at", "images")


@click.group(cls=Group, help="站点：识别新站点并给出设置、试读、查看各站点状态。")
def command() -> None:
    """Only holds its subcommands."""


@command.command(cls=Command, name="add", help="查看一个网址，识别平台或推测选择器，给出可粘贴到 config.yaml 的设置。")
@click.argument("url", metavar="网址")
@json_option
@click.pass_obj
def add(invocation: Invocation, *, url: str, as_json: bool) -> int:
    """Recognise and propose."""
    from crawler.reading.recognition import as_yaml, propose_site, recognise
    from crawler.reading.walls import diagnose

    config, site = _crawler_config(invocation), _nameless(url)
    answers = _fetch_pair(config, site, url)
    page = answers[0].page()
    item = answers[1].page() if len(answers) > 1 else None
    candidates = recognise(page)
    proposal = propose_site(page, item, url)
    if as_json:
        print_json({"proposal": proposal, "candidates": [asdict(one) for one in candidates[:5]]})
        return 0
    if candidates:
        signs = "、".join(candidates[0].signs[:5])
        note(f"识别为 {candidates[0].platform}（依据：{signs}）")
    else:
        note("没有识别出平台，以下选择器是推测的，请用 wangdun site check 核对。")
    print_line(as_yaml(proposal))
    # a single page without rows may be the offer itself; a notice, or a forum's front page, is not
    if len(answers) == 1 and (candidates or diagnose(answers[0].page(), site.recipe)):
        note(f"! {_why_empty(answers[0], site)}。请给出版块或分类的列表页网址。")
    return 0


@command.command(cls=Command, name="check", help="试读一个站点：一页列表和几条信息，显示读到的每一项（不入库）。")
@click.argument("name", metavar="站点名")
@click.option("--items", default=SAMPLE, show_default=True, type=click.IntRange(1, 20), help="读几条信息")
@json_option
@click.pass_obj
def check(invocation: Invocation, *, name: str, items: int, as_json: bool) -> int:
    """Read a little and show everything."""
    config = invocation.load()
    known_site(config, name)
    trial = _trial(config.crawler, config.crawler.site(name), items)
    if as_json:
        print_json(trial)
    else:
        _show_trial(trial)
    return 1 if trial["errors"] else 0


@command.command(cls=Command, name="list", help="各站点的上次运行、产量和状态。")
@json_option
@click.pass_obj
def listing(invocation: Invocation, *, as_json: bool) -> int:
    """Show every site's last run."""
    from storage.database import Database

    config = invocation.load()
    db = Database.open(config.storage)
    try:
        rows = list(_overview(config, db))
    finally:
        db.close()
    if as_json:
        print_json(rows)
        return 0
    columns = ("站点", "平台", "上次运行", "状态", "读到", "新增", "线索", "现存信息", "说明")
    print_table(columns, [_overview_row(row) for row in rows], title="站点")
    return 0


@command.command(cls=Command, name="platforms", help="列出可用的平台。")
@json_option
def platforms(*, as_json: bool) -> int:
    """Show every recipe."""
    from crawler.platforms import recipe as recipes

    known = [recipes.load(name) for name in recipes.names()]
    rows = [{"platform": one.name, "title": one.title, "kind": one.kind, "tried": one.tried} for one in known]
    if as_json:
        print_json(rows)
        return 0
    kinds = {"forum": "论坛", "shop": "商店", "page": "通用"}
    tried = {"run": "测试中对真实软件采集过", "facts": "依据真实站点的页面编写", "templates": "依据软件模板编写"}
    table = [(one.name, one.title, kinds[one.kind], tried[one.tried]) for one in known]
    print_table(("platform", "软件", "类型", "验证情况"), table)
    return 0


def _crawler_config(invocation: Invocation) -> CrawlerConfig:
    from crawler.config import CrawlerConfig

    try:
        return invocation.load().crawler
    except ConfigError:
        if invocation.config_path.exists():
            raise
        note("没有 config.yaml：以默认的访问礼貌读取这个网址。")
        return CrawlerConfig()


def _nameless(url: str) -> Site:
    from pydantic import ValidationError

    from crawler.config import Site
    from wangdun.exceptions import UsageError

    try:
        return Site(name="new", start=(url,))
    except ValidationError as error:
        raise UsageError(f"网址应以 http:// 或 https:// 开头：{url!r}") from error


def _fetch_pair(config: CrawlerConfig, site: Site, url: str) -> list[Answer]:
    """The page and one of its items."""
    from wangdun.probe import fetch

    probed = fetch(config, site, url, lambda answer: _item_urls(answer, site, 1))
    if not probed.answers:
        raise WangdunError(f"无法读取 {url}：{probed.failures[0][1] if probed.failures else '没有答复'}")
    first = probed.answers[0]
    if first.status >= 400 or not first.is_page:
        raise WangdunError(f"无法读取 {url}：HTTP {first.status}，{first.content_type or '类型未知'}")
    return probed.answers


def _item_urls(answer: Answer, site: Site, count: int) -> list[str]:
    if answer.status >= 300 or not answer.is_page:
        return []
    return [row.url for row in _board(answer, site).rows if not row.pinned][:count]


def _board(answer: Answer, site: Site) -> Board:
    from crawler.reading.board import read_board
    from crawler.reading.recognition import recognise

    page, recipe = answer.page(site.encoding), site.recipe
    if site.name == "new":  # not set up yet: read it as what it looks like
        candidates = recognise(page)
        recipe = site.model_copy(update={"platform": candidates[0].platform}).recipe if candidates else recipe
    return read_board(page, recipe)


def _trial(config: CrawlerConfig, site: Site, count: int) -> dict[str, Any]:
    from crawler.reading.page import with_parameters
    from wangdun.probe import fetch

    url = with_parameters(site.start[0], site.recipe.urls.add)
    probed = fetch(config, site, url, lambda answer: _item_urls(answer, site, count))
    errors = [f"{failed}：{reason}" for failed, reason in probed.failures]
    if not probed.answers:
        return {"site": site.name, "list": None, "items": [], "errors": errors, "warnings": []}
    board = _board(probed.answers[0], site)
    items, problems = _read_items(site, probed.answers[1:], probed.asked)
    if not board.rows:
        errors.append(_why_empty(probed.answers[0], site))
    warnings = [*_unread_next(probed.answers[0], site, board), *_empty_fields(items, site)]
    rows = [{"title": row.title, "url": row.url, "key": row.key, "pinned": row.pinned} for row in board.rows]
    listed = {"url": probed.answers[0].url, "rows": rows, "next": board.next_url}
    shown = [_fields(one) for one in items]
    return {"site": site.name, "list": listed, "items": shown, "errors": errors + problems, "warnings": warnings}


def _why_empty(answer: Answer, site: Site) -> str:
    from crawler.failures import explain_status
    from crawler.reading.walls import diagnose

    if answer.status >= 300:
        return f"列表页：{explain_status(answer.status)[1]}"
    wall = diagnose(answer.page(site.encoding), site.recipe)
    return f"列表页：{wall.reason}" if wall else "列表页上没有读到任何信息，请核对 platform 或 list 选择器"


def _read_items(site: Site, answers: list[Answer], asked: dict[str, str]) -> tuple[list[Listing], list[str]]:
    from crawler.answers import AnswerReader, Wanted
    from crawler.items import Listing, Problem
    from crawler.reading.board import key_of

    reader = AnswerReader(site)
    read = []
    for answer in answers:
        url = asked[answer.url]
        read.append(reader.read(answer, Wanted(url, key_of(url, reader.recipe))))
    problems = [f"{one.url}：{one.reason}" for one in read if isinstance(one, Problem)]
    return [one for one in read if isinstance(one, Listing)], problems


def _fields(listing: Listing) -> dict[str, Any]:
    price = listing.price
    return {
        "key": listing.key,
        "url": listing.url,
        "title": listing.title,
        "body": listing.body,
        "price": asdict(price) if price else None,
        "seller": listing.seller,
        "contacts": [asdict(one) for one in listing.contacts],
        "region": listing.region,
        "posted_at": listing.posted_at.isoformat() if listing.posted_at else None,
        "images": list(listing.images),
        "attributes": dict(listing.attributes),
        "replies": list(listing.replies),
    }


def _unread_next(answer: Answer, site: Site, board: Board) -> Iterator[str]:
    """A selector for the next page that finds none silently ends every run on its first page."""
    from crawler.reading.discovery import discover_next

    found = None if board.next_url else discover_next(answer.page(site.encoding))
    if found and board.rows:
        yield f"页面上似有下一页（{found}），但 list.next 没有读到，采集会停在第一页"


def _empty_fields(items: list[Listing], site: Site) -> Iterator[str]:
    recipe = site.recipe
    for name in EXPECTED:
        picks = getattr(recipe.item, "date" if name == "posted_at" else name)
        if not picks and not recipe.structured:  # such software does not show it
            continue
        if items and not any(getattr(item, name) for item in items):
            yield f"{FIELDS[name]}（{name}）在读到的 {len(items)} 条信息中都是空的"


def _show_trial(trial: dict[str, Any]) -> None:
    if trial["list"]:
        rows = trial["list"]["rows"]
        print_line(f"列表：{len(rows)} 条（{trial['list']['url']}）")
        for number, row in enumerate(rows[:SHOWN_ROWS], 1):  # lines, not a table: addresses are for copying
            print_line(f"  {number}. {one_line(row['title'], 60)}\n     {row['url']}")
        print_line(f"下一页：{trial['list']['next'] or '无'}\n")
    for item in trial["items"]:
        shown = item | {"posted_at": _local(item["posted_at"])}
        fields = [(label, _shown(shown[name])) for name, label in FIELDS.items()]
        print_line(item["url"])
        print_table(("项目", "读到的内容"), fields)
    for warning in trial["warnings"]:
        print_line(f"! {warning}")
    for error in trial["errors"]:
        print_line(f"✗ {error}")


def _local(moment: str | None) -> str | None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    if moment is None:
        return None
    return datetime.fromisoformat(moment).astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M")


def _shown(value: Any) -> str:
    if not value:
        return "—"
    if isinstance(value, dict) and "amount" in value:
        amount = (
            "面议" if value["negotiable"] else f"{value['amount']} {value['currency'] or ''}/{value['unit'] or '—'}"
        )
        return f"{value['text']}  →  {amount}"
    if isinstance(value, dict):
        return "；".join(f"{name}：{one}" for name, one in value.items())
    if isinstance(value, list):
        return "\n".join(f"{one['kind']} {one['value']}" if isinstance(one, dict) else str(one) for one in value[:8])
    text = str(value)
    return text if len(text) <= 400 else f"{text[:400]}…（共 {len(text)} 字）"  # enough to see what was read


def _overview(config: Config, db: Any) -> Iterator[dict[str, Any]]:
    from storage import sites

    stored = {one.name: one for one in sites.overview(db)}
    for site in config.crawler.sites:
        known = stored.get(site.name)
        run = known.last_run if known else None
        yield {
            "site": site.name,
            "platform": site.platform,
            "enabled": site.enabled,
            "last_run": run.started_at.isoformat() if run else None,
            "status": _status(config, site.name, run.status) if run else None,
            "reason": run.reason if run else "",
            "listings": run.tally.listings if run else 0,
            "new": run.tally.listings_new if run else 0,
            "leads": known.leads if known else 0,
            "stored": known.listings - known.gone if known else 0,
            "gone": known.gone if known else 0,
        }


def _status(config: Config, name: str, status: str) -> str:
    from wangdun.locks import holder, site_lock_file

    dead = status == "running" and holder(site_lock_file(config.storage.data_dir, name)) is None
    return "killed" if dead else status


def _overview_row(row: dict[str, Any]) -> tuple[str, ...]:
    status = "停用" if not row["enabled"] else said(RUN_STATUS, row["status"]) if row["status"] else "从未运行"
    counts = (row["listings"], row["new"], row["leads"], row["stored"])
    shown = _local(row["last_run"]) or "—"
    return (row["site"], row["platform"], shown, status, *map(str, counts), row["reason"])
