"""Needs: the names that a page must mention for a selector to find anything on it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from cssselect import parse
from cssselect.parser import Attrib, Class, CombinedSelector, Element, Hash

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cssselect.parser import Tree

XPATH_STARTS = ("/", "./", "..", "(", "self::", "ancestor::", "following-sibling::", "preceding-sibling::")
# what is written in a page exactly as in a selector: names without anything that HTML escapes
_NAME = re.compile(r"[A-Za-z_][\w-]+", re.ASCII)
_ATTRIBUTE_TESTS = re.compile(
    r"(?:(?:contains|starts-with)\(\s*@[\w-]+\s*,\s*|@[\w-]+\s*=\s*|has-class\(\s*)(?:'([^']*)'|\"([^\"]*)\")"
)
_UNSURE = re.compile(r"\bor\b|\bnot\(|\bcount\(|\blast\(|!=|[<>]")


class Mentions(Protocol):
    """A page that can be asked for a word of its source."""

    def mentions(self, name: str) -> bool:
        """The source holds `name` somewhere."""


def possible(selector: str, page: Mentions) -> str | None:
    """The part of the selector that can find something on the page: all of it, one side of a union, or None."""
    alternatives = needed_names(selector)
    alive = [place for place, names in enumerate(alternatives) if all(map(page.mentions, names))]
    if len(alive) == 1 < len(alternatives):
        return _sides(selector)[alive[0]]
    return selector if alive else None


@lru_cache(maxsize=4096)  # as many as there are compiled selectors
def _sides(selector: str) -> tuple[str, ...]:
    whole = (selector,) * len(needed_names(selector))
    if not selector.startswith(XPATH_STARTS):  # sides of a CSS group would need their pseudo-elements back
        return whole
    sides = tuple(side.strip() for side in _alternatives(selector))
    return sides if all(side.startswith(XPATH_STARTS) for side in sides) else whole


@lru_cache(maxsize=4096)  # as many as there are compiled selectors
def needed_names(selector: str) -> tuple[tuple[str, ...], ...]:
    """For each alternative of the selector, names that must occur in the page's source; () needs nothing."""
    if selector.startswith(XPATH_STARTS):
        return tuple(tuple(dict.fromkeys(_xpath_names(part))) for part in _alternatives(selector))
    return tuple(tuple(dict.fromkeys(_css_names(one.parsed_tree))) for one in parse(_without_pseudo(selector)))


def _without_pseudo(selector: str) -> str:
    return re.sub(r"::[\w-]+(?:\([^)]*\))?", "", selector)


def _css_names(tree: Tree) -> Iterator[str]:
    if isinstance(tree, CombinedSelector):
        yield from _css_names(tree.selector)
        yield from _css_names(tree.subselector)
    elif isinstance(tree, Class):
        yield from _names(tree.class_name)
        yield from _css_names(tree.selector)
    elif isinstance(tree, Hash):
        yield from _names(tree.id)
        yield from _css_names(tree.selector)
    elif isinstance(tree, Attrib):
        if tree.operator != "!=" and tree.value is not None:
            yield from _names(tree.value.value or "")
        yield from _css_names(tree.selector)
    elif not isinstance(tree, Element):  # a pseudo-class: what it wraps may be negated, what it follows may not
        yield from _css_names(tree.selector)


def _names(value: str) -> Iterator[str]:
    if _NAME.fullmatch(value):
        yield value


def _alternatives(xpath: str) -> Iterator[str]:
    """The parts of a union, split where `|` stands outside brackets and quotes; one part when brackets hold one."""
    depth, quote, start = 0, "", 0
    for place, sign in enumerate(xpath):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        elif sign == "|" and not depth:
            yield xpath[start:place]
            start = place + 1
    yield xpath[start:]


def _xpath_names(xpath: str) -> Iterator[str]:
    for predicate in _predicates(xpath):
        if not _UNSURE.search(predicate) and "|" not in predicate:
            for found in _ATTRIBUTE_TESTS.finditer(predicate):
                yield from _names((found[1] or found[2] or "").strip())


def _predicates(xpath: str) -> list[str]:
    """The outermost ``[…]`` of a path; none where the path holds a union inside brackets, which would make them optional."""
    depth, start, quote = 0, 0, ""
    found: list[str] = []
    for place, sign in enumerate(xpath):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign == "[":
            start = place + 1 if not depth else start
            depth += 1
        elif sign == "]":
            depth -= 1
            if not depth:
                found.append(xpath[start:place])
        elif sign == "|" and not depth:
            return []
    return found
