"""Structured data as shops write it, and as they break it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.reading.page import parse
from crawler.reading.structured import MAX_ITEMPROPS, MAX_SCRIPT, Structured, read_structured

URL = "https://shop.example.cn/p/1"


def _read(*documents, head="", body="", title="捕鸟网 三米 - 渔具店"):
    scripts = "".join(
        f'<script type="application/ld+json">{one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)}</script>'
        for one in documents
    )
    return read_structured(
        parse(f"<html><head><title>{title}</title>{head}{scripts}</head><body>{body}</body></html>".encode(), URL)
    )


PRODUCT = {
    "@context": "https://schema.org", "@type": "Product", "name": "捕鸟网 三米", "description": "加粗丝，<b>包邮</b><br>联系 demo_niao",
    "image": ["/a.jpg", {"@type": "ImageObject", "url": "https://img.example.cn/b.jpg"}],
    "offers": {"@type": "Offer", "price": "35.00", "priceCurrency": "CNY", "seller": {"@type": "Organization", "name": "老李渔具"},
               "areaServed": {"@type": "Place", "name": "福建"}},
    "datePublished": "2026-10-16T13:37:00+08:00",
}  # fmt: skip


def test_reads_a_product():
    found = _read(PRODUCT)
    assert found.title == "捕鸟网 三米"
    assert found.body == "加粗丝，包邮\n联系 demo_niao"
    assert (found.price.amount, found.price.currency) == (Decimal("35.00"), "CNY")
    assert (found.seller, found.region, found.date) == ("老李渔具", "福建", "2026-10-16T13:37:00+08:00")
    assert found.images == ("https://shop.example.cn/a.jpg", "https://img.example.cn/b.jpg")
    assert found.kind == "Product"


@pytest.mark.parametrize(
    ("offers", "amount", "currency"),
    [
        ({"price": "¥35.00"}, "35.00", "CNY"),
        ({"price": "￥1,280"}, "1280", "CNY"),
        ({"price": 35, "priceCurrency": "USD"}, "35", "USD"),
        ({"lowPrice": "5", "highPrice": "8", "priceCurrency": "CNY"}, "5", "CNY"),
        ({"priceSpecification": [{"price": "12.5", "priceCurrency": "CNY"}]}, "12.5", "CNY"),
        ([{"price": "9", "priceCurrency": "cny"}, {"price": "10"}], "9", "CNY"),
        ({"price": "35", "priceCurrency": "人民币 "}, "35", None),
    ],
)
def test_reads_prices_of_many_shapes(offers, amount, currency):
    price = _read({**PRODUCT, "offers": offers}).price
    assert (price.amount, price.currency) == (Decimal(amount), currency)


def test_takes_a_price_of_zero_for_negotiable():
    price = _read({**PRODUCT, "offers": {"price": 0, "priceCurrency": "CNY"}}).price
    assert price.negotiable
    assert price.amount is None


def test_takes_the_product_that_the_page_is_about():
    related = [{**PRODUCT, "name": f"相关商品{n}", "offers": {"price": n}} for n in (1, 2, 3)]
    assert _read({"@graph": [*related, PRODUCT]}).price.amount == Decimal("35.00")


def test_takes_none_of_the_products_of_a_list():
    rows = [{**PRODUCT, "name": f"列表商品{n}"} for n in range(20)]
    assert _read(*rows, title="渔具列表").kind == ""


def test_one_broken_script_does_not_cost_the_others():
    assert _read('{"@type": "Product", "name": "坏', PRODUCT, "[[[").title == "捕鸟网 三米"


@pytest.mark.parametrize(
    "document",
    [
        "[" * 1000 + "]" * 1000,
        '{"@graph":' * 1000 + "{}" + "}" * 1000,
        '{"a":' * 100_000,
        '{"@type": "Product", "name": "' + "长" * (MAX_SCRIPT + 1) + '"}',
        "null", "3", '"Product"', "[]", "{}", "[null, 3, []]", "\x00", "// comment only", "<!-- -->",
        {"@type": {"a": 1}}, {"@type": ["Product", 3, None]}, {"@type": "Product"},
        {"@type": "Product", "name": {"@value": ["捕鸟网"]}, "image": 3, "offers": "35", "description": [{}]},
        {"@type": "Product", "name": True, "image": {"url": 5}, "offers": {"price": {"a": 1}, "priceCurrency": ["CNY"]}},
        {"@type": "Product", "name": ["捕鸟网"], "offers": [[{"price": 3}]], "datePublished": {"x": 1}, "seller": 3},
        {"@type": "Product", "offers": {"price": float("inf"), "availableAtOrFrom": "福建", "seller": [[]]}},
        {"@type": "Product", "image": ["http://[broken", "javascript:alert(1)", None, ""]},
        {"@type": "Product", "name": "\ud800\x00<b", "description": "<!--"},
    ],
)  # fmt: skip
def test_survives_documents_that_no_shop_should_write(document):
    text = document if isinstance(document, str) else json.dumps(document)
    found = _read(text)
    assert isinstance(found, Structured)
    assert found.price is None or found.price.amount is None or found.price.amount < 10**6
    assert all(url.startswith("http") for url in found.images)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["@value", "name", "url", "price", "@type"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from([*PRODUCT, "text", "author", "mainEntity", "@graph"]), _VALUES))
def test_reads_any_document_of_wrong_types(wrong):
    found = _read({"@type": "Product", **wrong})
    assert isinstance(found.title, str)
    assert isinstance(found.body, str)
    assert isinstance(found.kind, str)


MICRODATA = """<div itemscope itemtype="http://schema.org/Product"><h1 itemprop="name">捕鸟网 三米</h1>
<img itemprop="image" src="/a.jpg"><div itemprop="description">加粗丝，包邮</div>
<div itemprop="offers" itemscope itemtype="http://schema.org/Offer"><meta itemprop="priceCurrency" content="CNY">
<span itemprop="price">￥35.00</span></div></div>"""


def test_reads_microdata():
    found = _read(body=MICRODATA)
    assert (found.title, found.body, found.kind) == ("捕鸟网 三米", "加粗丝，包邮", "Product")
    assert (found.price.amount, found.price.currency) == (Decimal("35.00"), "CNY")
    assert found.images == ("https://shop.example.cn/a.jpg",)


@pytest.mark.parametrize(
    "body",
    [
        '<div id="a" itemscope itemref="b" itemtype="http://schema.org/Product"><b id="b" itemscope itemprop="offers" itemref="a">1</b></div>',
        '<div id="a" itemscope itemref="a"><i itemprop="name">x</i></div>',
        '<div itemscope itemtype="http://schema.org/Product"><a itemprop="url" href="http://[broken">x</a></div>',
        '<div itemscope itemprop="x" itemtype="http://schema.org/Product">' * 200,
        "<div itemscope>" + "<b itemprop='name'>x</b>" * (MAX_ITEMPROPS + 1),
        "<i itemscope itemprop></i>",
    ],
)
def test_survives_microdata_that_refers_to_itself(body):
    assert isinstance(_read(body=body), Structured)


def test_reads_open_graph():
    head = """<meta property="og:type" content="product"><meta property="og:title" content="捕鸟网 三米">
    <meta property="og:description" content="加粗丝"><meta property="og:image" content="/a.jpg">
    <meta property="product:price:amount" content="35"><meta property="product:price:currency" content="CNY">"""
    found = _read(head=head)
    assert (found.title, found.body, found.kind) == ("捕鸟网 三米", "加粗丝", "product")
    assert (found.price.amount, found.price.currency) == (Decimal(35), "CNY")
    assert found.images == ("https://shop.example.cn/a.jpg",)


def test_reads_a_forum_posting():
    posting = {
        "@type": "DiscussionForumPosting", "headline": "捕鸟网 三米", "text": "出几张网", "author": {"@type": "Person", "name": "demo_li"},
        "datePublished": "2026-10-16", "comment": [{"@type": "Comment", "text": "多少钱"}],
    }  # fmt: skip
    found = _read(posting)
    assert (found.title, found.body, found.seller, found.date) == ("捕鸟网 三米", "出几张网", "demo_li", "2026-10-16")
    assert found.kind == "DiscussionForumPosting"


def test_says_nothing_of_a_page_without_structure():
    assert _read(body="<p>普通网页</p>") == Structured()
