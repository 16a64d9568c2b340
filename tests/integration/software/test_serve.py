"""The software that other tests crawl runs, and its pages say what was put there."""

from __future__ import annotations

import os
import re
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest
from lxml import html

from tests.integration.software import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.software.serve import Software, Truth

SHOP_ROW = "//article[@class='product_pod']//h3/a"
FORUM_ROW = "//a[contains(concat(' ', @class, ' '), ' topic__link ')]"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Software]:
    with serve.oscar(tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.fixture(scope="module")
def forum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Software]:
    with serve.spirit(tmp_path_factory.mktemp("forum")) as running:
        yield running


def get(url: str) -> tuple[int, str]:
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=30) as response:
            return response.status, response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def read(url: str) -> html.HtmlElement:
    status, text = get(url)
    assert status == HTTPStatus.OK, url
    return html.fromstring(text)


def lines(nodes: list[html.HtmlElement]) -> str:
    """Every piece of text on its own, so that only the words are compared and not the markup around them."""
    return "".join("".join(node.itertext()) for node in nodes).replace("\n", "").replace(" ", "")


def plain(text: str) -> str:
    return text.replace("\n", "").replace(" ", "")


@pytest.mark.parametrize("page", [1, 2, 3])
def test_shop_lists_twenty_products_a_page_in_the_order_of_truth(shop: Software, page: int) -> None:
    titles = read(f"{shop.base_url}/catalogue/?page={page}").xpath(f"{SHOP_ROW}/@title")
    assert titles == [truth.title for truth in shop.truth[20 * page - 20 : 20 * page]]


def test_shop_category_lists_its_own_products(shop: Software) -> None:
    for category in ("渔具", "日用百货"):
        titles = read(shop.lists[category]).xpath(f"{SHOP_ROW}/@title")
        assert titles == [truth.title for truth in shop.truth if truth.category == category]


def test_shop_cuts_long_titles_in_its_list(shop: Software) -> None:
    link = read(f"{shop.base_url}/catalogue/").xpath(SHOP_ROW)[0]
    assert link.text.strip() == "加厚 四季 双人 铝杆 …"
    assert link.get("title") == shop.truth[0].title != link.text.strip()


def test_every_product_page_says_what_was_seeded(shop: Software) -> None:
    for truth in shop.truth:
        page = read(truth.url)
        assert page.xpath("string(//h1)") == truth.title
        after = page.xpath("//*[@id='product_description']/following-sibling::p")
        assert lines(after).startswith(plain(truth.body))
        assert_price(page, truth)
        cells = dict(zip(page.xpath("//table//th/text()"), page.xpath("//table//td/text()"), strict=True))
        assert truth.attributes.items() <= cells.items()


def assert_price(page: html.HtmlElement, truth: Truth) -> None:
    text = page.xpath("string(//div[contains(@class, 'product_main')]//p[@class='price_color'])").strip()
    if truth.price is None:
        assert text == ""
    elif not truth.price:
        assert text == "免费"
    else:
        assert text == f"¥{truth.price:,.2f}"


def test_shop_serves_its_pictures(shop: Software) -> None:
    pictured = next(truth for truth in shop.truth if truth.images == 2)
    for source in read(pictured.url).xpath("//*[@id='product_gallery']//img/@src"):
        with build_opener(ProxyHandler({})).open(shop.base_url + source, timeout=30) as response:
            assert response.read().startswith(b"\xff\xd8")  # the shop makes JPEG thumbnails of its pictures


def test_forum_lists_twenty_topics_a_page_and_all_of_them_once(forum: Software) -> None:
    pages = [read(f"{forum.base_url}/?page={page}").xpath(f"{FORUM_ROW}/text()") for page in (1, 2, 3)]
    assert [len(titles) for titles in pages] == [20, 20, 10]
    assert sorted(chain(*pages)) == sorted(truth.title for truth in forum.truth)


def test_forum_category_has_a_second_page_and_its_pinned_topic_first(forum: Software) -> None:
    url = forum.lists["二手交易"]
    first, second = (read(f"{url}?page={page}").xpath(f"{FORUM_ROW}/text()") for page in (1, 2))
    assert first[0] == next(truth.title for truth in forum.truth if truth.pinned)
    assert {*first, *second} == {truth.title for truth in forum.truth if truth.category == "二手交易"}


def test_every_topic_page_says_what_was_seeded(forum: Software) -> None:
    for truth in forum.truth:
        page = read(truth.url)
        assert page.xpath("string(//h1)").strip() == truth.title
        first = page.xpath("//*[@id='c1']")[0]
        assert lines(first.xpath(".//*[contains(@class, 'comment__text')]")) == plain(truth.body)
        assert first.xpath("string(.//*[@class='comment__info__username__link']/span)") == truth.author
        assert first.xpath("string(.//ul[contains(@class, 'comment__info__date')]/li/@title)") == show_date(truth)


def show_date(truth: Truth) -> str:
    assert truth.posted_at
    local = truth.posted_at.astimezone(serve.SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def test_long_topic_continues_on_a_second_page(forum: Software) -> None:
    longest = max(forum.truth, key=lambda truth: len(truth.replies))
    texts = [
        lines([node])
        for page in (1, 2)
        for node in read(f"{longest.url}?page={page}").xpath("//*[contains(@class, 'comment__text')]")
    ]
    assert texts[1:] == [plain(reply) for reply in longest.replies]


def test_dates_reach_into_the_last_year(forum: Software) -> None:
    years = [truth.posted_at.year for truth in forum.truth if truth.posted_at]
    assert len(set(years)) > 1


def test_forum_hides_what_is_not_public(forum: Software) -> None:
    status, _ = get(f"{forum.base_url}/category/1/private/")
    assert status == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("name", ["oscar", "spirit"])
def test_server_ends_with_its_context(tmp_path, name: str) -> None:
    with serve.serve(name, tmp_path) as running:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", running.base_url)
        os.kill(running.pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)


def test_failed_server_is_told_with_its_log(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "copy_seeded", lambda name, python, data: (data / "port").parent.mkdir())
    with pytest.raises(serve.SoftwareFailedError, match="no such table"), serve.spirit(tmp_path):
        pass
