"""Plain selectors find in an outline what XPath finds in the tree."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html

from crawler.platforms.outline import MOST, outline_of, plain
from crawler.platforms.selectors import compile_selector

TAGS = ["a", "div", "span", "p", "IMG"]
CLASSES = ["x", "title", "x title", "x x", "xx", "title\nx", "\u3000x", "x\xa0y", "", "X"]
SELECTORS = [
    "a",
    "IMG",
    "div",
    ".x",
    ".title",
    "a.x",
    "span.title",
    "a::attr(href)",
    "IMG::attr(SRC)",
    ".x::attr(title)",
]


@st.composite
def rows(draw: st.DrawFn) -> str:
    """Nested elements with classes and attributes."""
    parts = []
    for _ in range(draw(st.integers(0, 8))):
        tag, name = draw(st.sampled_from(TAGS)), draw(st.sampled_from(CLASSES))
        more = draw(st.sampled_from(["", ' href="/1"', ' src=""', " title", " HREF=/2 title='t'"]))
        end = draw(st.sampled_from([f"</{tag}>", ""]))
        parts.append(f'<{tag} class="{name}"{more}>t{end}')
    return f'<div class="{draw(st.sampled_from(CLASSES))}" title="row">{"".join(parts)}</div>'


@given(rows(), st.sampled_from(SELECTORS))
@example('<div class="x" title="row"><a class="x"><a class="x x">t</a></a></div>', "a.x")
def test_an_outline_finds_what_xpath_finds(row: str, selector: str) -> None:
    root = html.document_fromstring(f"<html><body>{row}<a class=x>outside</a></body></html>").find("body")[0]
    sought, outline = plain(selector), outline_of(root)
    assert sought is not None
    assert outline is not None
    assert outline.find(sought) == compile_selector(selector)(root)


@pytest.mark.parametrize(
    "selector",
    ["a, b", "a b", "a > b", "a.x.y", "#a", "a[href]", "*", "a::text", "//a", "./a", ".", "::attr(href)", "a:first-child",
     "名", ".名", "a.\\31", "a|b"],
)  # fmt: skip
def test_what_is_more_than_a_tag_and_a_class_is_left_to_xpath(selector: str) -> None:
    assert plain(selector) is None


def test_a_large_part_has_no_outline() -> None:
    assert outline_of(html.fragment_fromstring(f"<div>{'<i>x</i>' * MOST}</div>")) is None
    assert outline_of(html.fragment_fromstring(f"<div>{'<i>x</i>' * (MOST - 1)}</div>")) is not None
    assert outline_of("text") is None
