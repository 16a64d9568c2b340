"""Discovery: item links and the next page of a list whose markup nobody has described."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawler.fields.text import line_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from crawler.reading.page import Page

LEAST_ROWS = 4  # three alike links are a menu as often as a list
MAX_LINKS = 5_000  # of one page; the longest real list pages hold about a thousand
MAX_MARK = 300  # characters of a class or id that are read: the longest of real pages, utility classes, have about 200
_ASIDE = 0.05  # what a list in a menu or sidebar counts: a tag cloud of 60 words must not beat a last page of two rows
_TITLE = (
    12  # letters that a title in a sidebar has on average, a Chinese character counting two; a menu's words have fewer
)
_COLUMNS = 30  # of a table; wider ones are calendars
_DEPTH = 8  # how many ancestors of a link may be its row or its list
_NEXT_WORDS = re.compile(
    r"[\s\[(（【]*(?:下一?[页頁]|后一?[页頁]|后页|next(?: page)?|older(?: posts)?|[›»▶→>]{1,2})[\s\])）】›»▶→>]*",
    re.IGNORECASE,
)
_OUTSIDE = {"nav", "header", "footer", "aside"}
_CELLS = {"td", "th", "li", "dd", "dt", "p", "h1", "h2", "h3", "h4", "span"}
_INLINE = {"b", "strong", "font", "em", "i", "u"}  # how a row is highlighted, not where its title stands
_ASIDE_WORDS = re.compile(
    r"(?:^|[-_\s])(?:nav|navbar|topbar|toolbar|menu|footer|foot|header|side|sidebar|aside|widget|bread|breadcrumbs?|crumbs?|related|recommend\w*|similar|"
    r"hot|rank\w*|top10|popular|tags?|tagcloud|cloud|login|pag(?:er|es|ination|enum)?|links?|friend\w*|history|"
    r"xiangguan|tuijian|paihang|remen|daohang)(?:$|[-_\s])",
    re.IGNORECASE,
)
_ASIDE_HEADINGS = re.compile(
    r"相关|推荐|热[门销卖]|猜你|同类|浏览|排行|也(?:喜欢|在看|买)|友情链接|related|also like|recommended", re.IGNORECASE
)
_NOT_ITEMS = re.compile(
    r"[/?&=._-](?:log-?(?:in|on|out)|sign-?(?:up|in|out)|register|cart|basket|checkout|account|members?|memberlist|users?|usergroups?|spacecp|profile|space|search|tags?|"
    r"add-to-cart|rss|feed|help|about|contact)(?:[/?&=._-]|$)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Group:
    """Links of one page that stand in like places of like rows of one container."""

    container: HtmlElement
    links: dict[str, HtmlElement] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    written: int = 0
    """How many links say it in writing, not by a picture."""
    rows: set[HtmlElement] = field(default_factory=set)

    def add(self, url: str, link: HtmlElement, row: HtmlElement, text: str) -> None:
        if url not in self.links:
            self.links[url] = link
        self.texts.add(text)
        self.written += bool(line_text(link))
        self.rows.add(row)


@dataclass(frozen=True, slots=True)
class FoundList:
    """The main list of a page, as found without selectors."""

    container: HtmlElement
    """The element that holds the rows and nothing narrower does."""
    links: tuple[HtmlElement, ...]
    """One per item, in page order."""
    rows: tuple[HtmlElement, ...]
    """For each link the element around it that holds no other."""
    weight: float
    """How much its link texts say; comparable within one page."""
    aside: bool = False
    """It stands in a menu, a sidebar or below a heading such as 相关推荐: the page has no other list."""


def discover_rows(page: Page) -> list[HtmlElement]:
    """Links of the page's main list, in page order; empty when there is no list."""
    found = discover_list(page)
    return list(found.links) if found else []


def discover_list(page: Page) -> FoundList | None:
    """The page's main list; None when it has none.

    Links that stand in the same place of like children of one element form a group; the group whose texts say most
    wins. Menus, sidebars, tag clouds and page numbers count only when there is hardly anything else.
    """
    aside: dict[HtmlElement, bool] = {}
    links = list(_item_links(page))
    inner = [entry for entry in links if not _is_aside(entry[1], aside)]
    best, other = _heaviest(inner, few=True), _heaviest(links, few=False)
    if other is not None and (best is None or other.weight * _ASIDE > best.weight):
        # a menu is no list, however long
        return replace(other, aside=True) if other.weight >= _TITLE * len(other.links) else best
    return best


