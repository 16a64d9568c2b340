"""Readable text of an element, as a person sees it."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.html import HtmlElement


class _Role(IntEnum):
    INLINE = 0
    BLOCK = 1
    CELL = 2
    BREAK = 3
    PRE = 4
    SKIP = 5


_ROLES: dict[object, _Role] = {
    **dict.fromkeys(
        [
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "caption",
            "center",
            "dd",
            "details",
            "dialog",
            "dir",
            "div",
            "dl",
            "dt",
            "fieldset",
            "figcaption",
            "figure",
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hgroup",
            "html",
            "legend",
            "li",
            "main",
            "menu",
            "nav",
            "ol",
            "optgroup",
            "option",
            "p",
            "section",
            "summary",
            "table",
            "tbody",
            "tfoot",
            "thead",
            "title",
            "tr",
            "ul",
        ],
        _Role.BLOCK,
    ),
    **dict.fromkeys(("td", "th"), _Role.CELL),
    **dict.fromkeys(("br", "hr"), _Role.BREAK),
    **dict.fromkeys(("pre", "listing", "xmp", "textarea"), _Role.PRE),
    **dict.fromkeys(["script", "style", "noscript", "template", "iframe", "noframes", "noembed"], _Role.SKIP),
}
_HIDING = re.compile(
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|(?:font-size|opacity):0?(?:\.0{1,9}|0)?(?:[a-z]{1,4}|%)?)"
    r"(?:!important)?(?:;|$)"
)


class _Page:
    """Lines under construction."""

    __slots__ = ("line", "lines")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []

    def end_block(self) -> None:
        """Start a new line unless one was just started."""
        if self.line and (text := " ".join("".join(self.line).split())):
            self.lines.append(text)
        self.line.clear()

    def end_line(self) -> None:
        """Start a new line even after an empty one, at most one empty line in a row."""
        text = " ".join("".join(self.line).split())
        self.line.clear()
        if text or (self.lines and self.lines[-1]):
            self.lines.append(text)

    def add_kept(self, text: str) -> None:
        """Add text whose line feeds count (inside ``pre``)."""
        first, *others = text.split("\n")
        self.line.append(first)
        for other in others:
            self.end_line()
            self.line.append(other)


def block_text(element: HtmlElement) -> str:
    r"""Text of an element and what it holds, lines separated by ``\n``, at most one blank line in a row.

    White space is folded; scripts, comments and parts hidden by an inline style or attribute are left out. The element
    itself is read even when it is hidden: pages reveal their main part by script. One pass, no recursion.
    """
    page = _Page()
    kept = 0  # how many open elements keep their line feeds
    todo: list[Any] = [element]  # elements to open, texts to add, roles to close; the last one comes first
    while todo:
        item = todo.pop()
        if item.__class__ is str:
            page.add_kept(item) if kept else page.line.append(item)
            continue
        if item.__class__ is _Role:
            kept -= item is _Role.PRE
            page.end_block()
            continue
        role = _ROLES.get(item.tag, _Role.INLINE)
        if role is _Role.SKIP or not isinstance(item.tag, str) or (item is not element and _is_hidden(item)):
            continue
        if role:
            _open(page, role)
            kept += role is _Role.PRE
            if role is _Role.BLOCK or role is _Role.PRE:
                todo.append(role)
        for child in reversed(item):
            if child.tail:
                todo.append(child.tail)
            todo.append(child)
        if item.text:
            todo.append(item.text)
    page.end_block()
    return "\n".join(page.lines).strip("\n")


def line_text(value: str | HtmlElement) -> str:
    """Text on one line, white space folded."""
    return " ".join((value if isinstance(value, str) else block_text(value)).split())


def _open(page: _Page, role: _Role) -> None:
    if role is _Role.CELL:
        page.line.append(" ")
    elif role is _Role.BREAK:
        page.end_line()
    else:
        page.end_block()


def _is_hidden(element: HtmlElement) -> bool:
    attributes = element.attrib
    if not attributes:
        return False
    if "hidden" in attributes or attributes.get("aria-hidden", "").strip().lower() == "true":
        return True
    style = attributes.get("style")
    return bool(style) and _HIDING.search("".join(style.split()).lower()) is not None
