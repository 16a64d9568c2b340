"""Small pictures of sealed ones, whatever those are."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from console import thumbnails
from storage.evidence.records import FileDraft
from tests.console.filling import facts_in, fill, picture, seal_pictures
from tests.console.serving import serving


def photograph():
    """With a place and a maker in its metadata, lying on its side."""
    made, file = Image.new("RGB", (800, 400), "green"), io.BytesIO()
    facts = Image.Exif()
    facts[0x010F], facts[0x0112] = "DEMO-MAKER", 6
    made.save(file, "JPEG", exif=facts)
    return file.getvalue()


def bomb(width=60_000, height=60_000):
    """A PNG of a few bytes that says it is huge."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_photograph_becomes_small_upright_and_says_nothing_else():
    small = thumbnails.thumbnail(photograph())
    assert b"DEMO-MAKER" not in small
    with Image.open(io.BytesIO(small)) as seen:
        assert (seen.format, dict(seen.getexif())) == ("JPEG", {})
        assert seen.width < seen.height <= thumbnails.SIZE[1]


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "BMP", "JPEG"])
def test_every_plain_format(kind):
    assert thumbnails.thumbnail(picture(kind)).startswith(b"\xff\xd8")


HOSTILE = [
    b"",
    b"<svg/>",
    bomb(),
    bomb(9_000, 9_000),
    picture("PNG")[:60],
    b"\xff\xd8\xff" * 20,
    b"%!PS-Adobe-3.0 EPSF",
]


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_no_picture_or_too_large_is_none(content):
    assert thumbnails.thumbnail(content) is None


def test_the_queue_shows_thumbnails_that_are_made_once(db, tmp_path):
    fill(db, 1)
    files = [
        FileDraft("picture-1.png", "picture", "image/png", picture()),
        FileDraft("picture-2.png", "picture", "image/png", bomb()),
    ]
    seal_pictures(db, tmp_path, "1", *files)
    with serving(db, facts=facts_in(tmp_path)) as served:
        li = served.signed_in("demo_li", "reviewer")
        way = "/leads/1/thumbs/1/picture-1.png"
        assert f'src="{way}"' in li.get("/queue").text
        first = li.get(way)
        assert (first.status_code, first.headers["content-type"]) == (200, "image/jpeg")
        (kept,) = (tmp_path / "thumbnails").rglob("*.jpg")
        kept.write_bytes(b"kept")
        assert li.get(way).content == b"kept"
        assert li.get("/leads/1/thumbs/1/picture-2.png").status_code == 404
        assert served.signed_in("demo_jian", "monitor").get(way).status_code == 403
