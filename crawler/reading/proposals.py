"""Proposals: selectors for pages that nobody has described, each tried on the page before it is proposed."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from crawler.fields.price import read_price
from crawler.fields.text import block_text, line_text
from crawler.platforms.recipe import ListRules
from crawler.platforms.selectors import Pick, compile_selector
from crawler.reading.board import read_board
from crawler.reading.discovery import discover_list, discover_next, says
from crawler.reading.readable import readable_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from crawler.platforms.recipe import Recipe
    from crawler.reading.discovery import FoundList
    from crawler.reading.page import Page

MAX_ELEMENTS = 5_000  # of an item page that are looked at for marks
_STABLE = re.compile(r"[A-Za-z][A-Za-z_-]*\d?[A-Za-z_-]*")  # names with numbers are made up anew for each page
_PASSING = {"odd", "even", "first", "last", "active", "current", "on", "new", "hot", "sale", "selected"}
_ASIDE = re.compile(
    r"market|old|origin|del|list-?price|related|recommend|cart|yuanjia|button|btn|stat|update", re.IGNORECASE
)
_NAMES = {
    "price": re.compile(r"price|jiage|money", re.IGNORECASE),
    "seller": re.compile(r"author|seller|user-?name|poster|publisher|nickname|vendor", re.IGNORECASE),
    "date": re.compile(r"date|time|publish|pubtime", re.IGNORECASE),
}
_DATE = re.compile(
    r"(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}|\d\s?(?:分钟|小时|天|周|月|年)前|[昨今前]天|\d{1,2}-\d{1,2}\s\d{1,2}:\d\d"
)


def propose_list(page: Page, recipe: Recipe) -> tuple[dict[str, str], dict[str, str]]:
    """Selectors for the rows, links and next page of a list, and a sample of what each reads; empty without a list."""
    found = discover_list(page)
    if found is None:
        return {}, {}
    wanted = {url for link in found.links if (url := page.link(link.get("href") or ""))}
    tries = [_rules(rows, link) for rows, link in product(_row_selectors(found), _link_selectors(found))]
    read = ((rules, _urls_read(page, recipe, rules)) for rules in tries)
    rules = _best(read, wanted)
    samples = {f"list.{name}": says(found.links[0]) for name in rules if name == "link"}
    if "rows" in rules:
        samples["list.rows"] = f"{len(wanted)} 行"
    following = _next_selector(page)
    if following and rules:
        rules["next"], samples["list.next"] = following, discover_next(page) or ""
    return rules, samples


def propose_item(page: Page) -> tuple[dict[str, str], dict[str, str]]:
    """Selectors for the facts of an item page, and what each reads there."""
    elements = [one for _, one in zip(range(MAX_ELEMENTS), page.root.iter(), strict=False) if isinstance(one.tag, str)]
    rules: dict[str, str] = {}
    for name, chosen in (("title", _title(page)), ("body", _body(page))):
        selector = _selector(page.root, chosen) if chosen is not None else None
        if selector:
            rules[name] = selector
    for name in _NAMES:
        # without such an element the recipe for unknown sites still looks for words such as 价格： by itself
        marked = _marked(page.root, elements, name)
        if marked:
            rules[name] = marked
    return rules, {f"item.{name}": _sample(page.root, rule) for name, rule in rules.items()}


def _rules(rows: str, link: str) -> dict[str, str]:
    return {"rows": rows, "link": link} if rows else {"link": link}


def _urls_read(page: Page, recipe: Recipe, rules: dict[str, str]) -> set[str]:
    rows = read_board(page, recipe.overridden(ListRules.model_validate(rules), None)).rows
    titled = sum(1 for row in rows if row.title)
    return {row.url for row in rows} if titled >= 0.8 * len(rows) else set()  # a picture's link has no title


def _best(read: Iterable[tuple[dict[str, str], set[str]]], wanted: set[str]) -> dict[str, str]:
    """The first rules that read just what is wanted, else the first that read one row in ten more."""
    near: dict[str, str] = {}
    for rules, urls in read:
        if urls == wanted:
            return rules
        if not near and urls > wanted and len(urls) <= 1.1 * len(wanted) + 1:  # a header, an advertisement
            near = rules
    return near


def _row_selectors(found: FoundList) -> Iterator[str]:
    row = _step(found.rows)
    if row == "a":
        yield ""
    for container in _containers(found.container):
        yield f"{container} > {row}"
        yield f"{container} {row}"
    if "." in row:
        yield row


def _link_selectors(found: FoundList) -> Iterator[str]:
    """From the link's own classes outward to its row; the whole path first where the row is the link."""
    if found.rows[0].tag == "a":
        yield from (f"{container} > {_step(found.links)}" for container in _containers(found.container))
        yield "self::a"
        return
    path, level = _step(found.links), list(found.links)
    yield path
    for _ in range(3):  # title cells stand at most three deep in their row
        parents = [parent for link in level if (parent := link.getparent()) is not None]
        if len(parents) != len(level) or parents[0] in found.rows:
            break
        path, level = f"{_step(parents)} > {path}", parents
        yield path
        yield path.replace(f"{parents[0].tag} >", f"{parents[0].tag}:nth-child({_place(parents[0])}) >", 1)


