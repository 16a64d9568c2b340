from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.browser.policy import MOST_NAVIGATIONS, Policy, host_of, is_public, place_of, same_site

PAGE = "https://bbs.county.com.cn/thread-1.html"


def policy(most=100) -> Policy:
    return Policy(PAGE, most)


@pytest.mark.parametrize("kind", ["image", "stylesheet", "font", "script"])
def test_parts_may_come_from_anywhere(kind):
    rules = policy()
    assert rules.judge("https://cdn.example/x", kind, is_page=False) == ""
    assert rules.approved == {("bbs.county.com.cn", 443), ("cdn.example", 443)}


@pytest.mark.parametrize("kind", ["xhr", "fetch", "document", "ping", "eventsource", "media", "other", "prefetch"])
def test_all_else_stays_with_the_site(kind):
    rules = policy()
    assert "发往别的网站" in rules.judge("https://cdn.example/x", kind, is_page=False)
    assert rules.judge("http://img.county.com.cn:8080/x", kind, is_page=False) == ""
    assert rules.approved == {("bbs.county.com.cn", 443), ("img.county.com.cn", 8080)}


def test_the_page_moves_within_its_site_and_not_for_ever():
    rules = policy()
    assert rules.judge("https://www.county.com.cn/login", "document", is_page=True) == ""
    assert rules.judge("https://other.com.cn/", "document", is_page=True) == "网页要跳到别的网站"
    for _ in range(MOST_NAVIGATIONS - 2):
        assert rules.judge(PAGE, "document", is_page=True) == ""
    assert rules.judge(PAGE, "document", is_page=True) == "网页不停跳转"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "data:text/html,x", "blob:http://a/1", "ftp://a/", "", "http://"]
)
def test_the_page_moves_to_web_addresses_only(url):
    assert policy().judge(url, "document", is_page=True) == "不是网页地址"


def test_what_is_inside_the_browser_is_no_request():
    rules = policy(0)
    assert rules.judge("data:image/png;base64,AA", "image", is_page=False) == ""
    assert rules.judge("file:///x.png", "image", is_page=False) == "不是网页地址"
    assert rules.judge("https://cdn.example/x.png", "image", is_page=False) == "网页的请求太多"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("www.a.com.cn", "img.a.com.cn", True),
        ("a.com.cn", "b.com.cn", False),
        ("a.example", "b.a.example", True),
        ("127.0.0.1", "127.0.0.1", True),
        ("10.0.0.1", "11.0.0.1", False),
        ("::1", "::1", True),
        ("localhost", "localhost", True),
        ("x.gov.cn", "y.gov.cn", False),
        ("x.hb.cn", "y.hb.cn", False),
        ("", "", True),
    ],
)
def test_same_site(one, other, same):
    assert same_site(one, other) is same


def test_hosts_are_read_as_the_browser_asks_for_them():
    assert place_of("http://WWW.例子.cn.:81/x") == ("www.xn--fsqu00a.cn", 81)
    assert place_of("https://[2001:DB8::1]/") == ("2001:db8::1", 443)
    assert host_of("http://[::1") == ""
    assert place_of("http://a:99999/") == ("a", 80)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
        "2002:7f00:1::", "2001:0:0:0:0:0:f5ff:fffe", "fec0::1",
    ],
)  # fmt: skip
def test_inner_addresses_in_any_wrapping(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses(address):
    assert is_public(ip_address(address))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60), st.sampled_from(["image", "document", "xhr"]), st.booleans())
def test_any_text_is_judged(text, kind, is_page):
    rules = policy()
    for url in (text, f"http://{text}", f"https://{text}/x"):
        if rules.judge(url, kind, is_page=is_page) == "" and is_page:
            assert same_site(host_of(url), "bbs.county.com.cn")
