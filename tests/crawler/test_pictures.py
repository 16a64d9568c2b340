"""What a picture is, and what is not fetched at all; the fetching itself is tested with real crawls (pipelines)."""

from __future__ import annotations

import asyncio

import pytest

from crawler.pictures import Fetched, fetch, media_type


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\xff\xd8\xff\xe0abc", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\nabc", "image/png"),
        (b"GIF89a..", "image/gif"),
        (b"GIF87a..", "image/gif"),
        (b"RIFF....WEBPVP8 ", "image/webp"),
        (b"BM......", "image/bmp"),
        (b"\0\0\0\x20ftypavif", "image/avif"),
        (b"RIFF....WAVE", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"<!DOCTYPE html>", None),
        (b"", None),
    ],
)
def test_the_first_bytes_decide(content, kind):
    assert media_type(content) == kind


def run(urls, *, room=100, going=True):
    return asyncio.run(fetch(None, urls, room=room, going=lambda: going))


@pytest.mark.parametrize(
    "url", ["data:image/png;base64,AA", "file:///etc/passwd", "ftp://a/b.png", "javascript:x", "//a"]
)
def test_what_is_no_web_address_is_not_asked(url):
    assert run([url]).failures == [(url, "不是网址")]


def test_a_run_that_ends_and_a_listing_that_is_full_say_so():
    assert run(["http://a/1", "http://a/2"], going=False).failures == [
        ("http://a/1", "采集提前结束，未取"),
        ("http://a/2", "采集提前结束，未取"),
    ]
    assert run(["http://a/1"], room=0).failures == [("http://a/1", "超过一次固定的大小上限，未取")]
    assert run([]) == Fetched()
