from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

from docx import Document
from docx.oxml.ns import qn

from referrals.papers.model import Break, Grouped, Head, Heading, Paper, Sides
from referrals.papers.word import as_docx
from referrals.papers.word_tables import places

MADE_AT = datetime(2026, 3, 5, 8, 30, tzinfo=UTC)
HEAD = (
    (Head("单位", down=2), Head("甲", across=2), Head("乙")),
    (Head("一"), Head("二"), Head("三")),
)
TABLE = Grouped(HEAD, (2, 1, 1, 1), (("东镇", "1", "2", "3"), ("合计", "1", "2", "3")), bold=frozenset({1}))


def made(*blocks, **facts):
    paper = Paper("题", "提示", "页脚", blocks, **facts)
    return Document(BytesIO(as_docx(paper, MADE_AT)))


def test_cells_of_a_head_know_their_place():
    assert [(one.text, line, place) for one, line, place in places(HEAD, 4)] == [
        ("单位", 0, 0), ("甲", 0, 1), ("乙", 0, 3), ("一", 1, 1), ("二", 1, 2), ("三", 1, 3),
    ]  # fmt: skip


def test_the_head_is_merged_and_repeated_and_totals_stand_out():
    table = made(TABLE).tables[0]
    assert [cell.text for cell in table.rows[0].cells] == ["单位", "甲", "甲", "乙"]
    assert [cell.text for cell in table.rows[1].cells] == ["单位", "一", "二", "三"]
    assert [bool(row._tr.xpath("./w:trPr/w:tblHeader")) for row in table.rows] == [True, True, False, False]
    assert [row.cells[0].paragraphs[0].runs[0].bold for row in table.rows] == [True, True, False, True]


def test_facts_of_a_cell_stand_in_the_order_that_the_format_wants():
    order = [qn(f"w:{name}") for name in ("tcW", "gridSpan", "vMerge", "shd", "vAlign")]
    for cell in made(TABLE).element.iter(qn("w:tcPr")):
        found = [order.index(child.tag) for child in cell]
        assert found == sorted(found)


def test_a_page_begins_and_a_line_has_two_sides():
    word = made(Heading("一"), Break(), Sides("左", "右"), body=16)
    assert word.element.xpath("//w:br[@w:type='page']")
    assert word.paragraphs[-1].text == "左\t右"
    assert word.paragraphs[-1].runs[0].font.size.pt == 16