def _heaviest(links: list[tuple[str, HtmlElement, str]], *, few: bool) -> FoundList | None:
    groups: dict[object, _Group] = {}
    for url, link, text in links:
        for key, container, row in _places(link):
            groups.setdefault(key, _Group(container)).add(url, link, row, text)
    scored = [(score, group) for group in groups.values() if (score := _score(group, few=few)) > 0]
    if not scored:
        return None
    weight, best = max(scored, key=lambda pair: pair[0])
    found = tuple(best.links.values())
    return FoundList(best.container, found, _rows_of(found, best.container), weight)


def _rows_of(links: tuple[HtmlElement, ...], container: HtmlElement) -> tuple[HtmlElement, ...]:
    """For each link the element around it that holds no other, at the same height for all."""
    holding = Counter(ancestor for link in links for ancestor in (link, *link.iterancestors()))
    paths = []
    for link in links:
        path = [link]
        for ancestor in link.iterancestors():
            if ancestor is container or holding[ancestor] > 1:
                break
            path.append(ancestor)
        paths.append(path)
    height = min(map(len, paths))
    return tuple(path[height - 1] for path in paths)


def discover_next(page: Page) -> str | None:
    """The next page by ``rel=next``, else by what a link says (下一页, Next, ›), else by the number after this one's."""
    for found in (_by_rel, _by_words, _by_number):
        for element in found(page):
            url = page.link(element.get("href") or "")
            if url and url != page.url and urlsplit(url).hostname == urlsplit(page.url).hostname:
                return url
    return None


def _by_rel(page: Page) -> Iterator[HtmlElement]:
    return (one for one in page.root.iter("link", "a") if "next" in (one.get("rel") or "").lower().split())


def _by_words(page: Page) -> Iterator[HtmlElement]:
    return (link for link in page.root.iter("a") if _says_next(link))


def _by_number(page: Page) -> Iterator[HtmlElement]:
    for link in page.root.iter("a"):
        number = (link.text or "").strip(" []\n\t")
        if number.isdecimal() and len(number) <= 4:  # nobody turns 10,000 pages
            before = link.getprevious() if link.getprevious() is not None else _parents_previous(link)
            if before is not None and _is_current(before) and line_text(before).strip("[]") == str(int(number) - 1):
                yield link


def _parents_previous(link: HtmlElement) -> HtmlElement | None:
    parent = link.getparent()
    return parent.getprevious() if parent is not None and parent.tag in {"li", "span", "td"} else None


def _is_current(element: HtmlElement) -> bool:
    """The page's own number is no link, or a link that is marked."""
    marked = f"{element.get('class') or ''} {element.get('aria-current') or ''}".lower()
    linked = element.tag == "a" or element.find(".//a") is not None
    return not linked or any(word in marked.split() for word in ("active", "current", "page", "on", "now", "selected"))


def _says_next(link: HtmlElement) -> bool:
    said = [line_text(link), link.get("aria-label") or "", link.get("title") or "", *_pictures(link)]
    if any(text and len(text) <= 20 and _NEXT_WORDS.fullmatch(text) for text in said):
        return True
    # 下一个 is the next page among page numbers only; elsewhere it is the next picture
    return said[0] == "下一个" and any("pag" in marks_of(one) for one in link.iterancestors())


def _pictures(link: HtmlElement) -> list[str]:
    return [image.get("alt") or "" for image in link.iter("img")]


def _item_links(page: Page) -> Iterator[tuple[str, HtmlElement, str]]:
    """Links that may lead to items: address, element, what it says. Only the longest of those side by side."""
    host = urlsplit(page.url).hostname
    longest: dict[tuple[object, ...], tuple[str, HtmlElement, str]] = {}
    for count, link in enumerate(page.root.iter("a")):
        if count >= MAX_LINKS:
            break
        url = page.link(link.get("href") or "")
        if not url or urlsplit(url).hostname != host or url == page.url or _NOT_ITEMS.search(url, len(host or "") + 7):
            continue
        text = says(link)
        place = (link.getparent(), _class(link), count if _is_row_itself(link) else 0)
        if _is_item_text(text) and (place not in longest or len(text) > len(longest[place][2])):
            longest[place] = (url, link, text)
    yield from longest.values()


def _is_row_itself(link: HtmlElement) -> bool:
    """The link stands in a plain run of links, not beside others in one cell of a row."""
    parent = link.getparent()
    # looking no further than needed: a hostile page puts 100,000 links side by side
    return (
        parent is not None
        and parent.tag not in _CELLS
        and len(list(islice(parent.iterchildren("a"), LEAST_ROWS))) == LEAST_ROWS
    )


def says(link: HtmlElement) -> str:
    """What a link says: its text or, when longer, its ``title``; else its picture's ``alt``."""
    shown, full = line_text(link)[:300], line_text(link.get("title") or "")[:300]  # longer ones are whole cards
    return max(shown, full, key=len) or line_text(" ".join(_pictures(link)))


