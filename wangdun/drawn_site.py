"""Drawn site: what to write into config.yaml for a site whose list is drawn by script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crawler.answers import Answer
    from crawler.config import Site
    from crawler.items import Exchange
    from crawler.probe import Probed

DRAWN = "这个网页的列表由脚本绘制：不执行脚本时上面没有信息。"
BY_JSON = "找到了其中的数据，以下设置直接读取 JSON，不需要浏览器；请用 wangdun site check 核对。"
BY_BROWSER = "没有找到可以直接读取的 JSON，以下设置用浏览器打开网页，较慢；请用 wangdun site check 核对。"
MORE = "列表若要滚动或点“加载更多”，请写 render.lists: {scroll: 20} 或 {more: 按钮的 CSS}。"


def is_drawn(answer: Answer, site: Site) -> bool:
    """The page shows no list until its scripts have run."""
    from crawler.reading.json_proposals import is_drawn_by_script
    from crawler.reading.recognition import recognise

    if answer.status >= 300 or not answer.is_page:
        return False
    page = answer.page(site.encoding)
    return not recognise(page) and is_drawn_by_script(page, site.recipe)


def propose_drawn(probed: Probed, site: Site, url: str) -> dict[str, Any]:
    """An entry of ``crawler.sites``: JSON where the drawn rows are found in one, the browser otherwise.

    Beside the keys of the entry: ``notes``, Chinese, and ``rows``, how many were drawn.
    """
    from crawler.reading.json_proposals import drawn_links
    from crawler.reading.recognition import name_of

    entry: dict[str, Any] = {"name": name_of(url), "platform": "generic", "start": url}
    if probed.drawn is None:
        reasons = [reason for _, reason in probed.failures]
        return entry | {
            "render": "browser",
            "notes": [DRAWN, f"没有能用浏览器试开（{reasons[0] if reasons else '没有答复'}）。"],
            "rows": 0,
        }
    links = drawn_links(probed.drawn.page())
    start, listed, keys = _listed(probed.drawn, url, links)
    items = [answer for answer in probed.answers if probed.asked[answer.url][1]]
    item = _item(items[0], *probed.asked[items[0].url], keys, links) if items else {}
    entry["start"] = start
    if listed:
        entry["json"] = {"list": listed, **({"item": item["json"]} if "json" in item else {})}
    else:
        entry |= _list_selectors(probed.drawn, site)
    if not listed and "json" in item:  # without the list's numbers it cannot be asked for
        item = {"item": {}, "drawn": True}
    render = {**({} if listed else {"lists": "browser"}), **({"items": "browser"} if item.get("drawn") else {})}
    entry |= {"render": render} if render else {}
    entry |= {"item": item["item"]} if item.get("item") else {}
    notes = [DRAWN, BY_JSON if not render else BY_BROWSER, *([] if listed else [MORE])]
    return entry | {"notes": notes, "rows": len(links)}


def as_yaml(entry: Mapping[str, Any]) -> str:
    """`entry` as it is written into config.yaml."""
    import yaml

    kept = {name: value for name, value in entry.items() if name not in {"notes", "rows"}}
    return yaml.safe_dump([kept], allow_unicode=True, sort_keys=False, width=120)


def _listed(drawn: Answer, url: str, links: Mapping[str, str]) -> tuple[str, dict[str, Any], dict[str, str]]:
    """Where the list's JSON is, the rules for it, and the key of each item by its address."""
    from crawler.platforms.recipe import load
    from crawler.reading.json_board import read_json_board
    from crawler.reading.json_proposals import propose_json_list
    from crawler.reading.json_rules import JsonList

    for address, source, document in _documents(drawn):
        rules = propose_json_list(document, address, links)
        if rules:
            rules = ({"source": source} if source else {}) | rules
            rows = read_json_board(document, address, JsonList.model_validate(rules), load("generic")).rows
            return address, rules, {row.url: row.key for row in rows}
    return url, {}, {}


def _item(answer: Answer, url: str, key: str, keys: Mapping[str, str], links: Mapping[str, str]) -> dict[str, Any]:
    """``json`` rules for the item, or selectors (``item``), and whether a browser must draw it (``drawn``)."""
    from crawler.answers import Answer as Plain
    from crawler.reading.json_proposals import propose_json_item
    from crawler.reading.proposals import propose_item

    title = next((title for title, address in links.items() if address == url), "")
    for address, source, document in _documents(answer):
        rules = propose_json_item(document, "" if source else address, keys.get(url, key), title)
        if rules and (source or "{key}" in rules["url"]):
            return {"json": ({"source": source} if source else {}) | rules}
    shell = _own(answer)
    plain = Plain(answer.url, 200, shell.body if shell else b"", answer.seen_at)
    selectors, _ = propose_item(answer.page())
    return {"item": selectors, "drawn": title not in " ".join(plain.page().text.split())}


def _list_selectors(drawn: Answer, site: Site) -> dict[str, Any]:
    from crawler.reading.proposals import propose_list

    rules, _ = propose_list(drawn.page(), site.recipe)
    return {"list": rules} if rules else {}


def _documents(answer: Answer) -> Iterator[tuple[str, str, Any]]:
    """(address, name within the page, document) of all JSON that a drawn page was made of, its own first."""
    from crawler.reading.json_document import read_json
    from crawler.reading.json_proposals import sources
    from crawler.reading.page import parse

    own = _own(answer)
    if own is not None:
        for name, document in sources(parse(own.body, own.url)):
            yield own.url, name, document
    for part in answer.exchanges:
        document = read_json(part.body.decode("utf-8", "replace")) if part.is_part and part.method == "GET" else None
        if isinstance(document, dict | list):
            yield part.url, "", document


def _own(answer: Answer) -> Exchange | None:
    return next((one for one in reversed(answer.exchanges) if not one.is_part), None)
