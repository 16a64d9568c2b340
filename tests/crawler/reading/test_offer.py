"""Item pages: hostile ones are bounded, and what is no part of the offer stays out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.config import Site
from crawler.items import Fetch, Listing
from crawler.platforms import recipe as recipes
from crawler.reading.offer import MAX_BODY, MAX_FIELD, MAX_REPLIES, MAX_TITLE, Reader
from crawler.reading.page import parse

URL = "https://bbs.example.cn/forum.php?mod=viewthread&tid=7"
NOW = datetime(2026, 10, 20, 2, tzinfo=UTC)


def read(html: str | bytes, url: str = URL, **keys: object) -> Listing | None:
    site = Site.model_validate({"name": "x", "platform": "discuz", "start": ["https://bbs.example.cn/"]} | keys)
    body = html.encode("utf-8", "surrogatepass") if isinstance(html, str) else html
    return Reader.of(site).read(parse(body, url), Fetch(url=url, fetched_at=NOW))


def thread(*posts: str, title: str = "鸟") -> str:
    cells = (
        f'<div id="post_{number}"><table><tr><td class="plc"><div class="authi"><a href="home.php?uid={number}">u{number}</a></div>'
        f'<table><tr><td class="t_f">{text}</td></tr></table></td></tr></table></div>'
        for number, text in enumerate(posts, 1)
    )
    return f'<h1><span id="thread_subject">{title}</span></h1><div id="postlist">{"".join(cells)}</div>'


def found(html: str, **keys: object) -> Listing:
    listing = read(html, **keys)
    assert listing is not None
    return listing


@pytest.mark.parametrize("html", ["", "\0", "<!-- -->", "<p>公告</p>", "<div id='messagetext'><p>抱歉</p></div>"])
def test_page_without_title_and_text_is_no_listing(html: str) -> None:
    assert read(html) is None


def test_every_field_is_bounded() -> None:
    many = thread("长" * (MAX_BODY + 9), *["回"] * (MAX_REPLIES + 60), title="题" * 2000).replace(
        ">u1<", f">{'名' * 999}<"
    )
    listing = found(many, replies=True)
    assert len(listing.title) == MAX_TITLE
    assert len(listing.body) == MAX_BODY
    assert len(listing.seller or "") == MAX_FIELD
    assert 0 < len(listing.replies) <= MAX_REPLIES


def test_five_megabytes_on_one_line_are_read() -> None:
    assert found(thread("电" * 1_700_000)).body == "电" * MAX_BODY


def test_deep_nesting_does_not_hide_the_offer() -> None:
    listing = found(thread("<b>" * 3000 + "穿山甲" + "</b>" * 3000, "回复"))
    assert listing.body == "穿山甲"


def test_nul_and_lone_surrogates_pass_through_the_digest() -> None:
    listing = found('<meta charset="utf-8">' + thread("象\0牙\ud800手镯 电话 13800001000"))
    assert "手镯" in listing.body
    assert "\0" not in listing.body
    assert len(listing.digest) == 64
    assert [one.value for one in listing.contacts] == ["13800001000"]


def test_replies_are_read_only_where_the_site_asks() -> None:
    html = thread("正文", "回复一", "回复二")
    assert found(html).replies == ()
    assert found(html, replies=True).replies == ("回复一", "回复二")


def test_empty_first_post_is_not_replaced_by_a_reply() -> None:
    assert found(thread("", "我这里有画眉出售")).body == ""


def test_noise_of_a_load_does_not_change_the_digest() -> None:
    loads = [
        found(thread(f'捕鸟网<font class="jammer">{noise}</font><br>\n<span style="display: none">{noise}</span>30 元'))
        for noise in ("a1", "zz 9")
    ]
    assert loads[0].body == "捕鸟网\n30 元"
    assert loads[0].digest == loads[1].digest
    assert loads[0].digest != found(thread("捕鸟网<br>31 元")).digest


def test_address_for_people_is_clean_and_canonical_only_for_the_same_thread() -> None:
    url = URL + "&extra=page%3D1"
    same = '<link rel="canonical" href="https://bbs.example.cn/thread-7-1-1.html">'
    other = '<link rel="canonical" href="https://evil.example/thread-8-1-1.html">'
    home = '<link rel="canonical" href="/">'
    seen = [read(canonical + thread("x"), url) for canonical in (same, other, home, "")]
    assert [one.url for one in seen if one] == ["https://bbs.example.cn/thread-7-1-1.html", URL, URL, URL]
    assert {one.key for one in seen if one} == {"7"}


def test_key_of_the_list_page_wins() -> None:
    site = Site.model_validate({"name": "x", "platform": "discuz", "start": [URL]})
    listing = Reader.of(site).read(parse(thread("x").encode(), URL), Fetch(url=URL, fetched_at=NOW), key="own")
    assert listing is not None
    assert listing.key == "own"


@pytest.mark.parametrize(
    ("said", "amount", "currency", "negotiable"),
    [
        ("价格：3000元/只", "3000", "CNY", False),
        ("售价: ￥1,280", "1280", "CNY", False),
        ("一口价：450", "450", "CNY", False),
        ("价格：面议", None, None, True),
        ("市场价格：5000元", None, None, False),
        ("价格便宜", None, None, False),
        ("长 30 厘米", None, None, False),
    ],
)
def test_labelled_price_in_the_text(said: str, amount: str | None, currency: str | None, negotiable: bool) -> None:
    price = found(thread(f"出售画眉，{said}，包邮")).price
    if amount is None and not negotiable:
        assert price is None
        return
    assert price is not None
    assert (price.amount and str(price.amount), price.currency, price.negotiable) == (amount, currency, negotiable)


def test_site_selectors_and_date_settings_override_the_recipe() -> None:
    html = thread("正文") + '<p class="when">10-11-2026 08:00</p><b class="cost">12</b>'
    listing = found(
        html,
        date_order="DMY",
        timezone="UTC",
        item={"date": ".when", "price": ".cost", "title": {"select": "h1", "match": "(.)"}},
    )
    assert listing.posted_at == datetime(2026, 11, 10, 8, tzinfo=UTC)
    assert (listing.title, str(listing.price and listing.price.amount)) == ("鸟", "12")


def test_attributes_are_pairs_of_cells_or_labelled_lines() -> None:
    table = '<table class="cgtl"><tr><th>价格：</th><td>5 元</td></tr><tr><td>产地: 云南</td></tr><tr></tr><tr><td>无</td></tr></table>'
    assert found(thread("x") + table).attributes == (("价格", "5 元"), ("产地", "云南"))


@pytest.mark.parametrize("name", recipes.names())
@settings(max_examples=10, deadline=None)  # of each recipe; the first one loads the extraction library
@given(body=st.binary(max_size=400))
def test_no_bytes_stop_a_recipe(name: str, body: bytes) -> None:
    listing = read(body, platform=name, replies=True)
    assert listing is None or len(listing.digest) == 64
