"""The shop looks to a crawler like OpenCart 3."""

from __future__ import annotations

import pytest

from tests.wangdun.demo.visiting import visit
from wangdun.demo.catalogue import load
from wangdun.demo.shop import cut_title


def titles(page):
    return page.all("//*[@id='product-category']//h4/a/@title")


def test_a_list_page_cuts_titles_and_shows_both_prices(demo):
    page = visit(demo.shop_starts[0])
    assert len(titles(page)) == 9
    assert page.all("//h4/a")[0] == "雪豹牌冲锋衣男女款秋冬加绒加厚防风防.."
    assert titles(page)[0] == "雪豹牌冲锋衣男女款秋冬加绒加厚防风防水三合一户外登山服"
    assert page.all("//p[@class='price']")[0] == "¥369.00 ¥599.00"
    assert page.all("//img/@data-src")[0].endswith("/image/cache/catalog/jacket.png")
    assert 15_000 <= len(page.body) <= 25_000
    assert page.all("//link[@rel='next']/@href") == [demo.shop_starts[0] + "?page=2"]


def test_all_categories_together_show_every_listing_once(demo):
    shown = [title for start in demo.shop_starts for n in (1, 2) for title in titles(visit(f"{start}?page={n}"))]
    assert sorted(shown) == sorted(row.title for row in load().listings if row.site == "shop")


def test_the_last_page_has_no_next(demo):
    assert not visit(demo.shop_starts[0] + "?page=2").all("//link[@rel='next']")


def test_an_item_page(demo):
    page = visit(demo.shop_starts[0] + "/item-2002")
    assert page.all("//h1") == ["加厚大号猎夹野猪夹强力弹簧双簧踩夹山上专用十个装"]
    assert page.all("//ul[@class='list-unstyled']/li/h2") == ["¥45.00"]
    assert page.all("//ul[@class='list-unstyled']/li/span") == ["¥80.00"]
    assert page.all("//li[contains(.,'商家')]/a")[-1:] == ["野山猎具"]
    assert "咬合力大" in page.all("//*[@id='tab-description']")[0]
    assert page.all("//*[@id='tab-specification']//tbody/tr[1]/td") == ["材质", "弹簧钢"]
    assert len(page.all("//ul[@class='breadcrumb']/li")) == 3
    assert 15_000 <= len(page.body) <= 25_000


def test_related_goods_repeat_other_listings(demo):
    related = visit(demo.shop_starts[0] + "/item-2002").all("//div[contains(@class,'related')]//h4/a/@title")
    assert len(related) == 4
    assert "全自动速开帐篷户外野营加厚防雨3到4人家庭公园露营装备" in related


def test_two_addresses_are_one_item(demo):
    pages = [visit(demo.shop_url + path) for path in ("pets/item-2101", "item-2101")]
    assert pages[0].body == pages[1].body
    assert pages[0].all("//link[@rel='canonical']/@href") == [demo.shop_url + "item-2101"]


def test_unchanged_items_answer_304(demo):
    address = demo.shop_url + "item-2101"
    first = visit(address)
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    assert modified == "Thu, 19 Nov 2026 16:00:00 GMT"
    again = visit(address, If_None_Match=etag)
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
    assert visit(address, If_Modified_Since=modified).status == 304
    assert visit(address, If_None_Match='"other"', If_Modified_Since=modified).status == 200
    assert visit(address, If_Modified_Since="nonsense").status == 200


@pytest.mark.parametrize("path", ["item-1", "outdoor/item-2101", "nothing", "image/cache/catalog/../../listings.yaml"])
def test_what_is_not_there_answers_404(demo, path):
    page = visit(demo.shop_url + path)
    assert page.status == 404
    assert page.all("//*[@id='error-not-found']")


def test_pictures_and_styles(demo):
    picture = visit(demo.shop_url + "image/cache/catalog/bird.png")
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.body.startswith(b"\x89PNG")
    blank = visit(demo.shop_url + "image/blank.gif")
    assert blank.body.startswith(b"GIF89a")
    style = visit(demo.shop_url + "catalog/view/theme/default/stylesheet/stylesheet.css")
    assert style.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "http" not in style.text


def test_every_listed_picture_is_bundled(demo):
    names = {row.image for row in load().listings if row.image}
    assert all(visit(f"{demo.shop_url}image/{name}").status == 200 for name in names)


def test_short_titles_stay_whole():
    assert cut_title("短标题") == "短标题"
    assert cut_title("字" * 19) == "字" * 18 + ".."
