from __future__ import annotations

import pytest
from lxml import etree, html
from pydantic import TypeAdapter, ValidationError

from crawler.exceptions import RecipeError
from crawler.platforms.selectors import Pick, Picks, compile_selector, first_nodes, first_text, texts

PAGE = html.document_fromstring("""
<html><body>
  <div class="post first"><a class="t xst" href="a.html" title="full title">cut…</a><i>  </i><b>价格： 30 元/只</b></div>
  <div class="post-first"><a class="xst2" href="b.html">two</a></div>
  <p class="empty"></p>
</body></html>""")


def picks(value: object) -> Picks:
    return TypeAdapter(Picks).validate_python(value)


def test_css_xpath_and_pseudo_elements_find_alike() -> None:
    assert compile_selector("a.xst::attr(href)")(PAGE) == ["a.html"]
    assert compile_selector("//a[has-class('xst')]/@href")(PAGE) == ["a.html"]
    assert compile_selector("a.xst::text")(PAGE) == ["cut…"]
    assert compile_selector("(//a)[2]/@href")(PAGE) == ["b.html"]


@pytest.mark.parametrize("quote", ["'", '"'])
def test_has_class_matches_one_class_of_several_and_no_longer_name(quote: str) -> None:
    found = compile_selector(f"//div[has-class( {quote}first{quote} )][not(has-class({quote}x{quote}))]")(PAGE)
    assert [element.get("class") for element in found] == ["post first"]


def test_relative_selectors_stay_inside_the_row() -> None:
    row = PAGE.xpath("//div")[1]
    assert compile_selector("./a/@href")(row) == ["b.html"]
    assert compile_selector("self::div/@class")(row) == ["post-first"]
    assert compile_selector("a")(row) == row.xpath("a")


@pytest.mark.parametrize("selector", ["a[", "//a[", "//a[foo()", "::attr(", "//a[has-class('x'", "$x", "a::nothing", "//a[foo()]",
                                      "//a[has-clas('x')]", "//a[@x=$y]", "//a[following::foo()]", "/html["])  # fmt: skip
def test_broken_selector_is_refused(selector: str) -> None:
    with pytest.raises(RecipeError, match="选择器无法识别"):
        compile_selector(selector)


def test_functions_and_axes_of_xpath_are_let_through() -> None:
    selector = "//div[a and not(b)]/following-sibling::node()[self::text() or (position() mod 2)] | //a[re:test(@href, 'x(y)')]"
    assert compile_selector(selector)(PAGE) is not None
    assert compile_selector("//a[contains(., 'foo( $x')]")(PAGE) == []


def test_pick_refuses_what_it_cannot_use() -> None:
    for wrong in ({"select": "a["}, {"select": ""}, {"select": "a", "match": "("}, {"select": "a", "css": "b"}, {}):
        with pytest.raises(ValidationError):
            Pick.model_validate(wrong)


@pytest.mark.parametrize(
    ("match", "text", "expected"),
    [
        (None, " 30 元 ", " 30 元 "),
        (r"\d+", "价 30 元", "30"),
        (r"价格：(.+)", "价格： 30 元/只", "30 元/只"),
        (r"(\d)?元", "元", ""),
        (r"没有", "价 30 元", ""),
    ],
)
def test_match_keeps_a_part(match: str | None, text: str, expected: str) -> None:
    assert Pick(select="a", match=match).matched(text) == expected


def test_one_selector_or_several_or_whole_picks() -> None:
    assert [one.select for one in picks("a")] == ["a"]
    assert [one.select for one in picks(["a", {"select": "b", "match": "x"}])] == ["a", "b"]
    assert picks(picks("a")) == picks("a")


def test_first_text_skips_what_is_empty_or_does_not_match() -> None:
    assert (
        first_text(
            picks(["p.empty", "i", {"select": "b", "match": "重量(.*)"}, {"select": "b", "match": "：(.+)"}]), PAGE
        )
        == "30 元/只"
    )
    assert first_text(picks("p.empty"), PAGE) == ""
    assert first_text((), PAGE) == ""


def test_texts_are_single_lines_in_the_order_of_the_picks() -> None:
    assert list(texts(picks(["b", "a"]), PAGE)) == ["价格： 30 元/只", "cut…", "two"]


def test_first_nodes_are_those_of_the_first_pick_that_finds_any() -> None:
    nodes = first_nodes(picks(["em", "//a[@class='xst2']", "a"]), PAGE)
    assert [node.text for node in nodes] == ["two"]
    assert first_nodes(picks("em"), PAGE) == []


def test_expression_that_yields_a_number_gives_text() -> None:
    assert Pick(select="(count(//a))").found(PAGE) == ["2.0"]


def test_compiled_selector_is_kept() -> None:
    assert compile_selector("a.xst") is compile_selector("a.xst")
    assert isinstance(compile_selector("a.xst"), etree.XPath)
