"""The board shows what the control says, and logs what was asked."""

from __future__ import annotations

from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from lxml import html


def read(site, path, headers=None):
    with urlopen(Request(site.url + path, headers=headers or {}), timeout=10) as answer:
        return html.fromstring(answer.read().decode())


def status(site, path, headers=None):
    try:
        with urlopen(Request(site.url + path, headers=headers or {}), timeout=10) as answer:
            return answer.status
    except HTTPError as error:
        with error:
            return error.code


def titles(page):
    return page.xpath("//div[@class='row']/a[@class='title']/text()")


def test_pages_hold_twenty_newest_first(site):
    site.control(fill=45)
    first = read(site, "/board/")
    assert len(titles(first)) == 20
    assert titles(first)[0] == "第45号 闲置转让"
    assert first.xpath("//a[@class='next']/@href") == ["/board/?page=2"]
    last = read(site, "/board/?page=3")
    assert titles(last)[-1] == "第1号 闲置转让"
    assert not last.xpath("//a[@class='next']")


def test_an_item_shows_its_facts(site):
    site.control(add=[{"title": "出<b>", "body": "一\n二", "price": "面议"}])
    page = read(site, "/board/item/1")
    assert page.xpath("string(//h1)") == "出<b>"
    assert page.xpath("//div[@class='content']//text()") == ["一", "二"]
    assert page.xpath("string(//span[@class='price'])") == "面议"
    assert page.xpath("string(//span[@class='contact'])") == "13800000001"
    assert page.xpath("string(//time[@class='date'])") == "2026-10-01 09:00"
    assert page.xpath("//img/@src") == ["/picture.png"]


def test_items_are_edited_and_deleted(site):
    assert site.control(fill=3)["ids"] == [1, 2, 3]
    assert site.control(edit={"2": {"price": "9元"}}, delete=[3])["ids"] == [1, 2]
    assert read(site, "/board/item/2").xpath("string(//span[@class='price'])") == "9元"
    assert status(site, "/board/item/3") == 404
    site.control(gone_as="410")
    assert status(site, "/board/item/3") == 410
    site.control(gone_as="soft")
    assert "主题不存在" in read(site, "/board/item/3").text_content()
    site.control(gone_as="home")
    assert "测试站点" in read(site, "/board/item/3").text_content()


def test_sorting_by_reply_and_shifting(site):
    site.control(fill=30, sort="replied", edit={"5": {"replied": "2027-01-01 00:00"}})
    assert titles(read(site, "/board/"))[0] == "第5号 闲置转让"
    site.control(shift=True)
    read(site, "/board/")
    assert titles(read(site, "/board/"))[0] == "第1号 闲置转让"


def test_failures_can_end_after_some_times(site):
    site.control(fill=25, fail={"3": {"how": 503, "times": 1}, "list:2": 500, "4": "reset"})
    assert [status(site, "/board/item/3") for _ in range(2)] == [503, 200]
    assert [status(site, "/board/?page=2") for _ in range(2)] == [500, 500]
    with pytest.raises(OSError):
        status(site, "/board/item/4")
    site.control(fail={"4": None})
    assert status(site, "/board/item/4") == 200


def test_walls_and_an_empty_list(site):
    site.control(fill=5, wall="login")
    assert "您需要登录" in read(site, "/board/").xpath("string(//div[@id='messagetext'])")
    site.control(wall="captcha")
    assert "安全验证" in read(site, "/board/item/1").text_content()
    site.control(wall=None, empty=True)
    assert titles(read(site, "/board/")) == []
    assert status(site, "/board/item/1") == 200


@pytest.mark.parametrize("path", ["/board304/", "/board304/item/1"])
def test_unchanged_pages_answer_304(site, path):
    site.control(fill=2)
    with urlopen(site.url + path, timeout=10) as answer:
        etag = answer.headers["ETag"]
    assert status(site, path, {"If-None-Match": etag}) == 304
    site.control(edit={"1": {"title": "改了"}})
    assert status(site, path, {"If-None-Match": etag}) == 200


def test_the_log_tells_paths_and_headers(site):
    site.control(fill=1)
    read(site, "/board/item/1?a=b", {"User-Agent": "test/1", "If-None-Match": '"x"'})
    (entry,) = site.log()
    assert (entry["method"], entry["path"]) == ("GET", "/board/item/1?a=b")
    assert entry["headers"]["User-Agent"] == "test/1"
    assert entry["headers"]["If-None-Match"] == '"x"'
    site.control(clear_log=True)
    assert site.paths() == []


def test_robots_are_chosen(site):
    assert status(site, "/robots.txt") == 200
    site.control(robots="deny-items")
    with urlopen(site.url + "/robots.txt", timeout=10) as answer:
        assert "Disallow: /board/item/" in answer.read().decode()
    site.control(robots="error")
    assert status(site, "/robots.txt") == 500
    assert status(site, "/robots-missing") == 404


def test_an_unknown_order_is_refused(site):
    with pytest.raises(HTTPError) as caught:
        site.control(filll=3)
    with caught.value as error:
        assert error.code == 400


def test_pages_can_be_slow(site):
    site.control(fill=1, edit={"1": {"delay": 0.3}})
    with pytest.raises(TimeoutError), urlopen(site.url + "/board/item/1", timeout=0.1):
        pass
