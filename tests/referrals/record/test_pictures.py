from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from referrals.record.pictures import MARK, STRIP, STRIPS, WIDTH, first_view, side_by_side
from tests.referrals.making import screenshot


def opened(content):
    return Image.open(BytesIO(content)).convert("RGB")


def marked(picture):
    return {
        place
        for place in ((x, y) for x in range(0, picture.width, 3) for y in range(0, picture.height, 3))
        if picture.getpixel(place) == MARK
    }


def test_equal_screenshots_have_no_mark():
    found = side_by_side(screenshot(), screenshot())
    assert found.share == 0
    assert len(found.strips) == 1
    assert marked(opened(found.strips[0])) == set()


def test_what_differs_is_marked_on_both_sides():
    found = side_by_side(screenshot(), screenshot(mark=(200, 300, 600, 400)))
    picture = opened(found.strips[0])
    assert 0 < found.share < 0.2
    scale = WIDTH / 1280
    marks = marked(picture)
    left = [x for x, _ in marks if x < WIDTH]
    right = [x for x, _ in marks if x > WIDTH]
    assert left
    assert right
    assert min(left) == pytest.approx(200 * scale, abs=25)
    assert max(left) == pytest.approx(600 * scale, abs=25)
    heights = [y for _, y in marks]
    assert (min(heights), max(heights)) == (pytest.approx(300 * scale, abs=25), pytest.approx(400 * scale, abs=25))


def test_a_longer_page_is_cut_into_pages_and_says_what_is_left_out():
    found = side_by_side(screenshot(12_000), screenshot(3000))
    assert len(found.strips) == STRIPS
    assert all(opened(one).height == STRIP for one in found.strips)
    assert "只对照了上方" in found.note
    assert found.share > 0.1


@pytest.mark.parametrize(
    "broken", [b"", b"not a picture", screenshot()[:200], b"\x89PNG\r\n\x1a\n" + b"\0" * 100, b"GIF89a" + b"\0" * 30]
)
def test_a_broken_picture_is_told_not_raised(broken):
    found = side_by_side(broken, screenshot())
    assert found.strips == ()
    assert "无法读取" in found.note


def test_a_picture_that_claims_to_be_huge_is_not_opened():
    sink = BytesIO()
    Image.new("1", (20_000, 5_000)).save(sink, "PNG")
    assert side_by_side(sink.getvalue(), screenshot()).strips == ()


def test_a_missing_screenshot_is_named():
    assert "首次采集没有截屏" in side_by_side(None, screenshot()).note
    assert "首次采集、本次提取没有截屏" in side_by_side(None, None).note


def test_the_first_view_is_a_page_of_the_screenshot_at_readable_size():
    shown = opened(first_view(screenshot(6000)))
    assert (shown.width, shown.height) == (1280, 1664)
    assert opened(first_view(screenshot(500))).height == 500
    assert first_view(b"not a picture") is None


def test_where_the_difference_is_has_a_name():
    def where(mark):
        return side_by_side(screenshot(2000), screenshot(2000, mark=mark)).where

    assert where((200, 1900, 300, 1950)) == "页脚等处"
    assert where((200, 10, 300, 60)) == "页首等处"
    assert where((200, 900, 300, 950)) == "红框处"
    assert side_by_side(screenshot(), screenshot()).where == ""
