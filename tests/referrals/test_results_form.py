from __future__ import annotations

import re
import subprocess
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO

import pytest
from docx import Document
from openpyxl import load_workbook

from referrals import results_form
from storage.referral import results
from storage.referral.campaign_records import Campaign, Figure, Unit
from storage.referral.feedback_records import Feedback, Seized
from storage.referral.form_records import Form

MADE_AT = datetime(2026, 3, 5, 16, 30, tzinfo=UTC)  # the sixth of March here
HOSTILE = "=cmd|'/c calc'!A1\u202e<b>&{{unit}}"
HEAD = (
    "出动执法车次", "出动执法人员人次", "监督检查互联网和寄递企业", "监督检查商（用）户", "查办案件总数", "其中刑事案件",
    "打掉犯罪团伙", "打击处理违法犯罪人员", "野生动物", "野生植物", "野生动植物制品", "野生动植物制品", "非法猎（渔）具",
    "没收违法所得", "罚款和罚金",
)  # fmt: skip
MEASURES = [
    "次",
    "人次",
    "家",
    "家",
    "起",
    "起",
    "个",
    "人",
    "只、头、尾",
    "株、棵",
    "件",
    "千克",
    "个、张、台",
    "万元",
    "万元",
]


def feedback(number: int, unit: str, **facts) -> Feedback:
    given = {
        "id": number, "unit": unit, "title": f"张某非法狩猎案{number}", "happened_on": date(2026, 2, 1),
        "case_number": "", "referral_id": None, "campaign_id": 1, "filed": True, "criminal": False, "people": 2,
        "gangs": 0, "confiscated": Decimal("1.25"), "fined": Decimal("0.5"), "seizures": (), "lead_ids": (),
        "typical": "", "pictures": (), "publish": "yes", "note": "", "source": "", "supersedes": None, "void": False,
        "at": MADE_AT, "account_id": None,
    }  # fmt: skip
    return Feedback(**given | facts)


def form(*rows, units=("东镇", "西乡"), figures=(), until=None) -> Form:
    made = tuple(Unit(number, name, "township", "", number, None) for number, name in enumerate(units, 1))
    day = date(2026, 1, 1)
    campaign = Campaign(1, "网盾行动", "", day, date(2026, 5, 31), {}, MADE_AT, None, (), made, ())
    return Form(campaign, until, *results.fold(made, rows, figures))


@pytest.fixture(scope="module")
def example() -> Form:
    ivory = Seized("product", "象牙手镯", Decimal("0.75"), "千克", "第一批")
    return form(
        feedback(1, "东镇", criminal=True, seizures=(ivory, Seized("animal", "猫头鹰", Decimal(3), "只"))),
        feedback(2, "西乡", title=HOSTILE),
        figures=[Figure(5, 2, 1, Decimal(12), "县局出车登记", MADE_AT, None)],
        until=date(2026, 3, 4),
    )


def made(example, extension) -> bytes:
    return results_form.render(example, extension, unit="某县林业局", made_at=MADE_AT)


def test_the_workbook_is_the_form(example):
    sheet = load_workbook(BytesIO(made(example, "xlsx")))["成果表"]
    assert sheet["A1"].value == "网盾行动成果表"
    assert (sheet["A2"].value, sheet["J2"].value) == ("填表单位：某县林业局", "填表时间：2026年3月6日")
    groups = {str(one) for one in sheet.merged_cells.ranges}
    assert {"B3:E3", "F3:G3", "H3:I3", "J3:P3", "A3:A5"} <= groups
    assert [sheet[place].value for place in ("A3", "B3", "F3", "H3", "J3")] == [
        "单位", "监督检查情况", "查办野生动植物案件", "处理违法人员", "收缴情况",
    ]  # fmt: skip
    names = [sheet.cell(4, column).value for column in range(2, 17)]
    assert names == [f"{name}\n（{measure}）" for name, measure in zip(HEAD, MEASURES, strict=True)]
    assert [sheet.cell(5, column).value for column in range(2, 17)] == [str(number) for number in range(1, 16)]
    lines = [[cell.value for cell in row[:16]] for row in sheet.iter_rows(min_row=6, max_row=8)]
    assert lines == [
        ["东镇", 0, 0, 0, 0, 1, 1, 0, 2, 3, 0, 0, 0.75, 0, 1.25, 0.5],
        ["西乡", 12, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 1.25, 0.5],
        ["合计", 12, 0, 0, 0, 2, 1, 0, 4, 3, 0, 0, 0.75, 0, 2.5, 1],
    ]
    assert {cell.data_type for row in sheet.iter_rows(min_row=6, max_row=8, min_col=2, max_col=16) for cell in row} == {
        "n"
    }
    assert sheet["A9"].value == "注：野生动植物制品同一批次只按件或者千克计算一次，不重复统计。数据截至 2026年3月4日。"


