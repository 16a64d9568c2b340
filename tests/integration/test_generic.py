"""The same shop and forum as sites of unknown make: with their start page alone, and with a few selectors."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.crawling import Office, differences, folded, labelled, squeezed
from tests.integration.software import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.crawling import Stored
    from tests.integration.software.serve import Software, Truth

LINES = 20  # a person writes no more for one site
SHOP = """
    - name: 商店
      platform: generic
      start: {start}
      list:
        rows: article.product_pod
        link: h3 a
        title: h3 a::attr(title)
        price: .price_color
        next: //a[contains(., '下一个')]
      item:
        title: .product_main h1
        body: '#product_description ~ p'
        more: '#product_description ~ p'
        price: .product_main .price_color
        images: .carousel-inner img
        region: {{select: //table, match: '发货地 (\\S+)'}}
        attributes: table tr
        remove: .product_pod
"""
FORUM = """
    - name: 论坛
      platform: generic
      start: {start}
      replies: true
      list:
        rows: .layout__topics__topic
        link: a.topic__link
        activity: .topic__comments
        next: .paginator a:has(.fa-chevron-right)
      item:
        title: h1.headline
        body: .comment__text
        seller: .comment__info__username__link span
        date: .comment__info__date li::attr(title)
        replies: .comments_list__comment:not(#c1) .comment__text
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Software]:
    with serve.oscar(tmp_path_factory.mktemp("software")) as running:
        yield running


@pytest.fixture(scope="module")
def forum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Software]:
    with serve.spirit(tmp_path_factory.mktemp("software")) as running:
        yield running


def read(folder: Any, entry: str, name: str) -> Stored:
    """Crawl one site; what is stored of it, by address."""
    office = Office(folder).watch(entry)
    office.crawl(name)
    return office.stored(name).by_url()


def described(template: str, software: Software) -> str:
    entry = textwrap.dedent(template).strip().format(start=software.lists["全部"])
    assert len(entry.splitlines()) <= LINES
    return entry


@pytest.fixture(scope="module")
def shop_alone(shop: Software, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return read(tmp_path_factory.mktemp("office"), f"- {{name: 商店, start: {shop.lists['全部']}}}", "商店")


@pytest.fixture(scope="module")
def forum_alone(forum: Software, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    return read(tmp_path_factory.mktemp("office"), f"- {{name: 论坛, start: {forum.lists['全部']}}}", "论坛")


def assert_found_once(software: Software, stored: Stored) -> None:
    assert sorted(stored.urls.values()) == sorted(truth.url for truth in software.truth)
    assert all(len(history.snapshots) == 1 for history in stored.histories.values())
    assert stored.issues == ()


def titles(software: Software, stored: Stored) -> dict[str, tuple[Any, Any]]:
    expected = {truth.url: truth.title for truth in software.truth}
    return differences(expected, {url: snapshot.title for url, snapshot in stored.newest().items()})


def lacking(software: Software, stored: Stored) -> list[str]:
    """Lines of offers that are not in the stored text."""
    newest = stored.newest()
    bodies = {url: squeezed(snapshot.body) for url, snapshot in newest.items()}
    return [line for one in software.truth for line in one.body.split("\n") if squeezed(line) not in bodies[one.url]]


def others_in(stored: Stored, one: Truth, software: Software) -> set[str]:
    """Titles of other listings in the text of this one."""
    body = stored.newest()[one.url].body
    return {other.title for other in software.truth if other.url != one.url and other.title in body}


def test_shop_is_read_by_its_start_page_alone(shop: Software, shop_alone: Stored) -> None:
    assert_found_once(shop, shop_alone)
    assert titles(shop, shop_alone) == {}
    assert lacking(shop, shop_alone) == []


def test_shops_prices_are_read_without_selectors(shop: Software, shop_alone: Stored) -> None:
    expected = {truth.url: truth.price or None for truth in shop.truth}
    got = {url: snapshot.price_amount or None for url, snapshot in shop_alone.newest().items()}
    assert differences(expected, got) == {}


def test_recommended_products_are_no_part_of_an_offer(shop: Software, shop_alone: Stored) -> None:
    recommending = [truth for number, truth in enumerate(shop.truth[:-2]) if number % 10 == 0]
    assert {title for one in recommending for title in others_in(shop_alone, one, shop)} == set()
    assert all("购物车是空的" not in snapshot.body for snapshot in shop_alone.newest().values())


def test_shops_ads_are_found_without_selectors(shop: Software, shop_alone: Stored) -> None:
    ads = labelled(shop.truth)["ad"]
    assert {one.title for one in shop.truth if one.key in ads and one.url not in shop_alone.leads} == set()


def test_forum_is_read_by_its_start_page_alone(forum: Software, forum_alone: Stored) -> None:
    assert_found_once(forum, forum_alone)
    assert titles(forum, forum_alone) == {}
    assert lacking(forum, forum_alone) == []


def test_forums_dates_are_read_without_selectors(forum: Software, forum_alone: Stored) -> None:
    expected = {truth.url: truth.posted_at for truth in forum.truth}
    assert differences(expected, {url: one.posted_at for url, one in forum_alone.newest().items()}) == {}


def test_shop_is_read_exactly_with_a_few_selectors(shop: Software, tmp_path) -> None:
    stored = read(tmp_path, described(SHOP, shop), "商店")
    assert_found_once(shop, stored)
    newest = stored.newest()
    expected = {one.url: (one.title, folded(one.body), one.price or None, one.images or 1) for one in shop.truth}
    got = {
        url: (snapshot.title, folded(snapshot.body), snapshot.price_amount or None, len(snapshot.images))
        for url, snapshot in newest.items()
    }
    assert differences(expected, got) == {}
    assert all(newest[one.url].region == one.attributes["发货地"] for one in shop.truth if "发货地" in one.attributes)


def test_forum_is_read_exactly_with_a_few_selectors(forum: Software, tmp_path) -> None:
    stored = read(tmp_path, described(FORUM, forum), "论坛")
    assert_found_once(forum, stored)
    expected = {
        one.url: (one.title, folded(one.body), one.author, one.posted_at, one.replies[:19]) for one in forum.truth
    }
    got = {
        url: (snapshot.title, folded(snapshot.body), snapshot.seller, snapshot.posted_at, snapshot.replies)
        for url, snapshot in stored.newest().items()
    }
    assert differences(expected, got) == {}
