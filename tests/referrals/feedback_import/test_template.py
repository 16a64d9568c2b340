from __future__ import annotations

from io import BytesIO

from openpyxl import load_workbook

from referrals.feedback_import.template import blank_xlsx


def test_the_form_says_what_to_fill_in():
    book = load_workbook(BytesIO(blank_xlsx(("东镇", "=1+1"), "网盾行动\u202e")))
    assert book.sheetnames == ["案件", "收缴物品", "填写说明", "选项"]
    heads = [cell.value for cell in book["案件"][1]]
    assert heads[:4] == ["案件序号", "单位", "案件名称", "日期"]
    assert [cell.value for cell in book["收缴物品"][1]] == ["案件序号", "批次", "种类", "名称", "数量", "单位"]
    notes = [cell.value for row in book["填写说明"].iter_rows() for cell in row if cell.value]
    assert any("只按件或者千克计算一次" in one for one in notes)
    assert "网盾行动〔U+202E〕" in notes
    assert [(cell.value, cell.data_type) for cell in book["选项"]["A"]] == [("东镇", "s"), ("=1+1", "s")]
    assert book["选项"].sheet_state == "hidden"


def test_choices_are_offered():
    book = load_workbook(BytesIO(blank_xlsx(("东镇", "西乡"))))
    rules = {str(one.sqref): one.formula1 for one in book["案件"].data_validations.dataValidation}
    assert rules["B2:B1001"] == "选项!$A$1:$A$2"
    assert rules["G2:G1001"] == '"是,否"'
