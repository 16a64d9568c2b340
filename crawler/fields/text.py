"""Readable text of an element, as a person sees it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml.etree import iterwalk

if TYPE_CHECKING:
    from lxml.html import HtmlElement


# What an element does to the lines around it; plain numbers, because an enum member takes four times as long to compare.
_BLOCK, _CELL, _BREAK, _PRE, _SKIP = range(1, 6)

_ROLES: dict[object, int] = {
    **dict.fromkeys(
        (
            "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir",
            "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
            "header", "hgroup", "html", "legend", "li", "main", "menu", "nav", "ol", "optgroup", "option", "p", "section",
            "summary", "table", "tbody", "tfoot", "thead", "title", "tr", "ul",
        ),
        _BLOCK,
    ),
    **dict.fromkeys(("td", "th"), _CELL),
    **dict.fromkeys(("br", "hr"), _BREAK),
    **dict.fromkeys(("pre", "listing", "xmp", "textarea"), _PRE),
    **dict.fromkeys(("script", "style", "noscript", "template", "iframe", "noframes", "noembed"), _SKIP),
}  # fmt: skip
_PLAIN = frozenset((0, _BLOCK, _CELL))
"""Roles of an element whose text is one line as long as it holds nothing else."""
_HIDING = re.compile(
    r"(?:^|;)(?:display:none|visibility:(?:hidden|collapse)|(?:font-size|opacity):0?(?:\.0{1,9}|0)?(?:[a-z]{1,4}|%)?)"
    r"(?:!important)?(?:;|$)"
)


class _Page:
    """Lines under construction."""

    __slots__ = ("kept", "line", "lines")

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.kept = 0
        """How many open elements keep their line feeds."""

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
    if not len(element) and _ROLES.get(element.tag, 0 if isinstance(element.tag, str) else _SKIP) in _PLAIN:
        return " ".join((element.text or "").split())  # nearly every field of a row: nothing to walk
    page = _Page()
    line, role_of = page.line, _ROLES.get
    add = line.append
    walk = iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        role = role_of(node.tag, 0)
        if event == "start":
            if role == _SKIP or (node is not element and node.attrib and _is_hidden(node)):
                walk.skip_subtree()
                page.kept += role == _PRE  # its end comes all the same
                continue
            if role and (line or role != _BLOCK):
                _open(page, role)
            text = node.text
        else:
            if role and (line or role == _PRE):
                _close(page, role)
            text = node.tail if node is not element else None
        if text:
            page.add_kept(text) if page.kept else add(text)
    page.end_block()
    return "\n".join(page.lines).strip("\n")


def line_text(value: str | HtmlElement) -> str:
    """Text on one line, white space folded."""
    return " ".join((value if isinstance(value, str) else block_text(value)).split())


def _open(page: _Page, role: int) -> None:
    if role == _CELL:
        page.line.append(" ")
    elif role == _BREAK:
        page.end_line()
    else:
        page.end_block()
        page.kept += role == _PRE


def _close(page: _Page, role: int) -> None:
    if role in {_BLOCK, _PRE}:
        page.end_block()
        page.kept -= role == _PRE


def _is_hidden(element: HtmlElement) -> bool:
    attributes = element.attrib
    if not attributes:
        return False
    if "hidden" in attributes or attributes.get("aria-hidden", "").strip().lower() == "true":
        return True
    style = attributes.get("style")
    return bool(style) and _HIDING.search("".join(style.split()).lower()) is not None
