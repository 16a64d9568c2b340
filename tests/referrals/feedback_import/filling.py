"""Filled forms for tests, good and hostile; persons and cases are invented."""

from __future__ import annotations

import zipfile
from io import BytesIO

from openpyxl import load_workbook

from referrals.feedback_import.template import blank_xlsx

ONE = {
    "案件序号": 1, "单位": "东镇", "案件名称": "张某非法出售猫头鹰案", "日期": "2026-02-01", "文号": "县公立〔2026〕1号",
    "立案": "是", "刑事": "是", "处理人员（人）": 2, "犯罪团伙（个）": 1, "没收违法所得（万元）": 1.25,
    "罚款和罚金（万元）": 0.30000000000000004, "典型案例": "张某在网上出售猫头鹰", "公开": "会商后公开", "线索编号": "3，5",
}  # fmt: skip
OWL = {"案件序号": 1, "批次": "", "种类": "动物", "名称": "猫头鹰", "数量": 3, "单位": "只"}
IVORY = {"案件序号": "1", "批次": "第一批", "种类": "制品", "名称": "象牙手镯", "数量": "0.75", "单位": "千克"}


def filled(cases=(ONE,), seizures=(OWL, IVORY)) -> bytes:
    """The tool's own form, filled in."""
    book = load_workbook(BytesIO(blank_xlsx(("东镇", "西乡"), "网盾行动")))
    for name, rows in (("案件", cases), ("收缴物品", seizures)):
        sheet = book[name]
        places = {cell.value: cell.column for cell in sheet[1]}
        for number, row in enumerate(rows, 2):
            for column, value in row.items():
                if value != "":
                    sheet.cell(number, places[column], value)
    return saved(book)


def saved(book) -> bytes:
    sink = BytesIO()
    book.save(sink)
    return sink.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    """The same workbook with one part put in or replaced."""
    sink = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            if one != name:
                new.writestr(one, old.read(one))
        new.writestr(name, part)
    return sink.getvalue()
