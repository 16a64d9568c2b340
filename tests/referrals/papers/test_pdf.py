from __future__ import annotations

import re

import pytest

from referrals.exceptions import Unprintable
from referrals.papers import fonts
from referrals.papers.model import Fields, Heading, Lines, Paper, Picture, Signatures, Table
from referrals.papers.pdf import as_pdf
from tests.programs import text_of_pdf
from tests.referrals.making import NOW, screenshot


def squeezed(text):
    return "".join(text.split())


def paper(*blocks, landscape=False):
    return Paper("题目", "草稿", "签名", blocks, landscape=landscape)


def test_every_kind_of_block_is_set(tmp_path):
    blocks = (
        Heading("一、部分"), Lines(("一段话。",)), Fields((("案由", "非法出售"),)),
        Table(("列甲", "列乙"), (1, 2), (("值一", "值二"),)), Picture(screenshot(200), "图注"), Signatures("核对无误", ("提取人",)),
    )  # fmt: skip
    content = as_pdf(paper(*blocks), NOW)
    said = squeezed(text_of_pdf(content, tmp_path))
    for word in (
        "题目",
        "草稿",
        "一、部分",
        "一段话。",
        "案由",
        "非法出售",
        "列甲",
        "值二",
        "图注",
        "核对无误",
        "提取人：",
        "第1页共1页",
    ):
        assert word in said
    assert content.startswith(b"%PDF-1.7")
    assert b"pdfaid" in content  # marked as PDF/A


def test_the_same_paper_gives_the_same_bytes():
    one = paper(Lines(("一段话。",)))
    assert as_pdf(one, NOW) == as_pdf(one, NOW)


HOSTILE = [
    '#emph[x] $ x $ #read("/etc/passwd") #import "@preview/x" \\ `raw` <label> @ref',
    '=HYPERLINK("http://x")',
    '</w:t><w:br/>&amp;"}],{"kind":"evil',
    "\u202eabc\u202c \x00\x07\x1b[31m",
    "🐘🦷 犭苗头鹰 𠀀 ⻆ 🅧 \ue000 ᥫ᭡ ﷽",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_inert_and_readable(text, tmp_path):
    said = squeezed(
        text_of_pdf(
            as_pdf(paper(Lines((text,)), Fields((("值", text),)), Table(("x",), (1,), ((text,),))), NOW), tmp_path
        )
    )
    for word in ("#emph[x]", '#read("/etc/passwd")', "=HYPERLINK(", "</w:t><w:br/>", "犭苗头鹰"):
        assert said.count(word) == (3 if word in squeezed(text) else 0)
    assert "root:" not in said
    if "🐘" in text:
        assert "〔大象表情〕〔牙齿表情〕" in said
        assert "〔U+20000〕" in said


def test_endless_words_do_not_run_over_the_edge_and_stay_copyable(tmp_path):
    url = "http://127.0.0.1/" + "a1" * 200
    content = as_pdf(paper(Fields((("网址", url),)), Table(("网址", "二"), (1, 4), ((url, "x"),))), NOW)
    boxes = text_of_pdf(content, tmp_path, "-bbox")
    assert max(float(edge) for edge in re.findall(r'xMax="([0-9.]+)"', boxes)) < 595 - 24 / 25.4 * 72 + 1  # A4's margin
    plain = text_of_pdf(content, tmp_path, "-raw")
    assert url in re.sub("[^!-~]", "", plain)
    assert "\u200b" not in plain


def test_a_value_of_ten_thousand_characters_is_cut_and_says_so(tmp_path):
    said = squeezed(text_of_pdf(as_pdf(paper(Fields((("标题", "甲乙丙" * 4000),))), NOW), tmp_path))
    assert "已截断；全文见证据包" in said


def test_a_missing_typeface_is_an_error_not_a_surprise(monkeypatch):
    faces = fonts.Typefaces(("No Such Font",), ("No Such Font",), "")
    monkeypatch.setattr(fonts, "of_this_machine", lambda: faces)
    with pytest.raises(Unprintable, match="no such font"):
        as_pdf(paper(Lines(("一段话。",))), NOW)