def test_each_figure_of_the_workbook_is_traced(example):
    book = load_workbook(BytesIO(made(example, "xlsx")))
    rows = [[cell.value for cell in row] for row in book["数据来源"].iter_rows(min_row=2)]
    form_sheet = book["成果表"]
    sums = {}
    for unit, column, _, value, where, what in rows:
        assert where
        assert what
        sums[unit, column] = sums.get((unit, column), 0) + value
    for line in (6, 7):
        for column in range(1, 16):
            assert form_sheet.cell(line, column + 1).value == sums.get((form_sheet.cell(line, 1).value, column), 0)
    assert ["东镇", 9, "野生动物（只、头、尾）", 3, "反馈 1 第 2 行", "猫头鹰 3 只；张某非法狩猎案1"] in rows
    assert ["西乡", 1, "出动执法车次（次）", 12, "填报数 5", "县局出车登记"] in rows


def test_hostile_texts_stay_texts(example):
    book = load_workbook(BytesIO(made(example, "xlsx")))
    found = [cell for row in book["数据来源"].iter_rows() for cell in row if str(cell.value).startswith("=cmd")]
    assert found
    assert {cell.data_type for cell in found} == {"s"}
    assert all("〔U+202E〕" in cell.value for cell in found)
    text = "\n".join(cell.text for row in Document(BytesIO(made(example, "docx"))).tables[1].rows for cell in row.cells)
    assert "=cmd|'/c calc'!A1〔U+202E〕<b>&{{unit}}" in text


def test_the_document_is_the_form(example):
    word = Document(BytesIO(made(example, "docx")))
    section = word.sections[0]
    assert section.page_width > section.page_height
    table = word.tables[0]
    assert [cell.text for cell in table.rows[0].cells] == (
        ["单位"] + ["监督检查情况"] * 4 + ["查办野生动植物案件"] * 2 + ["处理违法人员"] * 2 + ["收缴情况"] * 7
    )
    assert [cell.text for cell in table.rows[2].cells][1:] == [str(number) for number in range(1, 16)]
    assert table.rows[1].cells[0].text == "单位"  # one cell over three lines
    assert [cell.text for cell in table.rows[5].cells] == [
        "合计",
        "12",
        "0",
        "0",
        "0",
        "2",
        "1",
        "0",
        "4",
        "3",
        "0",
        "0",
        "0.75",
        "0",
        "2.5",
        "1",
    ]
    heads = [row._tr.xpath("./w:trPr/w:tblHeader") for row in table.rows]
    assert [bool(one) for one in heads] == [True, True, True, False, False, False]
    said = "\n".join(one.text for one in word.paragraphs)
    assert "填表单位：某县林业局\t填表时间：2026年3月6日" in said
    assert "注：野生动植物制品同一批次只按件或者千克计算一次，不重复统计。" in said


def test_the_pdf_is_the_form(example, tmp_path):
    path = tmp_path / "form.pdf"
    path.write_bytes(made(example, "pdf"))
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True).stdout.decode()
    first, second = text.split("\f")[:2]
    lines = [line.split() for line in first.splitlines()]
    assert ["合计", "12", "0", "0", "0", "2", "1", "0", "4", "3", "0", "0", "0.75", "0", "2.5", "1"] in lines
    assert "网盾行动成果表" in first
    assert "填表单位：某县林业局" in first.replace(" ", "")
    for group in ("监督检查情况", "查办野生动植物案件", "处理违法人员", "收缴情况"):
        assert group in first
    assert "附：成果表数据来源" in second
    assert "猫头鹰 3 只" in second
    size = subprocess.run(["pdfinfo", path], capture_output=True, check=True).stdout.decode()
    assert re.search(r"841\.8\d+ x 595\.2\d+ pts \(A4\)", size)


def test_an_empty_form_is_all_zeros():
    empty = form()
    sheet = load_workbook(BytesIO(made(empty, "xlsx")))["成果表"]
    assert [sheet.cell(8, column).value for column in range(2, 17)] == [0] * 15
    said = "\n".join(one.text for one in Document(BytesIO(made(empty, "docx"))).paragraphs)
    assert "各栏均为 0" in said


def test_what_is_to_be_checked_stands_beside_the_form():
    doubtful = form(feedback(1, "北镇"))
    book = load_workbook(BytesIO(made(doubtful, "xlsx")))
    assert "“北镇”有反馈" in book["需要核实"]["A1"].value
