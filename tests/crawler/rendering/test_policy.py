"""Which requests of a drawn page are let through."""

from __future__ import annotations

import pytest

from crawler.rendering.policy import MOST_MOVES, Approved, PagePolicy


def policy(most=5, permits=lambda _url: True, asked=0):
    return PagePolicy(["www.example.com.cn"], ["static.cdn.cn"], most, permits, asked=asked)


@pytest.mark.parametrize(
    ("url", "kind", "reason"),
    [
        ("https://www.example.com.cn/api", "fetch", ""), ("https://www.example.com.cn/a.js", "script", ""),
        ("https://API.example.com.cn/x", "xhr", ""), ("http://www.example.com.cn:8080/x", "xhr", ""),
        ("https://static.cdn.cn/a.js", "script", ""), ("https://static.cdn.cn/a.css", "stylesheet", ""),
        ("https://static.cdn.cn/api", "fetch", "发往别的网站"), ("https://ads.cn/a.js", "script", "发往别的网站"),
        ("https://example.com.cn.evil.cn/x", "xhr", "发往别的网站"), ("https://other.com.cn/x", "xhr", "发往别的网站"),
        ("https://www.example.com.cn/p.png", "image", "读取文字不需要"), ("https://www.example.com.cn/f", "font", "读取文字不需要"),
        ("https://www.example.com.cn/f", "document", "读取文字不需要"), ("https://www.example.com.cn/f", "websocket", "读取文字不需要"),
        ("http://127.0.0.1/x", "fetch", "发往别的网站"), ("file:///etc/passwd", "fetch", "不是网页地址"), ("data:text/plain,x", "script", ""),
        ("http://[::1", "fetch", "不是网页地址"),
    ],
)  # fmt: skip
def test_parts(url, kind, reason):
    assert policy().judge(url, kind, is_page=False) == reason


def test_a_page_has_only_so_many_requests():
    one = policy(most=3)
    assert [one.judge("https://www.example.com.cn/x", "fetch", is_page=False) for _ in range(4)] == [
        "",
        "",
        "",
        "网页的请求太多",
    ]


def test_a_second_try_of_a_page_has_what_the_first_left():
    one = policy(most=3, asked=2)
    assert [one.judge("https://www.example.com.cn/x", "fetch", is_page=False) for _ in range(2)] == [
        "",
        "网页的请求太多",
    ]


@pytest.mark.parametrize("url", ["https://api.example.com.cn/", "http://elsewhere.example/", "http://127.0.0.1/"])
def test_the_page_itself_stays_on_its_host(url):
    one = policy()
    assert one.judge(url, "document", is_page=True) == "网页要跳到别的网站"
    assert one.strayed == "网页要跳到别的网站"


@pytest.mark.parametrize(
    "url", ["data:text/html,x", "about:blank", "blob:https://www.example.com.cn/1", "javascript:1"]
)
def test_the_page_itself_is_always_of_the_web(url):
    assert policy().judge(url, "document", is_page=True) == "不是网页地址"


def test_a_page_may_move_on_its_host_until_it_is_drawn():
    one = policy()
    assert [one.judge("https://www.example.com.cn/x", "document", is_page=True) for _ in range(2)] == ["", ""]
    one.is_settled = True
    assert one.judge("https://www.example.com.cn/x", "document", is_page=True) == "网页在读取时要跳走"


def test_a_page_does_not_move_for_ever():
    one = policy()
    assert [one.judge("https://www.example.com.cn/x", "document", is_page=True) for _ in range(MOST_MOVES + 1)][
        -1
    ] == "网页不停跳转"


def test_a_page_moves_only_where_robots_txt_lets_it():
    one = policy(permits=lambda url: "/private" not in url)
    assert one.judge("https://www.example.com.cn/private", "document", is_page=True) == "", (
        "asked for, and judged, by the crawl"
    )
    assert "robots.txt" in one.judge("https://www.example.com.cn/private", "document", is_page=True)


def test_the_tunnel_goes_where_requests_were_let_through():
    places = Approved("http://127.0.0.1:8000/x")
    places.add("https://static.cdn.cn/a.js")
    assert places.approved == {("127.0.0.1", 8000), ("static.cdn.cn", 443)}
