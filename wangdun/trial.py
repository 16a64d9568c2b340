"""Trial: one list page and a few items of a site, read and shown without keeping anything."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from wangdun.output import one_line, print_line, print_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crawler.answers import Answer
    from crawler.config import CrawlerConfig, Site
    from crawler.items import Listing
    from crawler.probe import Target
    from crawler.reading.board import Board

SHOWN_ROWS = 10  # of a list: enough to see whether the links are the right ones
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


def first_items(answer: Answer, site: Site, count: int) -> list[Target]:
    """The first items on a list page."""
    from crawler.lists import ListReader

    if ListReader(site, site.recipe).fault(answer) is not None:
        return []
    return [(row.url, row.key) for row in board_of(answer, site).rows if not row.pinned][:count]


def board_of(answer: Answer, site: Site) -> Board:
    """The list as the site is set up, or, before it is, as what it looks like."""
    from crawler.lists import ListReader
    from crawler.reading.recognition import recognise

    recipe = site.recipe
    if site.name == "new":  # not set up yet: read it as what it looks like
        candidates = recognise(answer.page(site.encoding))
        recipe = site.model_copy(update={"platform": candidates[0].platform}).recipe if candidates else recipe
    return ListReader(site, recipe).read(answer).board


def try_site(config: CrawlerConfig, site: Site, count: int) -> dict[str, Any]:
    """Everything that a list page and `count` items show, with what is wrong; JSON-ready."""
    from crawler.reading.page import with_parameters
    from wangdun.probe import fetch

    url = with_parameters(site.start[0], site.recipe.urls.add)
    probed = fetch(config, site, url, lambda answer: first_items(answer, site, count))
    errors = [f"{failed}：{reason}" for failed, reason in probed.failures]
    if not probed.answers:
        return {"site": site.name, "list": None, "items": [], "errors": errors, "warnings": []}
    board = board_of(probed.answers[0], site)
    items, problems = _read_items(site, probed.answers[1:], probed.asked)
    if not board.rows:
        errors.append(why_empty(probed.answers[0], site))
    warnings = [*_unread_next(probed.answers[0], site, board), *_blind_selectors(probed.answers[1:], site)]
    warnings += _empty_fields(items, site)
    rows = [{"title": row.title, "url": row.url, "key": row.key, "pinned": row.pinned} for row in board.rows]
    listed = {"url": probed.answers[0].url, "rows": rows, "next": board.next_url}
    shown = [_fields(one) for one in items]
    return {"site": site.name, "list": listed, "items": shown, "errors": errors + problems, "warnings": warnings}


def why_empty(answer: Answer, site: Site) -> str:
    """Why a list page shows no rows, in Chinese."""
    from crawler.lists import ListReader
    from crawler.reading.json_proposals import is_drawn_by_script
    from crawler.reading.walls import diagnose

    reader = ListReader(site, site.recipe)
    fault = reader.fault(answer)
    if fault is not None:
        return f"列表页：{fault[1]}"
    read = reader.read(answer)
    wall = diagnose(read.page, site.recipe)
    if wall:
        return f"列表页：{wall.reason}"
    if read.lack:
        return f"列表页：{read.lack}"
    if reader.rules is not None:
        return "列表的 JSON 中没有读到任何信息，请核对 json.list 的 rows、url"
    if site.render is None and is_drawn_by_script(read.page, site.recipe):
        return (
            "列表页上没有信息：这个网页的列表由脚本绘制，请用 wangdun site add 网址 查看建议（json 或 render: browser）"
        )
    return "列表页上没有读到任何信息，请核对 platform 或 list 选择器"


def _read_items(site: Site, answers: list[Answer], asked: dict[str, Target]) -> tuple[list[Listing], list[str]]:
    from crawler.answers import AnswerReader, Wanted
    from crawler.items import Listing, Problem

    reader = AnswerReader(site)
    read = [reader.read(answer, Wanted(*asked[answer.url])) for answer in answers]
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

    found = None if board.next_url or site.json_ else discover_next(answer.page(site.encoding))
    if found and board.rows:
        yield f"页面上似有下一页（{found}），但 list.next 没有读到，采集会停在第一页"


def _blind_selectors(answers: list[Answer], site: Site) -> Iterator[str]:
    """Selectors of the site's own that find nothing: what is read in their place hides the mistake."""
    pages = [answer.page(site.encoding) for answer in answers if answer.status < 300 and answer.is_page]
    if site.json_ and site.json_.item:
        return
    for name in sorted(site.item.model_fields_set) if site.item and pages else ():
        picks = getattr(site.item, name)
        if name not in {"remove", "replies"} and not any(pick.found(page.root) for pick in picks for page in pages):
            yield f"item.{name} 的选择器在读到的 {len(pages)} 个信息页上什么也没有找到"


def _empty_fields(items: list[Listing], site: Site) -> Iterator[str]:
    recipe = site.recipe
    rules = (site.json_.item if site.json_ else None) or recipe.item
    for name in EXPECTED:
        picks = getattr(rules, "date" if name == "posted_at" else name)
        if not picks and (rules is not recipe.item or not recipe.structured):  # such software does not show it
            continue
        if items and not any(getattr(item, name) for item in items):
            yield f"{FIELDS[name]}（{name}）在读到的 {len(items)} 条信息中都是空的"


def show_trial(trial: dict[str, Any]) -> None:
    """Print what `try_site` found."""
    if trial["list"]:
        rows = trial["list"]["rows"]
        print_line(f"列表：{len(rows)} 条（{trial['list']['url']}）")
        for number, row in enumerate(rows[:SHOWN_ROWS], 1):  # lines, not a table: addresses are for copying
            print_line(f"  {number}. {one_line(row['title'], 60)}\n     {row['url']}")
        print_line(f"下一页：{trial['list']['next'] or '无'}\n")
    for item in trial["items"]:
        shown = item | {"posted_at": local(item["posted_at"])}
        fields = [(label, _shown(shown[name])) for name, label in FIELDS.items()]
        print_line(item["url"])
        print_table(("项目", "读到的内容"), fields)
    for warning in trial["warnings"]:
        print_line(f"! {warning}")
    for error in trial["errors"]:
        print_line(f"✗ {error}")


def local(moment: str | None) -> str | None:
    """An ISO moment as people here read it."""
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
