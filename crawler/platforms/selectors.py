"""Selectors as people write them (CSS or XPath), compiled once and read fast.

A selector is CSS (``a.title``, ``img::attr(src)``, ``h1::text``) or, when it starts with ``/``, ``./``, ``..`` or
``(``, XPath, in which ``has-class('x')`` tests for one class among several. It may carry a regular expression that picks a part of what it found.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from cssselect import SelectorError
from lxml import etree
from parsel.csstranslator import HTMLTranslator
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from crawler.exceptions import RecipeError
from crawler.fields.text import line_text
from crawler.platforms.beginnings import Settled, find
from crawler.platforms.needs import XPATH_STARTS, possible
from crawler.platforms.outline import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

EXSLT_REGEX = {"re": "http://exslt.org/regular-expressions"}
# spelt out in XPath itself: as a function it would be called back in Python once for each element
_HAS_CLASS = re.compile(r"has-class\(\s*(['\"])([\w-]+)\1\s*\)")
# the plain contains() first: it costs a third and is false for almost every element
_HAS_CLASS_XPATH = r"(contains(@class, '\2') and contains(concat(' ', normalize-space(@class), ' '), ' \2 '))"
_CSS_CLASS = re.compile(r"@class and contains\(concat\(' ', normalize-space\(@class\), ' '\), ' ([\w-]+) '\)")

# libxml2 looks functions and variables up only while it evaluates: a misspelt one would stop the run, not the start
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_CALLED = re.compile(r"([\w:.-]+)\s*\(|(\$)")
_FUNCTIONS = frozenset([
    "last", "position", "count", "id", "local-name", "namespace-uri", "name", "string", "concat", "starts-with",
    "contains", "substring-before", "substring-after", "substring", "string-length", "normalize-space", "translate",
    "boolean", "not", "true", "false", "lang", "number", "sum", "floor", "ceiling", "round", "node", "text",
    "comment", "processing-instruction", "and", "or", "div", "mod", "re:test", "re:match", "re:replace",
])  # fmt: skip


@lru_cache(maxsize=4096)  # far more than the selectors of all recipes and sites together
def compile_selector(selector: str) -> etree.XPath:
    """Compile CSS or XPath; the result takes an element and returns a list of elements or strings.

    Raises:
        RecipeError: the selector is neither.
    """
    try:
        xpath = _from_xpath(selector) if selector.startswith(XPATH_STARTS) else _from_css(selector)
        return etree.XPath(xpath, namespaces=EXSLT_REGEX, smart_strings=False)
    except (SelectorError, etree.XPathError, ValueError) as error:
        raise RecipeError(f"选择器无法识别：{selector!r}（{error}）") from error


def _from_xpath(selector: str) -> str:
    xpath = _HAS_CLASS.sub(_HAS_CLASS_XPATH, selector)
    for name, variable in _CALLED.findall(_QUOTED.sub("''", xpath)):
        if variable or name.rpartition("::")[2] not in _FUNCTIONS:
            raise ValueError(f"没有函数或变量 {name or variable!r}")
    return xpath


def _from_css(selector: str) -> str:
    xpath = HTMLTranslator().css_to_xpath(selector, prefix="descendant-or-self::")
    return _CSS_CLASS.sub(r"contains(@class, '\1') and \g<0>", xpath)


def _checked_selector(selector: str) -> str:
    compile_selector(selector)
    return selector


def _checked_pattern(pattern: str | None) -> str | None:
    if pattern is not None:
        try:
            re.compile(pattern)
        except re.error as error:
            raise RecipeError(f"正则表达式无法识别：{pattern!r}（{error}）") from error
    return pattern


SelectorText = Annotated[str, Field(min_length=1), AfterValidator(_checked_selector)]
Pattern = Annotated[str | None, AfterValidator(_checked_pattern)]


class Pick(BaseModel):
    """One way to find a value on a page."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    select: SelectorText = Field(description="CSS 或 XPath；::text 取文字，::attr(名) 取属性")
    match: Pattern = Field(default=None, description="正则表达式：只取匹配部分（有分组时取第一个分组）")

    def found(self, root: HtmlElement, page: Settled | None = None) -> list[Any]:
        """Elements or strings that the selector finds below `root`, in page order.

        `page` is asked first whether it mentions the names that the selector needs: most selectors of a recipe are
        for other kinds of pages, and looking for a word costs a hundredth of walking a tree.
        """
        if page is not None and (outline := page.outline(root)) is not None:
            sought = plain(self.select)
            if sought is not None:
                return outline.find(sought)
        select = self.select if page is None else possible(self.select, page)
        if select is None:
            return []
        if page is not None and page.memory is not None and root is page.root:
            known = find(select, page, compile_selector)
            if known is not None:
                return known
        result = compile_selector(select)(root)
        return result if isinstance(result, list) else [str(result)]

    def matched(self, text: str) -> str:
        """`text`, or the part of it that the pattern picks; empty when it does not occur."""
        if self.match is None:
            return text
        found = re.search(self.match, text)
        if found is None:
            return ""
        return ((found.group(1) if found.re.groups else found.group()) or "").strip()


def _as_picks(value: Any) -> Any:
    values = value if isinstance(value, list | tuple) else [value]
    return tuple({"select": one} if isinstance(one, str) else one for one in values)


Picks = Annotated[tuple[Pick, ...], BeforeValidator(_as_picks)]
"""One selector or several: the first that finds something wins."""


def texts(picks: Picks, root: HtmlElement, page: Settled | None = None) -> Iterator[str]:
    """Every non-empty text that `picks` find below `root`, as one line each, the first pick's first."""
    for pick in picks:
        for node in pick.found(root, page):
            text = pick.matched(line_text(node))
            if text:
                yield text


def first_text(picks: Picks, root: HtmlElement, page: Settled | None = None) -> str:
    """The first non-empty text that `picks` find below `root`; empty when there is none."""
    return next(texts(picks, root, page), "")


def first_nodes(picks: Picks, root: HtmlElement, page: Settled | None = None) -> list[Any]:
    """What the first successful pick finds below `root`."""
    return next((nodes for pick in picks if (nodes := pick.found(root, page))), [])
