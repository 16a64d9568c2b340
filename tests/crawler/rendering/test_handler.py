"""Pages in the real Chromium, through the run's own settings; what each page does to it is in `tests.site.drawn`."""

from __future__ import annotations

import os

import pytest
from lxml import html

from crawler.browser import finding
from storage.evidence import warc
from tests.crawler.rendering.drawing import draw
from tests.site.fixture import serve

SCROLL, MORE = "/app/scroll?size=4", "/app/more?size=4"
TAME = (
    SCROLL, MORE, "/app/item/3", "/app/one-alert", "/app/away", "/app/away-later", "/app/third", "/app/popup", "/app/cookie",
    "/app/cookie", "/500", "/loop", "/redirect-chain?n=2", "/gb2312-gbk", "/reset", "/pdf",
)  # fmt: skip
WILD = ("/app/alert", "/app/memory", "/app/item/1", "/app/spin", "/app/item/2", "/app/endless", "/app/unsettled")


@pytest.fixture(scope="module")
def program():
    """Chromium; without one, CI fails and a person's tests are skipped."""
    if not finding.find() and os.environ.get("CI") == "true":
        pytest.fail(finding.absence())
    return finding.find() or pytest.skip(finding.absence())


@pytest.fixture(scope="module")
def tame(program):
    """Ordinary pages and how they came back, with what the site was asked for."""
    with serve() as site:
        site.control(fill=9)
        drawing = {"items": {"scroll": 20, "more": "button.more", "clicks": 5}}
        outcome = draw(f"{site.url}/app/scroll", [site.url + path for path in TAME], render=drawing)
        yield dict(zip(TAME, outcome.pages, strict=True)), outcome.stats, site.paths()


@pytest.fixture(scope="module")
def wild(program):
    """Pages that fight the browser, one after the other in one run."""
    with serve() as site:
        site.control(fill=9)
        browsing = {"seconds": 30, "megabytes": 700, "requests": 150}
        urls = [site.url + path for path in WILD]
        outcome = draw(f"{site.url}/app/scroll", urls, browsing, render={"items": {"scroll": 500}})
        yield dict(zip(WILD, outcome.pages, strict=True)), outcome.stats, site.paths()


def titles(page):
    assert page.failure is None
    return html.document_fromstring(page.text).xpath("//a[@class='title']/text()")


@pytest.mark.parametrize("path", [SCROLL, MORE])
def test_a_list_is_drawn_to_its_end(tame, path):
    page = tame[0][path]
    assert titles(page) == [f"第{number}号 闲置转让" for number in range(9, 0, -1)]
    assert not page.cut
    assert page.failure is None


def test_an_item_is_drawn(tame):
    page = tame[0]["/app/item/3"]
    root = html.document_fromstring(page.text)
    assert (root.findtext(".//h1"), root.xpath("string(//span[@class='price'])")) == ("第3号 闲置转让", "103元")


def test_what_the_page_was_made_of_is_kept(tame):
    page = tame[0]["/app/item/3"]
    document, data = page.exchanges
    assert (document.status, document.is_part, b"<h1>" in document.body, b"<h1>" in document.drawn) == (
        200,
        False,
        True,
        True,
    )
    assert "正在加载".encode() in document.body
    assert "正在加载".encode() not in document.drawn
    assert (data.is_part, data.drawn) == (True, b"")
    assert data.url.endswith("/app/api/item/3")
    assert "第3号 闲置转让".encode() in data.body
    content = warc.build(page.exchanges, {})
    assert warc.check(content) == []
    assert warc.read_page(content, page.url) == document.body


def test_nothing_of_others_and_nothing_for_the_eye_is_fetched(tame):
    pages, _, paths = tame
    assert "拦下" in pages["/app/third"].text
    assert "内网不通" in pages["/app/third"].text
    assert "/app/s.css" in paths
    assert not {"/picture.png", "/app/framed", "/app/sw.js", "/favicon.ico"} & set(paths)
    assert not [path for path in paths if path.startswith("/app/item/1?")]


def test_a_page_that_wants_to_go_elsewhere_stays(tame):
    pages, _, paths = tame
    for path in ("/app/away", "/app/away-later"):
        assert titles(pages[path]) == ["第1号 闲置转让"]
        assert pages[path].url.endswith(path)
    assert "/app/item/1" not in paths


def test_dialogs_are_answered_and_nothing_is_remembered(tame):
    pages = tame[0]
    assert titles(pages["/app/one-alert"]) == ["第1号 闲置转让"]
    assert "见过:0" in pages["/app/cookie"].text


def test_answers_are_what_they_would_be_without_a_browser(tame):
    pages = tame[0]
    assert pages["/500"].status == 500
    assert pages["/loop"].failure == ("redirect_loop", "重定向次数过多（循环）")
    assert pages["/reset"].failure[0] == "connection"
    assert pages["/redirect-chain?n=2"].url.endswith("/ok")
    assert [one.status for one in pages["/redirect-chain?n=2"].exchanges] == [302, 302, 200]
    assert "出售闲置餐桌，象牙白，九成新" in pages["/gb2312-gbk"].text


def test_requests_and_bytes_are_counted(tame):
    pages, stats, paths = tame
    assert (
        stats["traffic/requests"] <= len(paths) + 2
    )  # redirects are steps of one request, robots.txt is one of its own
    assert stats["traffic/requests"] >= len(TAME) + 4
    assert stats["traffic/bytes"] > sum(len(one.body) for page in pages.values() for one in page.exchanges)
    assert stats["playwright/browser_count"] == 1


def test_pages_that_fight_the_browser_are_failures_like_others(wild):
    pages, _, _ = wild
    assert pages["/app/alert"].failure == ("parse_error", "网页不停弹出对话框")
    assert pages["/app/memory"].failure == ("too_large", "网页占用内存过多（超过 700 MB），浏览器已重新启动")
    assert pages["/app/spin"].failure == ("timeout", "网页没有在 30 秒内绘制完成")


def test_a_list_without_end_is_read_as_far_as_time_allows(wild):
    page = wild[0]["/app/endless"]
    assert page.cut
    assert titles(page) == ["第1号 闲置转让"]


def test_a_page_that_never_settles_is_read_and_its_requests_are_bounded(wild):
    pages, _, paths = wild
    assert titles(pages["/app/unsettled"]) == ["第1号 闲置转让"]
    assert 0 < paths.count("/app/api/items") <= 150


def test_the_next_page_gets_a_new_browser(wild):
    pages, stats, _ = wild
    for path in ("/app/item/1", "/app/item/2"):
        assert "卖家" in pages[path].text
    assert stats["playwright/browser_count"] >= 2
    assert stats["render/peak_mb"] < 700


def test_without_a_browser_it_says_what_to_install(tmp_path):
    with serve() as site:
        nothing = {"program": str(tmp_path / "chromium")}
        (page,) = draw(f"{site.url}/app/scroll", [f"{site.url}/app/scroll"], nothing).pages
    kind, reason = page.failure
    assert kind == "connection"
    assert "没有找到浏览器" in reason
    assert "crawler.browser.program" in reason
