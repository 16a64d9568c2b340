"""wangdun site: set up a site, try it, see how all of them are doing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from wangdun.cli import Command, Group, Invocation, json_option, known_site
from wangdun.drawn_site import as_yaml, is_drawn, propose_drawn
from wangdun.exceptions import ConfigError, UsageError, WangdunError
from wangdun.output import note, print_json, print_line, print_table
from wangdun.trial import first_items, show_trial, try_site, why_empty

if TYPE_CHECKING:
    from crawler.config import CrawlerConfig, Site
    from crawler.probe import Probed

SAMPLE = 3  # item pages that `site check` reads: enough to see a field that is always empty


@click.group(cls=Group, help="站点：识别新站点并给出设置、试读、查看各站点状态。")
def command() -> None:
    """Only holds its subcommands."""


@command.command(cls=Command, name="add", help="查看一个网址，识别平台或推测选择器，给出可粘贴到 config.yaml 的设置。")
@click.argument("url", metavar="网址")
@json_option
@click.pass_obj
def add(invocation: Invocation, *, url: str, as_json: bool) -> int:
    """Recognise and propose."""
    from crawler.reading import recognition
    from crawler.reading.recognition import propose_site, recognise
    from crawler.reading.walls import diagnose
    from crawler.sources.links import feed_links

    config, site = _crawler_config(invocation), _nameless(url)
    if not site.local and not config.contact.strip():
        raise UsageError("读取外部网站前请先在 config.yaml 填写 crawler.contact（写入 User-Agent，供站点联系）")
    probed = _fetch_pair(config, site, url)
    answers = probed.answers
    if is_drawn(answers[0], site):
        return _show_drawn(propose_drawn(probed, site, url), config, as_json=as_json)
    page = answers[0].page()
    item = answers[1].page() if len(answers) > 1 else None
    candidates = recognise(page)
    proposal = propose_site(page, item, url)
    proposal["name"] = _unused(proposal["name"], config)
    if as_json:
        print_json({"proposal": proposal, "candidates": [asdict(one) for one in candidates[:5]]})
        return 0
    if candidates:
        signs = "、".join(candidates[0].signs[:5])
        note(f"识别为 {candidates[0].platform}（依据：{signs}）")
    else:
        note("没有识别出平台，以下选择器是推测的，请用 wangdun site check 核对。")
    print_line(recognition.as_yaml(proposal))
    # a single page without rows may be the offer itself; a notice, or a forum's front page, is not
    if len(answers) == 1 and (candidates or diagnose(answers[0].page(), site.recipe)):
        note(f"! {why_empty(answers[0], site)}。请给出版块或分类的列表页网址。")
    elif not proposal["rows"]:
        note("! 这个网页上没有找到信息列表：若它本身就是一条信息，可以这样设置；否则请给出列表页网址。")
    if candidates and feed_links(page):
        note("网页上写有 feed（RSS/Atom）：加一行 feed: auto，可用一次请求多发现一些新信息。")
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
    trial = try_site(config.crawler, config.crawler.site(name), items)
    if as_json:
        print_json(trial)
    else:
        show_trial(trial)
    return 1 if trial["errors"] else 0


@command.command(cls=Command, name="list", help="各站点的上次运行、产量、有新内容的请求占多少、下次运行。")
@json_option
@click.pass_obj
def listing(invocation: Invocation, *, as_json: bool) -> int:
    """Show every site's last run and its next."""
    from storage.database import Database
    from wangdun import site_view

    config = invocation.load()
    db = Database.open(config.storage, tell=note)
    try:
        rows = list(site_view.overview(config, db, datetime.now(UTC)))
    finally:
        db.close()
    if as_json:
        print_json(rows)
        return 0
    print_table(site_view.COLUMNS, [site_view.row(one) for one in rows], title="站点")
    return 0


@command.command(cls=Command, name="show", help="一个站点的各版块多久出新、已知信息多久一变，下次什么时候读、为什么。")
@click.argument("name", metavar="站点名")
@json_option
@click.pass_obj
def show(invocation: Invocation, *, name: str, as_json: bool) -> int:
    """Show what was learned of a site, and what follows."""
    from storage.database import Database
    from wangdun import site_view

    config, now = invocation.load(), datetime.now(UTC)
    known_site(config, name)
    db = Database.open(config.storage, tell=note)
    try:
        facts = site_view.details(config, db, name, now)
    finally:
        db.close()
    if as_json:
        print_json(facts)
        return 0
    zone = ZoneInfo(config.wangdun.timezone)
    for line in site_view.lines(facts, now, zone):
        print_line(line)
    columns = ("种类", "网址", "上次读", "有新内容", "平均", "可问“改了没有”")
    print_table(columns, site_view.board_rows(facts, zone), title="版块")
    print_table(("信息已存", "复查时有变化", "变化", "多久复查"), site_view.page_rows(facts), title="已知信息")
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


def _unused(name: str, config: CrawlerConfig) -> str:
    """`name`, or with a number where a site has it already: boards of one host often get the same."""
    taken = {site.name for site in config.sites}
    names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
    return next(one for one in names if one not in taken)


def _nameless(url: str) -> Site:
    from pydantic import ValidationError

    from crawler.config import Site

    try:
        return Site(name="new", start=(url,))
    except ValidationError as error:
        raise UsageError(f"网址应以 http:// 或 https:// 开头：{url!r}") from error


def _show_drawn(entry: dict[str, Any], config: CrawlerConfig, *, as_json: bool) -> int:
    """Show what to write for a site whose list is drawn by script."""
    entry["name"] = _unused(entry["name"], config)
    if as_json:
        print_json({"proposal": entry, "candidates": []})
        return 0
    for said in entry["notes"]:
        note(said)
    print_line(as_yaml(entry))
    return 0


def _fetch_pair(config: CrawlerConfig, site: Site, url: str) -> Probed:
    """The page and one of its items; both as a browser draws them where there is nothing to see without one."""
    from wangdun.probe import fetch

    follow, redraw = (lambda answer: first_items(answer, site, 1)), (lambda answer: is_drawn(answer, site))
    probed = fetch(config, site, url, follow, redraw)
    if not probed.answers:
        raise WangdunError(f"无法读取 {url}：{probed.failures[0][1] if probed.failures else '没有答复'}")
    first = probed.answers[0]
    if first.status >= 400 or not first.is_page:
        raise WangdunError(f"无法读取 {url}：HTTP {first.status}，{first.content_type or '类型未知'}")
    return probed
