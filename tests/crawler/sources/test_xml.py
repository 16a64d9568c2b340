"""XML from strangers: nothing is expanded or loaded, nothing grows, and what can be read is read."""

from __future__ import annotations

import gzip
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.sources.xml import LARGEST, elements, text_of, unpack

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">%s]><urlset><url><loc>http://h/&lol9;</loc></url></urlset>"""
LEVELS = b"".join(
    b'<!ENTITY lol%d "%s">' % (at, b"&lol%s;" % (b"" if at == 1 else b"%d" % (at - 1)) * 10) for at in range(1, 10)
)


def locs(body: bytes) -> list[str]:
    return [text_of(one, "loc") for one in elements(body, {"url"})]


def of(*urls: str) -> bytes:
    rows = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'.encode()


def test_plain_gzipped_and_unnamed_spaces_alike():
    body = of("http://h/1", "http://h/2")
    assert locs(body) == locs(gzip.compress(body)) == locs(b"\n\n" + body) == ["http://h/1", "http://h/2"]
    utf16 = '<?xml version="1.0" encoding="utf-16"?><urlset><url><loc>http://h/猫</loc></url></urlset>'.encode("utf-16")
    assert locs(utf16) == ["http://h/猫"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
def test_entities_are_refused_whatever_the_encoding(encoding):
    assert locs((LAUGHS % LEVELS).decode().encode(encoding)) == []


@pytest.mark.parametrize(
    "reference", ['SYSTEM "file:///etc/hostname"', 'SYSTEM "http://127.0.0.1:1/x"', 'PUBLIC "a" "http://127.0.0.1:1/x"']
)
def test_nothing_is_loaded_from_elsewhere(reference):
    entity = f"<!DOCTYPE r [<!ENTITY x {reference}>]><urlset><url><loc>&x;</loc></url></urlset>"
    assert locs(entity.encode()) == []
    outside = f"<!DOCTYPE urlset {reference}><urlset><url><loc>http://h/1</loc></url></urlset>"
    assert locs(outside.encode()) == ["http://h/1"]


def test_a_bomb_stays_small():
    bomb = gzip.compress(b"<urlset>" + b"<url><loc>http://h/1</loc></url>" * 3_000_000)
    assert len(bomb) < 500_000
    tracemalloc.start()
    try:
        body = unpack(bomb)
        count = sum(1 for _ in elements(bomb, {"url"}))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(body) == LARGEST
    assert 200_000 < count < 300_000
    assert peak < 5 * LARGEST


def test_deep_nesting_ends_the_reading():
    assert locs(b"<a>" * 100_000 + b"<url><loc>http://h/1</loc></url>") == []
    assert locs(of("http://h/1")[:-9] + b"<url>" * 5000) == ["http://h/1"]


def test_a_broken_file_gives_what_came_before():
    assert locs(of("http://h/1", "http://h/2")[:-30]) == ["http://h/1"] or locs(of("http://h/1", "http://h/2")[:-30])[
        :1
    ] == ["http://h/1"]
    assert locs(b"\x1f\x8bno gzip") == []
    assert locs(gzip.compress(of(*[f"http://h/{at}" for at in range(1000)]))[:-40])[:1] == ["http://h/0"]


@given(st.binary(max_size=400) | st.text("<>/url!-[]&;\"' ?x\0", max_size=200).map(str.encode))
@settings(max_examples=150, deadline=None)
def test_no_bytes_raise(body):
    assert all(isinstance(one, str) for one in locs(b"<urlset>" + body))
    assert all(isinstance(one, str) for one in locs(body))