def _is_item_text(text: str) -> bool:
    # shorter link texts are menus and page numbers
    return len(text) >= 4 and not text.replace(" ", "").isdigit()


def _places(link: HtmlElement) -> Iterator[tuple[object, HtmlElement, HtmlElement]]:
    """For each ancestor that may be the list: what the place of `link` in it looks like, the list, the row."""
    path: list[str] = []
    row = link
    for count, ancestor in enumerate(link.iterancestors()):
        if count >= _DEPTH or row.tag == "thead":  # links that sort the table
            return
        # the row itself goes by its tag alone: rows are odd and even, new and old
        yield (ancestor, row.tag, *path), ancestor, row
        if row.tag not in _INLINE:
            path.append(_step(row))
        row = ancestor


def _step(element: HtmlElement) -> str:
    if element.tag not in {"td", "th", "dd"}:
        return f"{element.tag}.{_class(element)}"
    # tables without classes tell title from author by the column alone
    return f"{element.tag}:{len(list(islice(element.itersiblings(preceding=True), _COLUMNS)))}"


def _class(element: HtmlElement) -> str:
    return re.sub(r"\d+", "", ((element.get("class") or "")[:MAX_MARK].split() or [""])[0])


def _score(group: _Group, *, few: bool) -> float:
    if min(len(group.rows), len(group.links)) < 2 or (
        len(group.links) < LEAST_ROWS and not (few and _is_last_page(group))
    ):
        return 0
    if len(group.texts) * 2 <= len(group.links):
        return 0  # 只看该作者, 查看详情: what each row offers to do, not what it is
    # long titles count, but no single one decides
    said: float = sum(map(_letters, group.texts))
    if not group.written:
        said *= 0.9  # of a picture and a title that lead to the same item, the title is the better link
    return said * (0.5 if _is_mixed(group) else 1) - 0.001 * len(group.rows)


def _is_mixed(group: _Group) -> bool:
    """The "rows" are parts of a page with a list in each, not rows of one list."""
    kinds = {f"{_class(row)}#{re.sub('[0-9]+', '', (row.get('id') or '')[:MAX_MARK])}" for row in group.rows}
    return len(group.links) > len(group.rows) and len(kinds) > max(1, len(group.rows) / 3)  # odd, even, first


def _is_last_page(group: _Group) -> bool:
    """The last page of a list may have two rows: they say more than their links do, such as a date or a price."""
    said = sum(map(len, group.texts))
    figures = [row for row in group.rows if row.tag != "a" and re.search(r"\d{2}|[¥￥]", line_text(row))]
    return len(figures) == len(group.rows) and sum(len(line_text(row)) for row in figures) > 1.2 * said


def _letters(text: str) -> int:
    """Length of a text without digits and marks; a Chinese character says as much as two letters."""
    return sum(2 if char > "\u2e80" else 1 for char in text[:60] if char.isalpha())


def _is_aside(link: HtmlElement, known: dict[HtmlElement, bool]) -> bool:
    path: list[HtmlElement] = []
    aside = False
    for ancestor in link.iterancestors():
        if ancestor in known:
            aside = known[ancestor]
            break
        path.append(ancestor)
    for element in reversed(path):  # each element is looked at once, however many links it holds
        aside = known[element] = aside or is_marked_aside(element)
    return aside


def is_marked_aside(element: HtmlElement) -> bool:
    """Its tag, class or id says that it is navigation, a sidebar or the like."""
    if element.tag in {"html", "body", "main"}:  # <body class="has-sidebar"> holds everything
        return False
    return element.tag in _OUTSIDE or _is_headed_aside(element) or bool(_ASIDE_WORDS.search(marks_of(element)))


def marks_of(element: HtmlElement) -> str:
    """Its class and id, as far as people write them."""
    return f"{(element.get('class') or '')[:MAX_MARK]} {(element.get('id') or '')[:MAX_MARK]}"


def _is_headed_aside(element: HtmlElement) -> bool:
    heading = element.getprevious()
    return heading is not None and heading.tag in {"h2", "h3", "h4", "h5", "h6", "dt"} and announces_others(heading)


def announces_others(heading: HtmlElement) -> bool:
    """It says 相关推荐 or the like: what follows is not the page's own matter."""
    text = line_text(heading)
    return len(text) <= 20 and _ASIDE_HEADINGS.search(text) is not None  # a longer one is an offer's title


__all__ = [
    "LEAST_ROWS",
    "FoundList",
    "announces_others",
    "discover_list",
    "discover_next",
    "discover_rows",
    "is_marked_aside",
    "marks_of",
    "says",
]
