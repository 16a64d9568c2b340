"""When two readings of a listing are the same version, and what detection reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.items import Contact, Fetch, Listing, Price

NOW = datetime(2026, 11, 21, tzinfo=UTC)
LISTING = Listing(
    "b", "1", "http://127.0.0.1/1", "题", "文", Fetch("http://127.0.0.1/1", NOW), price=Price("3元", Decimal(3), "CNY"),
    images=("http://127.0.0.1/a.png?v=1",), replies=("回",),
)  # fmt: skip


def test_text():
    assert LISTING.text == "题\n文\n回"


@pytest.mark.parametrize(
    "change",
    [
        {"title": "题2"}, {"body": "文2"}, {"price": None}, {"price": Price("3元", Decimal(4), "CNY")}, {"seller": "某"},
        {"region": "城南"}, {"images": ()}, {"images": ("http://127.0.0.1/b.png",)}, {"replies": ()},
        {"attributes": (("成色", "新"),)},
    ],
)  # fmt: skip
def test_a_change_of_the_offer_is_a_new_version(change):
    assert replace(LISTING, **change).digest != LISTING.digest


@pytest.mark.parametrize(
    "change",
    [
        {"posted_at": NOW}, {"url": "http://127.0.0.1/other"}, {"images": ("http://127.0.0.1/a.png?v=2",)},
        {"fetch": Fetch("http://127.0.0.1/2", NOW, etag="x")}, {"contacts": (Contact("qq", "10000", "10000"),)},
    ],
)  # fmt: skip
def test_what_changes_by_itself_is_not(change):
    assert replace(LISTING, **change).digest == LISTING.digest


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters()), st.text(st.characters()))
def test_every_text_has_a_digest_of_its_own(title, body):
    one = replace(LISTING, title=title, body=body).digest
    assert len(one) == 64
    assert one == replace(LISTING, title=title, body=body).digest
    assert (one == replace(LISTING, title=body, body=title).digest) is (title == body)


@pytest.mark.parametrize(
    ("first", "again"),
    [
        ("文\n浏览：120次", "文\n浏览：121次"), ("文\n阅读 9", "文\n阅读 10"), ("刚刚更新\n文", "3天前更新\n文"),
        ("文\n发布：2026-10-16 点击：9", "文\n发布：2026-10-16 点击：10"), ("文\n人气\n99", "文\n人气\n1.2万"),
    ],
)  # fmt: skip
def test_a_raised_counter_is_no_new_version(first, again):
    assert replace(LISTING, body=first).digest == replace(LISTING, body=again).digest
    assert replace(LISTING, body=f"{first}\n加微信").digest != replace(LISTING, body=again).digest
    assert replace(LISTING, replies=(first,)).digest == replace(LISTING, replies=(again,)).digest


def test_a_counter_among_the_attributes_is_no_new_version():
    one, other = (replace(LISTING, attributes=(("成色", "新"), ("浏览次数", count))) for count in ("9", "10"))
    assert one.digest == other.digest
    assert one.digest != replace(one, attributes=(("成色", "旧"), ("浏览次数", "9"))).digest
