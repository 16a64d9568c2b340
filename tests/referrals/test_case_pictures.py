from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from referrals import case_pictures


def made(kind: str, size=(300, 900), **facts) -> bytes:
    sink = BytesIO()
    Image.new("RGB", size, (200, 0, 0)).save(sink, kind, **facts)
    return sink.getvalue()


def test_a_picture_lies_on_a_sheet_of_one_size_without_its_facts():
    exif = Image.Exif()
    exif[0x010F] = "demo camera"
    picture = Image.open(BytesIO(case_pictures.as_png(made("JPEG", exif=exif))))
    assert (picture.format, picture.size) == ("PNG", case_pictures.SIZE)
    assert picture.getpixel((5, 450)) == (255, 255, 255)
    assert picture.getpixel((600, 450))[0] > 180
    assert not dict(picture.getexif())


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", made("GIF"), made("PNG")[:60], b"<svg/>"])
def test_what_is_no_picture_is_none(content):
    assert case_pictures.as_png(content) is None


def test_a_picture_that_claims_to_be_huge_is_not_opened(monkeypatch):
    monkeypatch.setattr(case_pictures, "MOST_PIXELS", 1000)
    assert case_pictures.as_png(made("PNG")) is None
