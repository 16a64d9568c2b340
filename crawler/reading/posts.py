"""Posts: where a page of unknown make is a thread, which blocks are answers to its first post."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawler.fields.text import block_text, line_text
from crawler.reading.discovery import MAX_MARK, marks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

LEAST_POSTS = 3  # two like blocks are an offer and its seller as often as a question and its answer
_DEPTH = 8  # how many ancestors of an author or a date may be its post
_BLOCKS = {"div", "li", "table", "tbody", "tr", "section", "article", "dl"}
_USER = re.compile(
    r"(?:/|[?&](?:mod=)?)(?:u|uid|users?|userid|usernames?|space|space-uid|members?|profile|people|home)(?:[/=?&.-]|$)",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"log-?(?:in|out|on)|regist|sign-?(?:in|up|out)|password", re.IGNORECASE
)  # the reader's, not an author's
_LAYOUT = re.compile(
    r"(?:row|col|container|wrap|clear|fix|grid|box|block|section|panel|inner|main|layout|w\d|cf|fl|fr)", re.IGNORECASE
)
_WHO = re.compile(
    r"(?:^|[-_\s])(?:author|poster|user-?name|nick-?name|user-?info|post-?user|posted-?by|louceng|floor)(?:$|[-_\s])",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"(?:19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}|\d{1,3} ?(?:秒|分钟|小时|天|周|个?月|年)前|[昨前]天 ?\d{1,2}:\d\d"
    r"|(?:#|第 ?)\d{1,5} ?[楼樓#]?$|^\d{1,5} ?[楼樓#]|^(?:沙发|板凳|地板|楼主)$"
)
_ANSWER = re.compile(r"\s{0,3}(?:Re|回复|答复)\s?[:：]", re.IGNORECASE)


def drop_replies(root: HtmlElement) -> None:
    """Cut out all but the first of three or more like blocks side by side that each tell their author or date.

    Blocks with a heading of their own are no answers but offers of several people on one page: they stay.
    """
    for posts in _threads(root):
        for post in posts[1:]:
            if post.getparent() is not None:
                post.drop_tree()


def _threads(root: HtmlElement) -> Iterator[list[HtmlElement]]:
    marked: dict[HtmlElement, HtmlElement] = {}
    groups: dict[object, list[HtmlElement]] = {}
    for element in root.iter():
        if not isinstance(element.tag, str) or not _tells_who_or_when(element):
            continue
        path: list[str] = [_step(element)]
        for _, ancestor in zip(range(_DEPTH), element.iterancestors(), strict=False):
            parent = ancestor.getparent()
            if parent is None or ancestor in marked:
                break
            if ancestor.tag in _BLOCKS:
                marked[ancestor] = element
                groups.setdefault((parent, _step(ancestor), _place(ancestor, path)), []).append(ancestor)
            path.append(_step(ancestor))
    title = line_text(root.findtext(".//title") or "")
    for group in groups.values():
        posts = [one for one in group if _is_post(one, marked[one])] if len(group) >= LEAST_POSTS else []
        if len(posts) < LEAST_POSTS or all(_has_heading(one, marked[one]) for one in posts[1:]):
            continue
        if not any(_holds_title(one, title) for one in posts[1:]):
            yield posts


def _place(block: HtmlElement, path: list[str]) -> tuple[str, ...]:
    """Where in `block` like ones must tell who or when.

    The parts of a page's layout have marks too, a user's name in the head and a date in the foot: where no class says
    that the blocks are of one kind, the whole way from mark to block does.
    """
    first = ((block.get("class") or "")[:MAX_MARK].split() or [""])[0]
    return tuple(path) if not first or _LAYOUT.match(first) else (path[0],)


def _tells_who_or_when(element: HtmlElement) -> bool:
    if element.tag == "time":
        return True
    if element.tag == "a":
        href = (element.get("href") or "")[:MAX_MARK]
        if _USER.search(href) and not _OWN.search(href):
            return True
    said = (element.text or "")[:60].strip()  # longer than "发表于 2026-10-16 13:37:05 来自手机"
    return bool(_WHEN.search(said)) or (bool(element.attrib) and bool(_WHO.search(marks_of(element))))


def _step(element: HtmlElement) -> str:
    first = ((element.get("class") or "")[:MAX_MARK].split() or [""])[0]
    return f"{element.tag}.{re.sub('[0-9]+', '', first)}"


def _is_post(block: HtmlElement, mark: HtmlElement) -> bool:
    """It says more than who and when: on a line or in a cell of its own."""
    if block.tag == "tr":
        cells = [one for one in block if one.tag in {"td", "th"}]
        # the other way round it is a label with a user's name
        return len(cells) >= 2 and (mark is cells[0] or cells[0] in mark.iterancestors())
    return len(block_text(block).splitlines()) >= 2 or next(block.iter("td"), None) is not None


def _holds_title(post: HtmlElement, title: str) -> bool:
    """It holds the page's own heading: what looked like its first post is the head of the page."""
    return any(len(said := line_text(one)) > 1 and title.startswith(said) for one in post.iter("h1", "h2"))


def _has_heading(post: HtmlElement, mark: HtmlElement) -> bool:
    """It has a title: not the author's name in large letters, not what it answers to."""
    around = set(mark.iterancestors()) | {mark}
    headings = [one for one in post.iter("h1", "h2", "h3", "h4") if one not in around and one.getparent() is not mark]
    return any(len(line_text(one)) > 3 and not _ANSWER.match(line_text(one)) for one in headings)  # 李先生, #2
