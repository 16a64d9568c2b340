"""Whatever a server sends becomes a page; addresses are joined, never changed."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.platforms.selectors import Pick
from crawler.reading.page import MAX_TAGS, join, parse, with_parameters, without_parameters

URL = "https://bbs.example.cn/forum/list.php?fid=2"

HOSTILE = {
    "empty": b"",
    "nul": b"\0" * 5000,
    "only a doctype": b"<!DOCTYPE html>",
    "only a comment": b"<!-- nothing -->",
    "an endless comment": b"<!--" + b"x" * 1_000_000,
    "all bytes": bytes(range(256)) * 500,
    "open brackets": b"<" * 300_000,
    "a lone surrogate in UTF-8": b"<p>a\xed\xa0\x80b</p>",
    "UTF-16": "<p>象牙</p>".encode("utf-16"),
    "one line of 5 MB": b"<p>" + "电".encode() * 1_700_000 + b"</p>",
    "200,000 attributes": b"<div " + b" ".join(b"a%d=1" % number for number in range(200_000)) + b">x</div>",
    "attributes without spaces": b'<div a="1"'
    + b"".join(b'b%d="2"' % number for number in range(100_000))
    + b">x</div>",
    "unclosed everything": b"<table><tr><td><ul><li>" * 2000,
    "xml": b"<?xml version='1.0'?><!DOCTYPE r [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><r>&e;</r>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_anything_becomes_a_page(name: str) -> None:
    page = parse(HOSTILE[name], URL)
    assert page.root.tag == "html"
    assert page.base == URL
    assert page.canonical is None
    assert "root:" not in page.root.text_content()


@given(st.binary(max_size=300), st.sampled_from([None, "text/html; charset=gbk", "text/html; charset=x", "\udcff"]))
@example(b"<base href='http://[::1'><link rel=canonical href='//['>", None)
def test_any_bytes_become_a_page(body: bytes, content_type: str | None) -> None:
    page = parse(body, URL, content_type=content_type)
    assert page.base.startswith("http")
    assert isinstance(page.title, str)
    assert page.canonical is None or page.canonical.startswith("http")


@pytest.mark.parametrize("tag", ["b", "div", "font", "blockquote"])
def test_deep_nesting_hides_nothing(tag: str) -> None:
    deep = f"<{tag}>" * 5000 + "象牙手镯" + f"</{tag}>" * 5000
    page = parse(f"<h1 id=t>前</h1><p>{deep}</p><i id=z>后</i>".encode(), URL)
    assert page.root.text_content().replace("\n", "") == "前象牙手镯后"
    assert page.root.get_element_by_id("z").text == "后"


def test_ordinary_depth_is_left_alone() -> None:
    body = "".join(f"<div id=d{number}>" for number in range(200)) + "x"
    assert len(parse(body.encode(), URL).root.xpath("//div")) == 200


def test_page_of_too_many_tags_is_cut_there() -> None:
    page = parse(b"<i>x</i>" * MAX_TAGS, URL)
    assert len(page.root.xpath("//i")) == MAX_TAGS // 2


def test_long_text_and_long_values_are_no_absurd_tags() -> None:
    image = "data:image/png;base64," + "a/b+" * 5000
    page = parse(f"<p>{'词 ' * 5000}</p><img alt='{'x ' * 3000}' src='{image}'>".encode(), URL)
    assert page.root.xpath("//p")[0].text.startswith("词 词")
    assert page.root.xpath("//img/@src") == [image]


def test_title_and_canonical_are_read() -> None:
    page = parse("<title> 出\n售 </title><link rel='nofollow CANONICAL' href='/thread-1-1-1.html'>".encode(), URL)
    assert page.title == "出 售"
    assert page.canonical == "https://bbs.example.cn/thread-1-1-1.html"


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("/bbs/", "https://bbs.example.cn/bbs/t.php"),
        ("https://other.example.cn/x/", "https://other.example.cn/x/t.php"),
        ("", "https://bbs.example.cn/forum/t.php"),
        ("javascript:1", "https://bbs.example.cn/forum/t.php"),
        ("http://[broken", "https://bbs.example.cn/forum/t.php"),
    ],
)
def test_base_element_moves_relative_links(base: str, expected: str) -> None:
    assert parse(f'<base target="_blank"><base href="{base}">'.encode(), URL).link("t.php") == expected


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("?page=2", "https://bbs.example.cn/forum/list.php?page=2"),
        ("../thread-1-1-1.html", "https://bbs.example.cn/thread-1-1-1.html"),
        ("//img.example.cn/a.html", "https://img.example.cn/a.html"),
        ("t.php?q=%C4%F1%b0%a1&r=%E9%B8%9F", "https://bbs.example.cn/forum/t.php?q=%C4%F1%b0%a1&r=%E9%B8%9F"),
        ("t.php?q=象牙 手镯", "https://bbs.example.cn/forum/t.php?q=象牙 手镯"),
        (" \n t.php?a=1\t&b=2#post9 ", "https://bbs.example.cn/forum/t.php?a=1&b=2"),
        ("#top", URL),
        ("javascript:void(0)", None),
        ("JaVaScRiPt:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("mailto:a@example.cn", None),
        ("data:text/html,x", None),
        ("tel:13800001000", None),
        ("http://[::1", None),
        ("http://[not-an-address]/", None),
        ("ftp://example.cn/", None),
        ("/" + "a" * 3000, None),
    ],
)
def test_link_is_made_absolute_and_otherwise_kept(href: str, expected: str | None) -> None:
    assert join(URL, href) == expected


@given(st.text(max_size=80))
@example("http://[")
@example("//[::1]x:99999999/")
@example("\ud800")
@example("http://a\u2100b/")
def test_any_link_is_a_web_address_or_none(href: str) -> None:
    url = join(URL, href)
    assert url is None or url.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://x/t?sid=1&t=2", "http://x/t?t=2"),
        ("http://x/t?t=%b0%B0&sid=1", "http://x/t?t=%b0%B0"),
        ("http://x/t?sid=1", "http://x/t"),
        ("http://x/t", "http://x/t"),
        ("http://x/t?tid=1&asid=2&SID=3", "http://x/t?tid=1&asid=2&SID=3"),
        ("http://x/t?a=1;sid=2;b=3", "http://x/t?a=1;b=3"),
        ("http://x/t?a=1;b=3&&c", "http://x/t?a=1;b=3&&c"),
        ("http://x/t?", "http://x/t?"),
        ("http://x/t?a&amp;sid=2&amp;b", "http://x/t?a&amp;b"),
        ("http://x/?thread-1.htm", "http://x/?thread-1.htm"),
    ],
)
def test_parameters_are_dropped_and_the_rest_kept(url: str, expected: str) -> None:
    assert without_parameters(url, ["sid"]) == expected


def test_parameters_are_added_once() -> None:
    assert with_parameters("http://x/f?fid=1", {"datecut": "9999"}) == "http://x/f?fid=1&datecut=9999"
    assert with_parameters("http://x/f?datecut=1", {"datecut": "9999"}) == "http://x/f?datecut=1"
    assert with_parameters("http://x/f", {"a": "1", "b": "2"}) == "http://x/f?a=1&b=2"
    assert with_parameters("http://x/f", {}) == "http://x/f"


@given(
    st.sampled_from(
        ["http://a.cn/f/x.php?y=1", "https://a.cn:8443", "http://A.cn/", "http://u:p@a.cn/x", "http://a.cn?q"]
    ),
    st.one_of(
        st.text("/ab.?=&;#:%~-_ \t\n", max_size=14).map("/".__add__),
        st.sampled_from(
            [
                "/ad/12.html",
                "/a?b=c&d=%b0",
                "//b.cn/x",
                "/a/../b",
                "/a/./b",
                "/a//b",
                "/a;b",
                "/a?",
                "/..a",
                "/" + "a" * 3000,
            ]
        ),
    ),
)
def test_a_plain_link_is_joined_as_any_other(url: str, href: str) -> None:
    page = parse(b"<p>x</p>", url)
    assert page.link(href) == join(url, href)


def test_what_is_cut_out_of_a_part_is_not_found_any_more() -> None:
    page = parse(b"<div class=r><b class=x>1</b></div><div class=r><b class=x>2</b></div>", URL)
    pick = Pick(select="b.x")
    first, second = page.root.iter("div")
    part = page.part(first)
    assert [node.text for node in pick.found(first, part)] == ["1"]
    assert [node.text for node in pick.found(second, page.part(second))] == ["2"]
    first[0].drop_tree()
    part.changed()
    assert pick.found(first, part) == []
    assert [node.text for node in pick.found(page.root, page)] == ["2"]