def _place(element: HtmlElement) -> int:
    return 1 + sum(1 for one in element.itersiblings(preceding=True) if isinstance(one.tag, str))


def _step(elements: Iterable[HtmlElement]) -> str:
    """The tag of like elements with the classes that all of them share."""
    members = list(elements)
    shared = set.intersection(*({*(one.get("class") or "").split()} for one in members))
    first = [name for name in (members[0].get("class") or "").split() if name in shared and _is_stable(name)]
    # two say what it is; the following ones are states and categories
    return str(members[0].tag) + "".join(f".{name}" for name in first[:2])


def _is_stable(name: str) -> bool:
    return name.lower() not in _PASSING and _STABLE.fullmatch(name) is not None


def _containers(element: HtmlElement) -> Iterator[str]:
    """Ways to name an element, from the surest to the shortest."""
    for ancestor in (element, *element.iterancestors()):
        name = ancestor.get("id") or ""
        step = f"#{name}" if _is_stable(name) else _step([ancestor])
        if ancestor is element:
            own = step
        if step.startswith("#") or "." in step:
            yield own if ancestor is element else f"{step} {own}"
    yield own


def _selector(root: HtmlElement, element: HtmlElement) -> str | None:
    """CSS whose first find on the page is `element`; None when its markup has nothing to hold on to."""
    for selector in _containers(element):
        found = compile_selector(selector)(root)
        if isinstance(found, list) and found and found[0] is element:
            return selector
    return None


def _next_selector(page: Page) -> str | None:
    url = discover_next(page)
    if url is None:
        return None
    links = [one for one in page.root.iter("a", "link") if page.link(one.get("href") or "") == url]
    # a class of all page numbers would lead back from the second page
    classes = [step for one in links if "next" in (step := _step([one])).lower()]
    words = [
        f"//a[contains(., '{word}')]" for word in ("下一页", "下页", "下一頁", "后页", "Next", "next", "›", "»", ">")
    ]
    for selector in ("link[rel~=next]", "a[rel~=next]", *classes, *words):
        found = compile_selector(selector)(page.root)
        first = found[0] if isinstance(found, list) and found else None
        if any(first is one for one in links):
            return selector
    return None


def _title(page: Page) -> HtmlElement | None:
    headings = [one for one in page.root.iter("h1", "h2", "h3", "strong", "div", "td") if 3 < len(line_text(one)) < 200]
    # the page's title begins with the offer's
    return next((one for one in headings if page.title.startswith(line_text(one))), next(page.root.iter("h1"), None))


def _body(page: Page) -> HtmlElement | None:
    """The deepest block that still holds nearly all of the readable text."""
    lines = {line for line in readable_text(page).splitlines() if len(line) > 4}
    whole = sum(map(len, lines))
    chosen = element = page.root.find("body")
    while element is not None and whole:
        inner = [one for one in element if isinstance(one.tag, str) and one.tag not in {"script", "style"}]
        element = next((one for one in inner if _share(one, lines) >= 0.75 * whole), None)
        chosen = element if element is not None and element.tag not in {"p", "span"} else chosen
    return chosen if whole and chosen is not None and chosen.tag != "body" else None


def _share(element: HtmlElement, lines: set[str]) -> int:
    own = "".join(block_text(element).split())
    return sum(len(line) for line in lines if "".join(line.split()) in own)


def _marked(root: HtmlElement, elements: list[HtmlElement], name: str) -> str | None:
    """An element whose class, id or itemprop says what it holds, and which does hold such a thing."""
    for element in elements:
        marks = " ".join(element.get(one) or "" for one in ("class", "id", "itemprop"))
        if not _NAMES[name].search(marks) or _ASIDE.search(marks) or element.tag in {"del", "s", "input", "select"}:
            continue
        text = line_text(element)
        if 0 < len(text) <= 60 and _fits(name, text):  # a field, not a block
            selector = _selector(root, element)
            if selector:
                return selector
    return None


def _fits(name: str, text: str) -> bool:
    if name == "price":
        price = read_price(text)
        return price is not None and (price.amount is not None or price.negotiable)
    return bool(_DATE.search(text)) if name == "date" else len(text) <= 20 and not _DATE.search(text)


def _sample(root: HtmlElement, selector: str) -> str:
    return next((text for node in Pick(select=selector).found(root) if (text := line_text(node))), "")[:80]
