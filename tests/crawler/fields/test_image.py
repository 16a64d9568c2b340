"""Pictures of an offer, and what only looks like one."""

from __future__ import annotations

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.fields.image import image_urls

BASE = "http://bbs.example.cn/forum/thread-1-1-1.html"


def urls(html: str, base: str = BASE) -> list[str]:
    return list(image_urls([lxml.html.fragment_fromstring(html, create_parent="div")], base))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<img src="a.jpg">', "http://bbs.example.cn/forum/a.jpg"),
        ('<img src="/a.jpg?x=1&amp;y=2#top">', "http://bbs.example.cn/a.jpg?x=1&y=2"),
        ('<img src="//cdn.example.cn/a.jpg">', "http://cdn.example.cn/a.jpg"),
        ('<img src="HTTPS://cdn.example.cn/a.jpg">', "HTTPS://cdn.example.cn/a.jpg"),
        ('<img src=" /a%c4%E3%2f b.jpg ">', "http://bbs.example.cn/a%c4%E3%2f%20b.jpg"),
        ('<img src="attachment.php?aid=7">', "http://bbs.example.cn/forum/attachment.php?aid=7"),
        (
            '<img src="static/image/common/none.gif" file="data/a.jpg" zoomfile="data/a_big.jpg">',
            "http://bbs.example.cn/forum/data/a_big.jpg",
        ),
        ('<img src="static/image/common/none.gif" file="data/a.jpg">', "http://bbs.example.cn/forum/data/a.jpg"),
        ('<img src="/img/loading.gif" data-original="/a.jpg">', "http://bbs.example.cn/a.jpg"),
        ('<img src="data:image/gif;base64,R0lGOD" data-src="/a.jpg">', "http://bbs.example.cn/a.jpg"),
        ('<img src="/spacer.gif" data-lazy-src="/a.jpg">', "http://bbs.example.cn/a.jpg"),
        ('<img src="/blank.png" data-lazyload="/a.jpg">', "http://bbs.example.cn/a.jpg"),
        ('<img src="/blank.png" data-src="/grey.gif" srcset="/a.jpg">', "http://bbs.example.cn/a.jpg"),
        ('<img src="/s.jpg" srcset="/s.jpg 100w, /l.jpg 800w,/m.jpg 400w">', "http://bbs.example.cn/l.jpg"),
        ('<img src="/s.jpg" srcset="/s.jpg, /l.jpg 2x">', "http://bbs.example.cn/l.jpg"),
        ('<img src="/s.jpg" srcset="/l,1.jpg 2.5x , /s.jpg 1x">', "http://bbs.example.cn/l,1.jpg"),
        ('<picture><source srcset="/a.webp"><img src="/a.jpg"></picture>', "http://bbs.example.cn/a.jpg"),
        (
            '<picture><source srcset="/s.webp 1x,/l.webp 2x"><img src="/blank.gif"></picture>',
            "http://bbs.example.cn/l.webp",
        ),
        ('<a href="/full.JPG"><img src="/thumb.jpg"></a>', "http://bbs.example.cn/full.JPG"),
        ('<a href="/page.html"><img src="/thumb.jpg"></a>', "http://bbs.example.cn/thumb.jpg"),
        ("<div style=\"background-image: url( '/bg.png' )\"></div>", "http://bbs.example.cn/bg.png"),
        ('<div style="background:#fff url(/bg.png) no-repeat"></div>', "http://bbs.example.cn/bg.png"),
        ('<meta property="og:image" content="/og.jpg">', "http://bbs.example.cn/og.jpg"),
        ('<noscript><img src="/a.jpg"></noscript>', "http://bbs.example.cn/a.jpg"),
        ('<img src="/face_mask_1.jpg">', "http://bbs.example.cn/face_mask_1.jpg"),
    ],
)
def test_pictures(html, expected):
    assert urls(html) == [expected]


@pytest.mark.parametrize(
    "html",
    [
        '<img src="javascript:alert(1)">', '<img src="data:image/png;base64,AAAA">', '<img src="">', "<img>", '<img src="http://[bad/x.jpg">', '<img src="mailto:a@b">',
        '<img src="static/image/smiley/default/smile.gif">', '<img src="/x/1.gif" smilieid="12">', '<img src="/uc_server/avatar.php?uid=1">',
        '<img src="/data/avatar/000/00/01_avatar_middle.jpg">', '<img src="/static/image/filetype/zip.gif">', '<img src="/icons/phone.png">',
        '<img src="/favicon.ico">', '<img src="/p/emoji/1.png">', '<img class="user-avatar" src="/u/1.jpg">', '<img src="/none.gif">', '<img src="/no_image.jpg">',
        '<img src="/count.php" width="1" height="1">', '<img src="/count.php" style="width: 1px; height: 1px">', '<img src="ftp://example.cn/a.jpg">',
        '<a href="/full.jpg">看图</a>', '<div style="color:red"></div>', '<video><source src="/a.mp4"></video>', '<p>图片</p><!-- <img src="a.jpg"> -->',
    ],
)  # fmt: skip
def test_no_pictures(html):
    assert urls(html) == []


def test_page_order_and_no_repeats():
    assert urls('<img src="/b.jpg"><img src="/a.jpg"><b><img src="/b.jpg#x"></b>') == [
        "http://bbs.example.cn/b.jpg",
        "http://bbs.example.cn/a.jpg",
    ]


def test_elements_may_be_the_pictures_themselves():
    page = lxml.html.document_fromstring(
        '<head><meta property="og:image" content="https://x.example/og.png"></head><img src="/a.jpg"><img src="/b.jpg">'
    )
    elements = [*page.iter("meta"), *page.iter("img"), page]
    assert image_urls(elements, BASE) == (
        "https://x.example/og.png",
        "http://bbs.example.cn/a.jpg",
        "http://bbs.example.cn/b.jpg",
    )


def test_at_most_sixty():
    assert urls("".join(f'<img src="/{number}.jpg">' for number in range(200))) == [
        f"http://bbs.example.cn/{number}.jpg" for number in range(60)
    ]


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=60) | st.text(st.sampled_from("htps:/.jgurl()'\" ,12xw%#?@[]\\"), max_size=60),
    st.sampled_from(["src", "srcset", "style", "file"]),
)
def test_any_attribute_gives_absolute_addresses_or_nothing(value, name):
    element = lxml.html.Element("img")
    try:
        element.set(name, value)
    except ValueError:  # lxml takes no control characters; no page can hold them after decoding
        return
    for url in image_urls([element], BASE):
        assert url.lower().startswith(("http://", "https://"))
        assert len(url) <= 2100
