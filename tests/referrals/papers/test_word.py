from __future__ import annotations

import zipfile
from io import BytesIO

from docx import Document
from docx.oxml.ns import qn

from referrals.papers.model import Fields, Heading, Lines, Paper, Picture, Signatures, Table
from referrals.papers.word import as_docx
from tests.referrals.making import NOW, screenshot
from tests.referrals.papers.test_pdf import HOSTILE


def opened(*blocks, landscape=False):
    return Document(BytesIO(as_docx(Paper("题目", "草稿", "签名", blocks, landscape=landscape), NOW)))


def test_every_kind_of_block_is_there_and_can_be_edited():
    word = opened(
        Heading("一、部分"), Lines(("一段话。",)), Fields((("案由", "非法出售"),)),
        Table(("列甲", "列乙"), (1, 2), (("值一", "值二"),)), Picture(screenshot(200), "图注"), Signatures("核对无误", ("提取人",)),
    )  # fmt: skip
    texts = [one.text for one in word.paragraphs]
    assert texts[0] == "题目"
    assert "一段话。" in texts
    assert any(text.startswith("提取人：＿") for text in texts)
    assert [[cell.text for cell in row.cells] for row in word.tables[0].rows] == [["案由", "非法出售"]]
    assert [[cell.text for cell in row.cells] for row in word.tables[1].rows] == [["列甲", "列乙"], ["值一", "值二"]]
    assert len(word.inline_shapes) == 1
    assert word.sections[0].header.paragraphs[0].text == "草稿"
    assert "NUMPAGES" in word.sections[0].footer._element.xml
    assert word.core_properties.author == ""
    assert word.core_properties.created.replace(tzinfo=NOW.tzinfo) == NOW


def test_chinese_text_is_in_the_typefaces_of_offices():
    word = opened(Lines(("一段话。",)))
    runs = [run for one in word.paragraphs for run in one.runs]
    faces = [run._element.rPr.rFonts.get(qn("w:eastAsia")) for run in runs]
    assert faces == ["宋体", "仿宋"]


def test_paper_is_a4_either_way():
    for landscape in (False, True):
        section = opened(landscape=landscape).sections[0]
        size = (round(section.page_width.mm), round(section.page_height.mm))
        assert size == ((297, 210) if landscape else (210, 297))


def test_hostile_texts_stay_text():
    word = opened(*(Lines((text,)) for text in HOSTILE), Fields(tuple((text, text) for text in HOSTILE)))
    texts = [one.text for one in word.paragraphs]
    assert HOSTILE[0] in texts
    assert HOSTILE[2] in texts
    assert "〔U+202E〕abc〔U+202C〕 〔U+0000〕〔U+0007〕〔U+001B〕[31m" in texts
    assert HOSTILE[4] in texts
    assert word.tables[0].rows[1].cells[0].text == HOSTILE[1]


def test_the_same_paper_gives_the_same_content():
    paper = Paper("题目", "草稿", "签名", (Lines(("一段话。",)),))
    first, second = (zipfile.ZipFile(BytesIO(as_docx(paper, NOW))) for _ in range(2))
    assert {name: first.read(name) for name in first.namelist()} == {
        name: second.read(name) for name in second.namelist()
    }
