"""Sitemaps and feeds as sites write them, and as they should not."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.sources.entries import Entry, read_feed, read_sitemap, read_time

ZONE = ZoneInfo("Asia/Shanghai")
HERE = "http://127.0.0.1/forum/feed.xml"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>跳蚤市场</title><link>http://127.0.0.1/forum.php</link>
<item><title>转让</title><link>http://127.0.0.1/forum.php?mod=viewthread&amp;tid=7&amp;extra=#top</link>
<pubDate>Fri, 20 Nov 2026 12:00:00 +0000</pubDate></item>
<item><title>无链接</title><guid isPermaLink="true">http://127.0.0.1/thread-8-1-1.html</guid></item>
<item><title>坏</title><link>javascript:alert(1)</link></item><item><guid>42</guid></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><link href="/"/><entry>
<link rel="edit" href="/edit/7"/><link rel="alternate" href="/thread-7-1-1.html"/>
<published>2026-11-01T00:00:00Z</published><updated>2026-11-20T20:00:00+08:00</updated></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel/><item><link>http://127.0.0.1/a</link>
<dc:date>2026-11-20T12:00:00Z</dc:date></item></rdf:RDF>"""


def test_feeds_of_every_kind():
    seven = Entry("http://127.0.0.1/forum.php?mod=viewthread&tid=7&extra=", NOON)
    assert read_feed(RSS.encode(), HERE, ZONE) == (seven, Entry("http://127.0.0.1/thread-8-1-1.html"))
    assert read_feed(ATOM.encode(), HERE, ZONE) == (Entry("http://127.0.0.1/thread-7-1-1.html", NOON),)
    assert read_feed(RDF.encode(), HERE, ZONE) == (Entry("http://127.0.0.1/a", NOON),)
    assert read_feed(RSS.replace("utf-8", "gb18030").encode("gb18030"), HERE, ZONE)[0] == seven
    assert read_feed(b"<html><body>not a feed</body></html>", HERE, ZONE) == ()


def sitemap(*rows: tuple[str, str], name: str = "url") -> bytes:
    made = "".join(f"<{name}><loc>{loc}</loc><lastmod>{when}</lastmod></{name}>" for loc, when in rows)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{made}</urlset>'.encode()


def test_sitemaps_and_indexes():
    found = read_sitemap(
        sitemap(("/thread-1-1-1.html", "2026-11-20T12:00:00Z"), ("http://127.0.0.1/2", "")), HERE, ZONE
    )
    assert found.pages == (Entry("http://127.0.0.1/thread-1-1-1.html", NOON), Entry("http://127.0.0.1/2"))
    index = read_sitemap(sitemap(("http://127.0.0.1/s.xml.gz", "2026-11-20"), name="sitemap"), HERE, ZONE)
    assert (index.pages, [one.url for one in index.maps]) == ((), ["http://127.0.0.1/s.xml.gz"])


def test_times_that_are_only_when_the_file_was_made_are_not_believed():
    rows = [(f"/{at}", "2026-11-20T12:00:00Z") for at in range(12)]
    assert {one.changed_at for one in read_sitemap(sitemap(*rows), HERE, ZONE).pages} == {None}
    varied = [(f"/{at}", f"2026-11-{at + 1:02}T12:00:00Z") for at in range(12)]
    assert len({one.changed_at for one in read_sitemap(sitemap(*varied), HERE, ZONE).pages}) == 12


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20", datetime(2026, 11, 19, 16, tzinfo=UTC)),
        ("2026-11-20T20:00:00+08:00", NOON),
        ("2026-11-20T20:00:00", NOON),
        ("Fri, 20 Nov 2026 12:00:00 GMT", NOON),
        ("Fri, 20 Nov 2026 20:00:00 +0800", NOON),
        ("昨天", None), ("", None), ("9999-12-31T23:59:59-23:59", None), ("2026-13-40", None), ("Fri, 99 Nov 2026", None),
    ],
)  # fmt: skip
def test_times(text, expected):
    assert read_time(text, ZONE) == expected


@pytest.mark.parametrize(
    "bad",
    ["http://[::1", "ftp://127.0.0.1/x", "http://127.0.0.1/a b", "http://127.0.0.1/" + "a" * 3000],
)
def test_addresses_that_are_none_are_left_out(bad):
    assert read_sitemap(sitemap((bad, ""), ("/ok", "")), HERE, ZONE).pages == (Entry("http://127.0.0.1/ok"),)


@given(st.text(max_size=60))
@settings(max_examples=120, deadline=None)
def test_no_time_and_no_address_raises(text):
    assert read_time(text, ZONE) is None or read_time(text, ZONE).tzinfo is not None
    safe = text.replace("<", "").replace("&", "")
    for one in read_sitemap(sitemap((safe, safe)), HERE, ZONE).pages:
        assert one.url.startswith(("http://", "https://"))
