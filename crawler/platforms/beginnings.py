"""Beginnings: what several selectors of a recipe look for first ("the first post") is looked for once a page.

Walking a page's whole tree is what a selector costs; the rest of its path is next to nothing. XPath is compositional: a
path from one node is what the whole path finds, when its beginning finds this one node only.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from lxml import etree

from crawler.platforms.needs import Mentions

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.html import HtmlElement

    from crawler.platforms.outline import Outline

_INSIDE = "·"  # stands in an outline for a sign inside brackets
_BRACKETS = {"(": ")", "[": "]"}
_STEPS = rf"(?:\[{_INSIDE}*\])*(?:/{{1,2}}[\w*:@.-]+(?:\({_INSIDE}*\))?(?:\[{_INSIDE}*\])*)*"
_FIRST = re.compile(rf"(\({_INSIDE}+\)\[{_INSIDE}{{1,2}}\])({_STEPS})")  # (//div[…])[1]//td
_NAMED = re.compile(rf"(//[\w*]+(?:\[{_INSIDE}+\])+)({_STEPS})")  # //div[@id='content']/p
_PLACE = re.compile(r"\[\d{1,2}\]$")
_ID = re.compile(r"(?://(?:[\w-]+|\*)\[\s*@id\s*=\s*(?:'([\w-]+)'|\"([\w-]+)\")\s*\]|#([\w-]+))", re.ASCII)
_BY_ID: Any = etree.XPath("id($name)", smart_strings=False)  # the parser keeps a table of them: nothing is walked


class Settled(Mentions, Protocol):
    """A page whose tree does not change any more, and what was found on it."""

    @property
    def root(self) -> HtmlElement:
        """The tree."""

    @property
    def source(self) -> bytes:
        """The page as UTF-8."""

    @property
    def memory(self) -> dict[str, list[Any]] | None:
        """What beginnings found; None while the tree may still change."""

    def outline(self, root: Any) -> Outline | None:
        """The outline of a part of the page that is looked at by itself; None of any other element."""


def find(selector: str, page: Settled, evaluate: Callable[[str], Callable[[HtmlElement], Any]]) -> list[Any] | None:
    """What the selector finds on the whole page, by way of its beginning; None when it has none to share."""
    parts = split(selector)
    if parts is None or page.memory is None:
        return None
    first, rest = parts
    nodes: list[Any] | None = page.memory.get(first)
    if nodes is None:
        nodes = _by_id(first, page) or evaluate(first)(page.root)
        page.memory[first] = nodes
    if not rest or not nodes:
        return list(nodes)
    if len(nodes) > 1:
        return None
    found: list[Any] = evaluate(rest)(nodes[0])
    return found


@lru_cache(maxsize=4096)  # as many as there are compiled selectors
def split(selector: str) -> tuple[str, str] | None:
    """Beginning and rest, which is relative to it ("" where there is none); None for what is not such a path."""
    if _ID.fullmatch(selector):
        return selector, ""
    outline = _outline(selector)
    found = _FIRST.fullmatch(outline) or _NAMED.fullmatch(outline)
    if found is None:
        return None
    first, rest = selector[: found.end(1)], selector[found.end(1) :]
    # a place makes it one node; so does an id, as a rule
    if not (_PLACE.search(first) if first.startswith("(") else "@id" in first):
        return None
    return first, rest and ("." if rest.startswith("/") else "self::node()") + rest


def _outline(xpath: str) -> str:
    """The path with all that stands in brackets blotted out."""
    outline: list[str] = []
    closing: list[str] = []
    quote = ""
    for sign in xpath:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif closing and sign == closing[-1]:
            closing.pop()
            outline.append(_INSIDE if closing else sign)
            continue
        outline.append(_INSIDE if closing or quote or sign in "'\"" else sign)
        if not quote and sign in _BRACKETS:
            closing.append(_BRACKETS[sign])
    return "".join(outline)


def _by_id(first: str, page: Settled) -> list[Any]:
    """The one element of this id; [] when the page mentions the id elsewhere too, or nowhere."""
    found = _ID.fullmatch(first)
    name = found and (found[1] or found[2] or found[3])
    if not name or page.source.count(name.encode()) != 1:
        return []
    nodes: list[Any] = _BY_ID(page.root, name=name)
    # the parser's table also knows names of anchors, and elements that were cut out since
    if len(nodes) != 1 or nodes[0].get("id") != name or page.root not in nodes[0].iterancestors():
        return []
    tag = first[2 : first.index("[")] if first.startswith("/") else "*"
    return nodes if tag in {"*", nodes[0].tag} else []
