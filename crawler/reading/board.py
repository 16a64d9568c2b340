"""Board: a list page becomes rows and a next page."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crawler.fields.text import line_text
from crawler.platforms.selectors import first_nodes, first_text, texts
from crawler.reading.discovery import discover_next, discover_rows
from crawler.reading.page import without_parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from crawler.platforms.recipe import Recipe
    from crawler.reading.page import Page

MAX_ROWS = 1000  # the longest real list pages hold 200; more is a trap or a mistaken selector
_NOISE = ("PHPSESSID", "phpsessid", "jsessionid", "utm_source", "utm_medium", "utm_campaign", "spm")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list page."""

    url: str
    """Address to request."""
    key: str
    """Identity of the listing within its site."""
    title: str
    """As the list shows it; often cut."""
    signature: str
    """``offer:activity`` hashes of what the row says; the part before the colon changes when the offer does."""
    pinned: bool = False
    part: Any = field(default=None, compare=False, repr=False)
    """What of the list page the row is: an element; None where it was not read from markup."""


@dataclass(frozen=True, slots=True)
class Board:
    """What one list page holds."""

    rows: tuple[Row, ...]
    next_url: str | None
    total: int | None = None
    """How many rows the whole list has, where it says so."""
    cut: bool = False
    """It went on below what was read, on the same page."""


def read_board(page: Page, recipe: Recipe) -> Board:
    """Rows without repeats, the pinned ones first, and the next page where there is one."""
    rows: dict[str, Row] = {}
    found = _rows(page, recipe)
    if recipe.discover and not recipe.list.link:
        found = (_row(page, recipe, link, link, pinned=False) for link in discover_rows(page))
    for row in found:
        if row is not None:
            rows.setdefault(row.key, row)
        if len(rows) >= MAX_ROWS:
            break
    return Board(tuple(rows.values()), _next(page, recipe))


def clean_url(url: str, recipe: Recipe) -> str:
    """`url` without the software's session noise."""
    return without_parameters(url, (*recipe.urls.drop, *_NOISE))


def key_of(url: str, recipe: Recipe) -> str:
    """Identity of the listing at `url`: the software's own number, else path and query."""
    own = recipe.key_of(url)
    if own:
        return own[:200]  # the column's width; real numbers and slugs are shorter
    rest = re.sub(r"^https?://[^/]*", "", clean_url(url, recipe)) or "/"
    # a longer one is told apart by its hash
    return rest if len(rest) <= 200 else rest[:160] + hashlib.sha256(rest.encode("utf-8", "replace")).hexdigest()[:40]


def _rows(page: Page, recipe: Recipe) -> Iterator[Row | None]:
    rules = recipe.list
    if not rules.rows:
        for link in first_nodes(rules.link, page.root, page):
            yield _row(page, recipe, link, link, pinned=False)
        return
    for picks, pinned in ((rules.pinned, True), (rules.rows, False)):
        for element in first_nodes(picks, page.root, page):
            links = first_nodes(rules.link, element, page) if hasattr(element, "iter") else []
            if links:
                yield _row(page, recipe, element, links[0], pinned=pinned)


def _row(page: Page, recipe: Recipe, element: HtmlElement, link: Any, *, pinned: bool) -> Row | None:
    href = link if isinstance(link, str) else link.get("href") or ""
    url = page.link(href)
    if url is None or (recipe.urls.item and not re.search(recipe.urls.item, url)):
        return None
    url = clean_url(url, recipe)
    title = first_text(recipe.list.title, element, page) or _link_title(link)
    signature = _signature(page, recipe, element, title)
    return Row(url=url, key=key_of(url, recipe), title=title, signature=signature, pinned=pinned, part=element)


def _link_title(link: Any) -> str:
    if isinstance(link, str):
        return ""
    shown = line_text(link)
    full = line_text(link.get("title") or "")
    return full if len(full) > len(shown) else shown


def _signature(page: Page, recipe: Recipe, element: HtmlElement, title: str) -> str:
    if isinstance(element, str):
        return _hash(title) + ":"
    price = first_text(recipe.list.price, element, page)
    return signature_of(title, price, texts(recipe.list.activity, element, page))


def signature_of(title: str, price: str, activity: Iterable[str]) -> str:
    """What tells a row's offer and its activity from earlier ones."""
    offer, said = _hash(title + "\n" + price), "\n".join(activity)
    return f"{offer}:{_hash(said) if said else ''}"


def _hash(text: str) -> str:
    # 64 bits tell two versions of one row apart with certainty enough: a miss costs one revisit interval
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _next(page: Page, recipe: Recipe) -> str | None:
    for node in first_nodes(recipe.list.next, page.root, page):
        href = node if isinstance(node, str) else node.get("href") or ""
        url = page.link(href) if href else None
        if url and url != page.url:
            return clean_url(url, recipe)
    return discover_next(page) if recipe.discover and not recipe.list.next else None
