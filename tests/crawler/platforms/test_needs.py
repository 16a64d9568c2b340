"""A selector is passed over only where it would find nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.platforms import recipe as recipes
from crawler.platforms.needs import needed_names, possible
from crawler.platforms.selectors import compile_selector
from crawler.reading.page import parse

PAGES = sorted((Path(__file__).parents[1] / "pages").glob("*/*/page.html"))


def selectors_of(name):
    """Every selector of a recipe."""
    recipe = recipes.load(name)
    rules = [getattr(rules, field) for rules in (recipe.list, recipe.item) for field in type(rules).model_fields]
    picks = [pick.select for value in rules if isinstance(value, tuple) for pick in value]
    return sorted(
        {*picks, *(wall.select for wall in recipe.walls), *(mark.select for mark in recipe.marks if mark.select)}
    )


@pytest.mark.parametrize("platform", recipes.names())
def test_no_selector_is_passed_over_on_a_page_where_it_finds_something(platform):
    selectors = selectors_of(platform)
    assert selectors
    for file in PAGES:
        page = parse(file.read_bytes(), "http://127.0.0.1/")
        for selector in selectors:
            if possible(selector, page) is None:
                assert not compile_selector(selector)(page.root), (file.parent.name, selector)


@pytest.mark.parametrize("platform", recipes.names())
def test_most_selectors_are_passed_over_on_foreign_pages(platform):
    """Else the whole effort is for nothing."""
    named = [selector for selector in selectors_of(platform) if all(needed_names(selector))]
    empty = parse(b"<html><body><p>text</p></body></html>", "http://127.0.0.1/")
    assert not any(possible(selector, empty) for selector in named)


@pytest.mark.parametrize(
    ("selector", "names"),
    [
        ("div.row > a.title", {("row", "title")}),
        ("#main .price, td[class*=goods]", {("main", "price"), ("goods",)}),
        ("a[href^='thread-']::attr(href)", {("thread-",)}),
        ("a[href*='?id=']", {()}),  # may be written &#63; or with &amp; about it
        ("p:not(.x)", {()}),
        (".a1:not(.x) b", {("a1",)}),
        (":is(.x, .y)", {()}),
        ("div:has(.x)", {()}),
        ("//div[@class='x1']/p[contains(@id,'post')]", {("x1", "post")}),
        ("//div[@class='x1' or @id='y1']", {()}),
        ("//div[not(@class='x1')]", {()}),
        ("//div[@class!='x1']", {()}),
        ("//a[@class='x1'] | //b[@id='y1']", {("x1",), ("y1",)}),
        ("(//a[@class='x1'] | //b)/@href", {()}),
        ("(//b | //a[@class='x1'])[1]", {()}),
        ("//a[@class='x|y'][@id='y1']", {("y1",)}),
        ("//a[has-class('x1')]", {("x1",)}),
        ("//a[p[@class='x1']]", {("x1",)}),
        ("//a[count(p[@class='x1'])=0]", {()}),
    ],
)
def test_needed_names(selector, names):
    compile_selector(selector)
    assert set(needed_names(selector)) == names


NAMES = st.sampled_from(["ab", "ba", "abc"])
SIMPLE = st.one_of(
    NAMES.map("div.{}".format),
    NAMES.map("p#{}".format),
    NAMES.map("[class*={}]".format),
    NAMES.map("p:not(.{})".format),
)
CSS = st.lists(SIMPLE, min_size=1, max_size=3).map(" ".join)
TESTS = st.one_of(
    NAMES.map("@class='{}'".format), NAMES.map("not(@id='{}')".format), NAMES.map("contains(@class,'{}')".format),
    st.tuples(NAMES, NAMES).map(lambda two: f"@class='{two[0]}' or @id='{two[1]}'"),
)  # fmt: skip
STEP = st.tuples(st.sampled_from(["//div", "//p"]), TESTS).map(lambda step: f"{step[0]}[{step[1]}]")
XPATH = st.one_of(
    STEP, st.tuples(STEP, STEP).map("".join), st.tuples(STEP, STEP).map(" | ".join),
    st.tuples(STEP, STEP).map(lambda two: f"({two[0]} | {two[1]})[1]"),
)  # fmt: skip
ELEMENT = st.tuples(st.sampled_from(["div", "p"]), NAMES, NAMES).map(
    lambda one: f"<{one[0]} class={one[1]} id={one[2]}>x</{one[0]}>"
)


@settings(deadline=None, max_examples=150)
@given(st.one_of(CSS, XPATH), st.lists(ELEMENT, max_size=3).map("".join))
def test_what_is_passed_over_finds_nothing(selector, body):
    page = parse(f"<html><body><div>{body}</div></body></html>".encode(), "http://127.0.0.1/")
    if compile_selector(selector)(page.root):
        assert possible(selector, page)
