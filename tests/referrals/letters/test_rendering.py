"""The finished files, opened by independent readers: python-docx, pdftotext, LibreOffice."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from io import BytesIO

import pytest
from docx import Document
from docx.oxml.ns import qn
from docx.shared import Length, Pt
from lxml import etree

from referrals.letters import KINDS, letter, render
from tests.office import as_pdf
from tests.programs import text_of_pdf
from tests.referrals.cases import HOSTILE, MADE, MARKET, OFFICE, case, lead


def written(kind: str = "lead", office=OFFICE, **facts):
    return letter(case(kind, facts.pop("leads", (lead(1), lead(2))), **facts), office, MARKET, MADE)


def words(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("kind", KINDS)
def test_pdf_holds_the_letter_its_attachments_and_the_receipt(kind, tmp_path):
    made = written(kind)
    pages = text_of_pdf(render(made, "pdf"), tmp_path).split("\f")
    text = words("".join(pages))
    for said in (
        made.number,
        made.title,
        f"{made.receiver}：",
        "网络监测线索，供核查",
        f"抄送：{made.copies}。",
        "2026年11月22日印发",
    ):
        assert words(said) in text
    for annex in made.annexes:
        assert any(words(page).startswith(words(f"网络监测线索，供核查{annex.mark}{annex.title}")) for page in pages), (
            annex
        )
    receipt = words(pages[-2])
    assert "沿此线撕下，填写后退回" in receipt
    assert words(made.slip.title) in receipt
    assert "（盖章）" in receipt
    assert not re.search("—[0-9]+—", receipt)
    assert words(pages[0]).endswith("—1—")


def test_page_numbers_stand_on_the_outer_side(tmp_path):
    pages = text_of_pdf(render(written("crime"), "pdf"), tmp_path).split("\f")
    columns = [line.index("—") for page in pages[:4] for line in page.splitlines() if re.search("— *[0-9]+ *—", line)]
    assert columns[0] > 30 > columns[1]
    assert columns[2] > 30 > columns[3]


def test_pdf_is_on_a4_archival_and_always_the_same(tmp_path):
    made = written()
    content = render(made, "pdf")
    assert content == render(made, "pdf")
    assert b"pdfaid:part" in content
    assert re.findall(rb"/MediaBox ?\[0 0 595\.[0-9]+ 841\.[0-9]+\]", content)


def test_red_head_is_printed_where_the_office_has_one(tmp_path):
    assert "某县林业局文件" not in text_of_pdf(render(written(), "pdf"), tmp_path)
    red = written(office=replace(OFFICE, red_head="某县林业局文件"))
    assert "某县林业局文件" in text_of_pdf(render(red, "pdf"), tmp_path)
    paragraph = Document(BytesIO(render(red, "docx"))).paragraphs[0]
    assert paragraph.text == "某县林业局文件"
    assert str(paragraph.runs[0].font.color.rgb) == "D7000F"


def test_docx_has_the_layout_of_the_standard():
    word = Document(BytesIO(render(written(), "docx")))
    section = word.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert (round(section.top_margin.mm), round(section.left_margin.mm)) == (37, 28)
    assert round(Length(section.page_width - section.left_margin - section.right_margin).mm) == 156
    assert round(Length(section.page_height - section.top_margin - section.bottom_margin).mm) == 225
    receiver = next(one for one in word.paragraphs if one.text == "某县市场监督管理局：")
    run = receiver.runs[0]
    assert run.font.size == Pt(16)
    assert run._r.rPr.rFonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    assert round(receiver.paragraph_format.line_spacing.pt, 2) in {28.95, 28.9, 29.0}
    title = next(one for one in word.paragraphs if one.text == "某县林业局关于移送")
    assert title.runs[0].font.size == Pt(22)
    assert title.runs[0]._r.rPr.rFonts.get(qn("w:eastAsia")) == "方正小标宋简体"
    heading = next(one for one in word.paragraphs if one.text == "一、线索基本情况")
    assert heading.runs[0]._r.rPr.rFonts.get(qn("w:eastAsia")) == "黑体"


def test_docx_names_substitutes_for_official_typefaces():
    with zipfile.ZipFile(BytesIO(render(written(), "docx"))) as package:
        table = package.read("word/fontTable.xml").decode()
    assert '<w:font w:name="仿宋_GB2312"><w:altName w:val="仿宋"/>' in table


@pytest.mark.parametrize("kind", KINDS)
def test_docx_says_the_same_as_the_letter(kind):
    made = written(kind)
    word = Document(BytesIO(render(made, "docx")))
    text = words("".join(node.text or "" for node in word.element.body.iter(qn("w:t"))))
    for block in (*made.blocks, *(block for annex in made.annexes for block in annex.blocks)):
        if hasattr(block, "text"):
            assert words(block.text) in text
        for row in getattr(block, "rows", ()):
            for value in row:
                assert words(value) in text
    assert words(made.slip.text) in text
    assert word.core_properties.title == made.title
    assert word.core_properties.author == ""


def test_libreoffice_opens_the_document_as_it_was_meant(tmp_path):
    made = written("crime", office=replace(OFFICE, red_head="某县林业局文件"))
    pages = text_of_pdf(as_pdf(render(made, "docx"), "crime.docx", tmp_path), tmp_path).split("\f")
    text = words("".join(pages))
    for said in (made.title, made.number, "抄送：", "2026年11月22日印发", "涉案物品清单", "（盖章）"):
        assert words(said) in text
    starts = [
        next(n for n, page in enumerate(pages) if words(f"{one.mark}{one.title}") in words(page))
        for one in made.annexes
    ]
    assert starts == sorted(set(starts))  # each on pages of its own
    imprint = next(number for number, page in enumerate(pages) if "印发" in page)
    receipt = next(number for number, page in enumerate(pages) if "（盖章）" in page)
    assert starts[-1] <= imprint == receipt - 1 == len([page for page in pages if page.strip()]) - 2


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_titles_are_text_in_pdf_and_docx(name, tmp_path):
    title = HOSTILE[name]
    made = written(leads=(lead(1, title=title, seller=title[:200], subject=title[:50], price_text=title[:30]),))
    pdf = render(made, "pdf")
    for danger in (b"/JavaScript", b"/Launch", b"/URI", b"/EmbeddedFile"):
        assert danger not in pdf
    text_of_pdf(pdf, tmp_path)
    content = render(made, "docx")
    with zipfile.ZipFile(BytesIO(content)) as package:
        body = package.read("word/document.xml")
        relations = package.read("word/_rels/document.xml.rels").decode()
    root = etree.fromstring(body)
    assert not root.findall(f".//{qn('w:instrText')}")
    assert not root.findall(f".//{qn('w:hyperlink')}")
    assert 'TargetMode="External"' not in relations
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00-\x08\x0b]", body.decode())
    if name == "long":
        assert "…" in body.decode()
        assert len(words("".join(root.itertext()))) < 6000
    if name in {"formula", "typst", "dde"}:
        assert words(title)[:20] in words("".join(root.itertext()))


def test_what_people_typed_is_whole_on_paper(tmp_path):
    typed = "".join(f"第{number}点已核查。" for number in range(1, 401))
    made = written("crime", fields={"补充说明": typed, "鉴定结论": typed, "调查经过": typed})
    for content in (render(made, "pdf"), as_pdf(render(made, "docx"), "typed.docx", tmp_path)):
        text = "".join(line for line in text_of_pdf(content, tmp_path, "-raw").split() if line != "供核查")
        assert text.count("第400点已核查。") == 3


def test_a_line_holds_28_characters_and_a_page_22_lines(tmp_path):
    made = written(fields={"补充说明": "测" * (28 * 60 - 2)})
    for content in (render(made, "pdf"), as_pdf(render(made, "docx"), "grid.docx", tmp_path)):
        pages = text_of_pdf(content, tmp_path, "-raw").split("\f")
        full = [[line for line in page.splitlines() if line == "测" * 28] for page in pages]
        assert sum(map(len, full)) >= 56  # the last ones share their room with the end
        assert sorted(map(len, full))[-2:] == [22, 22]


@pytest.mark.parametrize("lines", [2, 4, 6])
def test_list_of_attachments_is_not_torn_and_stays_with_the_signature(lines, tmp_path):
    more = "\n".join(f"第{number}段补充说明。" for number in range(lines))
    made = written("crime", fields={"补充说明": more})
    pages = [words(page) for page in text_of_pdf(render(made, "pdf"), tmp_path).split("\f")]
    (page,) = (page for page in pages if "附件：1." in page)
    for said in (*made.attachments, made.signer, made.date, made.remark):
        assert words(said) in page
