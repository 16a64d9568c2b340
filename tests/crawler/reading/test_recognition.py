"""Which software a page comes from, what kind of page it is, and what is proposed for config.yaml."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from crawler.config import Site
from crawler.platforms import recipe as recipes
from crawler.reading.board import read_board
from crawler.reading.page import parse
from crawler.reading.recognition import SURE, as_yaml, name_of, page_kind, propose_site, recognise

PAGES = Path(__file__).parents[1] / "pages"


def _case(name: str):
    folder = PAGES / name
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    return parse((folder / "page.html").read_bytes(), meta["url"], content_type=meta.get("content_type"))


def _cases(page: str) -> list[str]:
    metas = [
        path
        for path in sorted(PAGES.glob("*/*/meta.json"))
        if json.loads(path.read_text(encoding="utf-8"))["page"] == page
    ]
    stated = [path.parent for path in metas if (path.parent / "expected.json").exists()]
    return [
        f"{path.parent.name}/{path.name}"
        for path in stated
        if "wall" not in json.loads((path / "expected.json").read_text(encoding="utf-8"))
    ]


KNOWN = [name for name in _cases("list") if not name.startswith("generic/")]


@pytest.mark.parametrize("name", KNOWN)
def test_names_the_software_of_every_list(name):
    best, *others = recognise(_case(name))
    assert best.platform == name.partition("/")[0]
    assert best.score >= SURE
    assert best.signs
    assert all(best.score >= 2 * other.score for other in others)


@pytest.mark.parametrize("name", ["generic/list_table", "generic/list_cards", "generic/item_thread"])
def test_names_no_software_where_there_is_none(name):
    assert all(one.score < SURE for one in recognise(_case(name)))


@pytest.mark.parametrize("name", KNOWN)
def test_a_known_list_is_a_list(name):
    assert page_kind(_case(name), recipes.load(name.partition("/")[0])) == "list"


SHOPS = ("opencart", "oscar", "woocommerce", "shopify", "ecshop", "osclass")


@pytest.mark.parametrize("name", [name for name in _cases("item") if name.startswith(SHOPS)])
def test_a_known_item_is_an_item_and_related_offers_are_no_rows(name):
    recipe = recipes.load(name.partition("/")[0])
    assert page_kind(_case(name), recipe) == "item"
    assert read_board(_case(name), recipe).rows == ()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("generic/list_table", "list"),
        ("generic/list_cards", "list"),
        ("generic/item_structured", "item"),
        ("generic/item_plain", "item"),
        ("generic/item_thread", "item"),
        ("oscar/list", "list"),
        ("oscar/item", "item"),
        ("woocommerce/list", "list"),
        ("woocommerce/item_structured", "item"),
        ("shopify/list", "list"),
        ("shopify/item", "item"),
        ("ecshop/list_gbk", "list"),
    ],
)
def test_tells_lists_from_items_without_selectors(name, kind):
    assert page_kind(_case(name), recipes.load("generic")) == kind


def test_a_shop_with_a_notice_is_both():
    rows = "".join(f"<li><a href='/p/{n}'>第{n}号商品的名称</a></li>" for n in range(8))
    notice = "本店长期供应各种渔具，支持定做，量大从优，联系微信 demo_yuju01，非诚勿扰。" * 2
    page = parse(
        f"<title>渔具店</title><h1>渔具店</h1><div class='say'><p>{notice}</p></div><ul class='goods'>{rows}</ul>".encode(),
        "https://a.example.cn/",
    )
    assert page_kind(page, recipes.load("generic")) == "both"


STATED = {
    "an OpenGraph article": "<meta property='og:type' content='article'><meta property='og:title' content='渔具用品'>",
    "an OpenGraph product": "<meta property='og:type' content='product'>",
    "an Article": '<script type=\'application/ld+json\'>{"@type": "Article", "headline": "渔具用品"}</script>',
    "a Product": '<script type=\'application/ld+json\'>{"@type": "Product", "name": "渔具用品"}</script>',
}
FOLLOWING = "<a href='/c/2/page/2/'>下一页</a>"


def _category(stated: str, rows: int, more: str = ""):
    items = "".join(f"<li><a href='/p/{n}.html'>第{n}号商品的完整名称</a> <i>10-{n:02}</i></li>" for n in range(rows))
    body = f"<h1>渔具用品</h1><div class='main'><ul>{items}</ul>{more}</div>"
    return parse(
        f"<head><title>渔具用品</title>{STATED[stated]}</head><body>{body}</body>".encode(), "https://a.example.cn/c/2/"
    )


@pytest.mark.parametrize("stated", STATED)
@pytest.mark.parametrize(("rows", "more"), [(12, ""), (12, FOLLOWING), (5, FOLLOWING)])
def test_structured_data_does_not_make_a_list_an_item(stated, rows, more):
    kind = page_kind(_category(stated, rows, more), recipes.load("generic"))
    assert kind == ("both" if stated == "a Product" and not more else "list")


@pytest.mark.parametrize("stated", STATED)
@pytest.mark.parametrize("rows", [0, 2, 3])
def test_structured_data_beside_hardly_any_links_makes_an_item(stated, rows):
    assert page_kind(_category(stated, rows), recipes.load("generic")) == "item"


@pytest.mark.parametrize("stated", STATED)
def test_a_last_row_or_two_with_a_next_page_are_a_list(stated):
    kind = page_kind(_category(stated, 2, FOLLOWING), recipes.load("generic"))
    assert kind == ("both" if stated == "a Product" else "list")


@pytest.mark.parametrize("name", ["opencart/list", "oscar/list", "ecshop/list_gbk", "discuz/list_utf8"])
def test_a_known_site_needs_three_lines(name):
    page = _case(name)
    text = as_yaml(propose_site(page, None, page.url))
    assert len(text.splitlines()) == 3
    (entry,) = yaml.safe_load(text)
    assert entry["platform"] == name.partition("/")[0]
    assert Site.model_validate({**entry, "start": [entry["start"]]}).recipe.name == entry["platform"]


@pytest.mark.parametrize(
    ("listed", "item", "fields"),
    [
        (
            "generic/list_table",
            "generic/item_plain",
            {"title": "老式猎夹 大号双簧 野猪獾子通用", "body": "本店长期供应老式猎夹"},
        ),
        ("generic/list_cards", "generic/item_structured", {"title": "可视锚鱼器 高清夜视 十五米线 全套"}),
    ],
)
def test_proposes_selectors_that_read_what_they_promise(listed, item, fields):
    page = _case(listed)
    proposal = propose_site(page, _case(item), page.url)
    text = as_yaml(proposal)
    (entry,) = yaml.safe_load(text)
    site = Site.model_validate({**entry, "start": [entry["start"]]})
    assert len(text.splitlines()) <= 20
    found = read_board(_case(listed), site.recipe)
    assert {row.url for row in found.rows} == {
        row.url for row in read_board(_case(listed), recipes.load("generic")).rows
    }
    assert all(row.title for row in found.rows)
    for name, start in fields.items():
        assert proposal["samples"][f"item.{name}"].startswith(start)
        assert f"# 如：{start}"[:20] in text


@pytest.mark.parametrize("name", KNOWN)
def test_proposes_readable_yaml_for_any_list(name, monkeypatch):
    monkeypatch.setattr("crawler.reading.recognition.SURE", 10**6)  # as if nobody had described the software
    page = _case(name)
    proposal = propose_site(page, page, page.url)
    (entry,) = yaml.safe_load(as_yaml(proposal))
    assert entry["platform"] == "generic"
    site = Site.model_validate({**entry, "start": [entry["start"]]})
    if "list" in proposal:
        assert len(read_board(_case(name), site.recipe).rows) >= 0.9 * proposal["rows"]


def test_the_next_page_of_a_proposal_does_not_lead_back():
    page = _case("generic/list_table")
    proposal = propose_site(page, None, page.url)
    second = (
        (PAGES / "generic/list_table/page.html")
        .read_text(encoding="utf-8")
        .replace(
            '<b>1</b> <a href="list-8-2.html">2</a> <a href="list-8-3.html">3</a> <a href="list-8-2.html">下一页</a>',
            '<a href="list-8.html">1</a> <b>2</b> <a href="list-8-3.html">3</a> <a href="list-8-3.html">下一页</a>',
        )
    )
    entry = yaml.safe_load(as_yaml(proposal))[0]
    site = Site.model_validate({**entry, "start": [entry["start"]]})
    following = read_board(parse(second.encode(), "http://b2b.example.cn/sell/list-8-2.html"), site.recipe).next_url
    assert following == "http://b2b.example.cn/sell/list-8-3.html"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://bbs.example.cn/forum.php?mod=forumdisplay&fid=11", "bbs.example.cn-11"),
        ("https://www.example.cn/forum-5-1.html", "example.cn-5"),
        ("https://woo.example.cn/product-category/yu-ju/", "woo.example.cn-yu-ju"),
        ("https://shop.example.cn/", "shop.example.cn"),
        ("http://127.0.0.1:8080/catalogue/", "127.0.0.1"),
        ("https://a.example.cn/category/%E6%B8%94%E5%85%B7/", "a.example.cn-渔具"),
        ("https://a.example.cn/?id=" + "x" * 100, "a.example.cn"),
        ("nonsense", "site"),
    ],
)
def test_names_a_site_by_its_address(url, name):
    assert name_of(url).startswith(name)
    Site.model_validate({"name": name_of(url), "start": ["https://a.example.cn/"]})


HOSTILE = [
    b"", b"\x00" * 1000, b"<a href='" + b"x" * 100_000, b"<div>" * 50_000, b"<table>" * 3000 + b"<a href=/x>" * 3000,
    "".join(f"<li class='\x01\"]{n}'><a href='/i/{n}' title='*/ # : {{ 标题\u2028第{n}号'>'\"</a></li>" for n in range(9)).encode(),
    b"<script type='application/ld+json'>" + b"[" * 100_000,
    ("<h1>" + "标题" * 50_000 + "</h1>").encode(),
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_survives_hostile_pages(body):
    page = parse(body, "https://a.example.cn/list?id=1'\"}")
    assert page_kind(page, recipes.load("generic")) in {"list", "item", "both"}
    proposal = propose_site(page, page, page.url)
    (entry,) = yaml.safe_load(as_yaml(proposal))
    assert entry["start"] == page.url
    Site.model_validate({**entry, "start": [entry["start"]]})
