"""Readable: the main text of a page that no selector describes."""

from __future__ import annotations

import re
from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING

from crawler.fields.counters import without_counter_lines
from crawler.fields.text import block_text, line_text
from crawler.reading.discovery import announces_others, is_marked_aside, marks_of
from crawler.reading.posts import drop_replies

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from crawler.reading.page import Page

MAX_TEXT = 300_000  # characters of text: a book; the extraction library needs seconds beyond
MAX_ELEMENTS = 20_000  # of the page; real offers hold some thousand
_FOOT = re.compile(r"(?:^|[-_\s])(?:foot|footer|copyright|ft)(?:$|[-_\s])", re.IGNORECASE)
_SENTENCE = 25  # characters in one piece: longer than a date with an author, shorter than most offers
_BLOCKS = ("nav", "footer", "aside", "ul", "ol", "dl", "table", "div", "section")


def readable_text(page: Page, *, replies: bool = False) -> str:
    """The page's main text without navigation, comments and counters, through trafilatura; empty when there is none.

    Reads the tree, not the source: what was cut out of `page.root` stays out. With `replies` the answers of a thread
    stay in.
    """
    return without_counter_lines(_readable(page, replies=replies))


def _readable(page: Page, *, replies: bool) -> str:
    if sum(1 for _ in page.root.iter()) > MAX_ELEMENTS or len(block_text(page.root)) > MAX_TEXT:
        return _own(page.root)
    root = deepcopy(page.root)
    if not replies:
        drop_replies(root)
    _drop_menus(root)
    # imported late: it costs half a second, and only sites without selectors need it
    import trafilatura

    read = trafilatura.bare_extraction(root, include_comments=False, include_tables=True, favor_recall=True)
    text = "\n".join(filter(None, map(_plain, (getattr(read, "text", None) or "").splitlines())))
    own = _own(root) or block_text(root.find("body") if root.find("body") is not None else root)
    # where the library gives up it throws all lines together
    if "\n" not in text and len(own) < 1.2 * len(text) and "".join(own.split()) in "".join(text.split()):
        return own
    # short offers and posts in tables fall below the library's own limits: too much text beats none
    return own if len(own) > 3 * len(text) else text


def drop_recommended(root: HtmlElement) -> None:
    """Cut out, with its heading, a list of links below a heading such as 相关推荐, which may stand in a box of its own."""
    for heading in list(root.iter("h2", "h3", "h4", "h5")):
        parent = heading.getparent()
        if not announces_others(heading) or parent is None:
            continue
        above = parent if parent.tag == "div" and len(parent) == 1 else heading
        block = above.getnext()
        if block is not None and block.tag in _BLOCKS and next(islice(block.iter("a"), 1, None), None) is not None:
            block.drop_tree()
            above.drop_tree()


def without_menus(root: HtmlElement) -> HtmlElement:
    """A copy without blocks that hold little but links: on short pages the library takes them for text."""
    root = deepcopy(root)
    _drop_menus(root)
    return root


def _drop_menus(root: HtmlElement) -> None:
    for element in list(root.iter(*_BLOCKS)):
        links = list(element.iter("a"))
        if _FOOT.search(marks_of(element)) and element.getparent() is not None:
            element.drop_tree()
            continue
        aside = is_marked_aside(element)
        # two links may well be an offer's own, unless their block says that it is a trail or a menu
        if len(links) >= (1 if aside else 3) and element.getparent() is not None:
            linked = sum(len(line_text(link)) for link in links)
            # a menu has separators, a list of rows has dates
            if linked > (0.5 if aside else 0.7) * len(line_text(element)) and (aside or not _says_something(element)):
                element.drop_tree()


def _says_something(element: HtmlElement) -> bool:
    """It holds a sentence that is no link: short posts with buttons below each are mostly links too."""
    return any(
        len(text.strip()) >= _SENTENCE
        for one in element.iter("p", "div", "td", "li", "br")
        for text in ((one.text or ""), (one.tail or "") if one.tag == "br" else "")
    )


def _plain(line: str) -> str:
    """A line without the library's marks for tables and lists."""
    line = line_text(line)
    if not line.strip("|- "):
        return ""
    return line.strip("| ").replace(" | ", " ") if line.startswith("|") else line.removeprefix("- ")


def _own(root: HtmlElement) -> str:
    """The text of ``<article>`` or ``<main>``, where the page has just one."""
    for tag in ("article", "main"):
        found = list(root.iter(tag))
        text = block_text(found[0]) if len(found) == 1 else ""
        if text:
            return text
    return ""
