"""Outline: the few elements of one row of a list, by tag and class, so that plain selectors need no XPath.

A row is asked for some ten things, and each XPath costs more than walking the row once in Python does.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MOST = 200  # elements of a row; one with more is walked faster by libxml2, which is asked then
_PLAIN = re.compile(
    r"(?P<tag>[A-Za-z][A-Za-z0-9]*)?(?:\.(?P<name>[A-Za-z][\w-]*))?(?:::attr\((?P<attribute>[A-Za-z][\w-]*)\))?",
    re.ASCII,
)
_SPACE = re.compile(r"[ \t\r\n]+")  # what normalize-space() folds; str.split() knows more


class Plain(NamedTuple):
    """``tag.name::attr(attribute)``: at least one of the first two, the rest None where not asked for."""

    tag: str | None
    name: str | None
    attribute: str | None


@lru_cache(maxsize=4096)  # as many as there are compiled selectors
def plain(selector: str) -> Plain | None:
    """The parts of a selector that an outline can answer; None for any other."""
    found = _PLAIN.fullmatch(selector)
    if found is None or not (found["tag"] or found["name"]):
        return None
    tag, name, attribute = found.group("tag", "name", "attribute")
    # tags are written in any case; parsel passes names of attributes on as they are
    return Plain(tag.lower() if tag else None, name, attribute)


class Outline:
    """An element and all below it, in page order, as they were when it was made."""

    __slots__ = ("by_name", "by_tag")

    def __init__(self, elements: list[HtmlElement]) -> None:
        self.by_tag: dict[Any, list[HtmlElement]] = {}
        self.by_name: dict[str, list[HtmlElement]] = {}
        for element in elements:
            self.by_tag.setdefault(element.tag, []).append(element)
            if names := element.get("class"):
                for name in dict.fromkeys(names.split() if names.isascii() else _SPACE.split(names)):
                    self.by_name.setdefault(name, []).append(element)

    def find(self, sought: Plain) -> list[Any]:
        """What the selector finds: elements, or values of their attributes."""
        tag, name, attribute = sought
        if name is None:
            found = self.by_tag.get(tag, [])
        else:
            found = self.by_name.get(name, [])
            if tag is not None:
                found = [one for one in found if one.tag == tag]
        if attribute is None:
            return list(found)
        return [value for one in found if (value := one.get(attribute)) is not None]


def outline_of(root: Any) -> Outline | None:
    """The outline of an element; None where it holds too much, or is no element."""
    if not hasattr(root, "iter"):
        return None
    elements = []
    for element in root.iter("*"):
        elements.append(element)
        if len(elements) > MOST:
            return None
    return Outline(elements)
