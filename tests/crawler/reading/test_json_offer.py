"""Offers in JSON: every fact, in the shapes in which sites write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import Site
from crawler.items import Fetch
from crawler.reading.json_document import read_json
from crawler.reading.json_offer import JsonReader, messages
from crawler.reading.json_rules import JsonItem

NOW = datetime(2026, 11, 21, tzinfo=UTC)
FETCH = Fetch("https://a.cn/api/7", NOW)
CHINA = timezone(timedelta(hours=8))
SITE = Site.model_validate({"name": "b", "start": "https://a.cn/", "replies": True})


def read(document, **rules):
    reader = JsonReader(SITE, SITE.recipe, JsonItem.model_validate({"title": "t", **rules}))
    return reader.read(document, FETCH, key="7", url="https://a.cn/item/7")


def test_every_fact():
    document = read_json(
        r"""{"goods":{"t":"象牙&amp;手镯","d":"<p>老料<br>有意加微信 demo_shop</p><script>x</script><img src='/p1.jpg'>","extra":["材质：骨"],
        "fen":1234550,"user":{"nick":"演示卖家"},"tel":13800000001,"city":"青川","ts":1792137600,"imgs":["/a.jpg","https://b.cn/b.jpg","javascript:1"],
        "attrs":[{"name":"成色","value":"九成新"},["重量","2斤"],{"x":1},7],"re":[{"c":"还有吗？"},{"c":null}]}}"""
    )
    listing = read(
        document, root="goods", body="d", more="extra[*]", price="fen", unit="分", seller="user.nick", contact="tel", region="city",
        date="ts", images="imgs[*]", attributes="attrs", replies="re[*].c",
    )  # fmt: skip
    assert (listing.key, listing.url, listing.title) == ("7", "https://a.cn/item/7", "象牙&手镯")
    assert listing.body == "老料\n有意加微信 demo_shop\n材质：骨"
    assert (listing.price.text, listing.price.amount, listing.price.currency) == (
        "12345.5元",
        Decimal("12345.5"),
        "CNY",
    )
    assert (listing.seller, listing.region) == ("演示卖家", "青川")
    assert {(one.kind, one.value) for one in listing.contacts} == {("phone", "13800000001"), ("wechat", "demo_shop")}
    assert listing.posted_at == datetime(2026, 10, 16, 8, tzinfo=UTC)
    assert listing.images == ("https://a.cn/a.jpg", "https://b.cn/b.jpg")
    assert listing.attributes == (("成色", "九成新"), ("重量", "2斤"))
    assert listing.replies == ("还有吗？",)


@pytest.mark.parametrize(
    ("value", "unit", "amount"),
    [
        (12345, "分", "123.45"), ("12345", "分", "123.45"), (120, "角", "12"), ("12.5", "元", "12.5"), (Decimal("12.50"), "元", "12.5"), ("¥12.50", "分", "12.50"),
        (12, None, "12"), ("1.2万", None, "12000"), ("面议", "分", None), (0, "分", None), (True, "分", None), ({}, "分", None), ("9" * 40, "分", None), (-5, "分", None),
    ],
)  # fmt: skip
def test_prices(value, unit, amount):
    price = read({"t": "x", "p": value}, price="p", unit=unit).price
    assert (price.amount if price else None) == (Decimal(amount) if amount else None)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (1792137600, datetime(2026, 10, 16, 8, tzinfo=UTC)), (1792137600000, datetime(2026, 10, 16, 8, tzinfo=UTC)), ("1792137600123", datetime(2026, 10, 16, 8, 0, 0, 123000, UTC)),
        ("2026-10-16 13:37", datetime(2026, 10, 16, 13, 37, tzinfo=CHINA)), ("2026-10-16T05:37:00Z", datetime(2026, 10, 16, 5, 37, tzinfo=UTC)),
        (0, None), (-1, None), (10**18, None), (True, None), ("x", None), ([], None), (1e300, None),
    ],
)  # fmt: skip
def test_dates(value, moment):
    assert read({"t": "x", "d": value}, date="d").posted_at == moment


def test_the_first_of_several_places_that_says_something():
    assert read({"t": "x", "a": "", "b": None, "c": " 青川 "}, region=["a", "b", "c"]).region == "青川"
    assert read({"t": "x", "a": "地点：青川县"}, region={"path": "a", "match": "地点：(.+)"}).region == "青川县"


def test_pictures_of_the_text_stand_in_for_none():
    assert read({"t": "x", "d": "<img data-src=/a.jpg>"}, body="d", images="none").images == ("https://a.cn/a.jpg",)


def test_attributes_of_an_object():
    assert read({"t": "x", "a": {"材质": "骨", "重": 3, "无": None}}, attributes="a").attributes == (
        ("材质", "骨"),
        ("重", "3"),
    )


def test_hostile_texts():
    listing = read(read_json(r'{"t":"a\u0000b\ud800","d":"' + "<div>" * 5000 + '深"}'), body="d")
    assert listing.title == "ab?"
    assert "深" in listing.body
    listing.title.encode()


@pytest.mark.parametrize("document", [None, [], {}, {"t": None}, {"t": {}}, "x", 1])
def test_nothing_to_read(document):
    assert read(document, body="d") is None


@pytest.mark.parametrize(
    ("document", "said"), [({"code": 404}, "404"), ({"code": 40}, ""), ({"code": None}, ""), ([], "")]
)
def test_gone(document, said):
    reader = JsonReader(
        SITE, SITE.recipe, JsonItem.model_validate({"title": "t", "gone": {"path": "code", "match": "404|410"}})
    )
    assert reader.is_gone(document) == said


def test_messages_to_people():
    assert messages({"code": 1, "msg": "请先登录", "data": {"message": "x"}}) == ["请先登录", "x"]
    assert messages(["msg"]) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("tdpxr"), inner),
        max_leaves=12,
    )
)
def test_no_document_is_too_strange(document):
    every = {
        "body": "d",
        "more": "x",
        "price": "p",
        "unit": "分",
        "date": "d",
        "images": "x",
        "attributes": "x",
        "replies": "r",
        "seller": "p",
    }
    listing = read(document, **every)
    assert listing is None or listing.text.encode()
