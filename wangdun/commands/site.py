"""wangdun site: set up a site, try it, see how all of them are doing."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from wangdun.cli import Command, Group, Invocation, json_option, known_site
from wangdun.exceptions import ConfigError, UsageError, WangdunError
from wangdun.output import note, print_json, print_line, print_table
from wangdun.trial import item_urls, local, show_trial, try_site, why_empty
from wangdun.words import RUN_STATUS, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.answers import Answer
    from crawler.config import CrawlerConfig, Site
    from wangdun.config import Config

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
    from crawler.reading.recognition import as_yaml, propose_site, recognise
    from crawler.reading.walls import diagnose

    config, site = _crawler_config(invocation), _nameless(url)
    if not site.local and not config.contact.strip():
        raise UsageError("读取外部网站前请先在 config.yaml 填写 crawler.contact（写入 User-Agent，供站点联系）")
    answers = _fetch_pair(config, site, url)
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
    print_line(as_yaml(proposal))
    # a single page without rows may be the offer itself; a notice, or a forum's front page, is not
    if len(answers) == 1 and (candidates or diagnose(answers[0].page(), site.recipe)):
        note(f"! {why_empty(answers[0], site)}。请给出版块或分类的列表页网址。")
    elif not proposal["rows"]:
        note("! 这个网页上没有找到信息列表：若它本身就是一条信息，可以这样设置；否则请给出列表页网址。")
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


@command.command(cls=Command, name="list", help="各站点的上次运行、产量和状态。")
@json_option
@click.pass_obj
def listing(invocation: Invocation, *, as_json: bool) -> int:
    """Show every site's last run."""
    from storage.database import Database

    config = invocation.load()
    db = Database.open(config.storage, tell=note)
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


def _fetch_pair(config: CrawlerConfig, site: Site, url: str) -> list[Answer]:
    """The page and one of its items."""
    from wangdun.probe import fetch

    probed = fetch(config, site, url, lambda answer: item_urls(answer, site, 1))
    if not probed.answers:
        raise WangdunError(f"无法读取 {url}：{probed.failures[0][1] if probed.failures else '没有答复'}")
    first = probed.answers[0]
    if first.status >= 400 or not first.is_page:
        raise WangdunError(f"无法读取 {url}：HTTP {first.status}，{first.content_type or '类型未知'}")
    return probed.answers


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
    shown = local(row["last_run"]) or "—"
    return (row["site"], row["platform"], shown, status, *map(str, counts), row["reason"])
