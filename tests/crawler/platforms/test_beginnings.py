"""A selector finds the same by way of its beginning as in one go."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.platforms import recipe
from crawler.platforms.beginnings import split
from crawler.platforms.selectors import Pick, compile_selector
from crawler.reading.page import parse

PAGES = Path(__file__).parents[1] / "pages"
HTML = b"""<html><body><a name="anchor">x</a><div id="one" class="c"><p>1</p><p>2</p></div>
<div id="two"><p>3</p><div id="one"><p>4</p></div></div><h1 id="only">T</h1></body></html>"""


@pytest.mark.parametrize(
    ("selector", "parts"),
    [
        ("(//div[@class='c'])[1]//p", ("(//div[@class='c'])[1]", ".//p")),
        ("(//div[contains(., ')]')])[2][p]/p", ("(//div[contains(., ')]')])[2]", "self::node()[p]/p")),
        ("//div[@id='one']/p[1]", ("//div[@id='one']", "./p[1]")),
        ("#only", ("#only", "")),
        ("(//em[@id])[1]", ("(//em[@id])[1]", "")),
        ("//p[1]", None),
        ("(//p)[position() <= 3]//a", None),
        ("(//div)[1]//p | //h1", None),
        ("#one p", None),
        ("count(//p)", None),
        ("(count(//a))", None),
    ],
)
def test_a_path_is_cut_behind_its_beginning(selector, parts):
    assert split(selector) == parts


@pytest.mark.parametrize(
    "selector",
    ["#one", "#two", "#only", "#anchor", "#none", "//div[@id='one']/p", "//div[@id='two']//p", "//p[@id='only']",
     "(//div)[1]/p", "(//div)[2]//p/text()", "(//div)[1][p[3]]/p", "//h1[@id='only']/text()"],
)  # fmt: skip
def test_the_same_is_found(selector):
    plain, settled = parse(HTML, "http://x/"), parse(HTML, "http://x/")
    settled.settle()
    pick = Pick(select=selector)
    for _ in range(2):
        assert shown(pick.found(settled.root, settled)) == shown(pick.found(plain.root, plain))


def test_what_was_cut_out_is_not_found_by_its_id():
    page = parse(HTML, "http://x/")
    page.root.find(".//h1").drop_tree()
    page.settle()
    assert Pick(select="#only").found(page.root, page) == []


def test_every_recipe_reads_its_pages_the_same_way():
    """Each selector of each recipe, on each page that was kept of the software."""
    compared = 0
    for name in recipe.names():
        rules = recipe.load(name).item
        picks = [pick for field in type(rules).model_fields for pick in getattr(rules, field)]
        for path in sorted(PAGES.glob(f"{name}/*/page.html"))[:6]:
            page = parse(path.read_bytes(), "http://x/")
            page.settle()
            for pick in picks:
                compared += 1
                assert shown(pick.found(page.root, page)) == shown(compile_selector(pick.select)(page.root))
    assert compared > 100


def shown(found):
    return [one if isinstance(one, str) else one.getroottree().getpath(one) for one in found]
