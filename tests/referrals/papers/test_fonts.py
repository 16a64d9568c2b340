from __future__ import annotations

import pytest

from referrals.exceptions import Unprintable
from referrals.papers.fonts import choose


def test_official_typefaces_come_first_and_need_no_remark():
    faces = choose(["Noto Serif CJK SC", "FangSong", "SimSun"])
    assert faces.text == ("FangSong", "Noto Serif CJK SC")
    assert faces.title[0] == "SimSun"
    assert faces.remark == ""


def test_a_free_typeface_stands_in_and_the_paper_says_so():
    faces = choose(["noto serif cjk sc", "DejaVu Sans"])
    assert faces.text == ("noto serif cjk sc",)
    assert "没有仿宋字体" in faces.remark


def test_without_a_chinese_typeface_nothing_is_printed():
    with pytest.raises(Unprintable, match="中文字体"):
        choose(["DejaVu Sans"])
