"""The list as a workbook: text cells only, so that nothing in a listing is ever computed, opened or linked."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import xlsxwriter

from referrals.hiding import HIDDEN
from referrals.letters.told import LEAD_FIELDS, NOTICE
from referrals.lists.columns import PRINTED, WIDTHS, rows
from referrals.papers.inert import inert

if TYPE_CHECKING:
    from datetime import tzinfo

    from storage.referral.records import ReferralCase

LONGEST = (
    8000  # characters of a cell: a spreadsheet takes 32,767, nobody reads so much in one; the package holds the whole
)
INERT = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
BORN = datetime(2000, 1, 1)  # noqa: DTZ001 -- a property without zone: the same list gives the same bytes
SHEET = "线索清单"


def workbook(case: ReferralCase, zone: tzinfo, *, masked: bool | None) -> bytes:
    """The file."""
    sink = BytesIO()
    book = xlsxwriter.Workbook(sink, INERT)
    book.set_properties({"title": inert(f"{case.referral.number} {SHEET}"), "comments": NOTICE, "created": BORN})
    hide = case.referral.masked if masked is None else masked
    _list(book, case, zone, masked=hide)
    _about(book, case, masked=hide)
    book.close()
    return sink.getvalue()


def _list(book: Any, case: ReferralCase, zone: tzinfo, *, masked: bool) -> None:
    sheet = book.add_worksheet(SHEET)
    title = book.add_format({"bold": True, "font_size": 14, "font_name": "宋体"})
    remark = book.add_format({"font_size": 10, "font_name": "宋体", "font_color": "#C00000"})
    head = book.add_format({"bold": True, "border": 1, "bg_color": "#E7EDF3", "align": "center", "valign": "vcenter",
                            "text_wrap": True, "font_name": "宋体", "font_size": 10})  # fmt: skip
    cell = book.add_format({"border": 1, "valign": "top", "text_wrap": True, "font_name": "宋体", "font_size": 10,
                            "num_format": "@"})  # fmt: skip
    sheet.write_string(0, 0, inert(f"{case.referral.number} {SHEET}"), title)
    sheet.write_string(1, 0, _remark(zone, masked=masked), remark)
    for column, name in enumerate(LEAD_FIELDS):
        sheet.set_column(column, column, WIDTHS[name])
        sheet.write_string(2, column, name, head)
    last = 2
    for last, row in enumerate(rows(case, zone, masked=masked), 3):
        for column, value in enumerate(row):
            sheet.write_string(last, column, inert(value, LONGEST), cell)
        sheet.set_row(last, _height(row))
    sheet.autofilter(2, 0, last, len(LEAD_FIELDS) - 1)
    sheet.print_area(0, 0, last, PRINTED - 1)
    _print(sheet, case)


def _height(row: tuple[str, ...]) -> float:
    """Points: enough lines for the longest cell, at most ten; spreadsheets do not grow rows by themselves everywhere."""
    lines = max(
        sum(-(-_width(line) // int(WIDTHS[name])) or 1 for line in value[:2000].split("\n"))
        for name, value in zip(LEAD_FIELDS, row, strict=True)
    )
    return 14.0 * min(max(lines, 2), 10)


def _width(text: str) -> int:
    return sum(1 if char.isascii() else 2 for char in text)


def _remark(zone: tzinfo, *, masked: bool) -> str:
    return f"{NOTICE}。{HIDDEN if masked else ''}时间：{zone}。"


def _print(sheet: Any, case: ReferralCase) -> None:
    sheet.freeze_panes(3, 3)
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(2)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    # & begins a code in headers and footers
    sheet.set_footer(f"&L{inert(case.referral.number).replace('&', '&&')}&C{NOTICE}&R第 &P 页 共 &N 页")


def _about(book: Any, case: ReferralCase, *, masked: bool) -> None:
    sheet = book.add_worksheet("说明")
    name = book.add_format({"bold": True, "valign": "top", "font_name": "宋体"})
    text = book.add_format({"text_wrap": True, "valign": "top", "font_name": "宋体", "num_format": "@"})
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 90)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    referral = case.referral
    facts = (
        ("文号", referral.number),
        ("标题", referral.title),
        ("主送", referral.receiver),
        ("线索数量", f"{len(case.leads)} 条"),
        ("依据", str(referral.routing.get("clause", ""))),
        ("分工说明", str(referral.routing.get("explanation", ""))),
        ("个人信息", "已隐藏" if masked else "未隐藏，请限于办案人员使用"),
        ("性质", f"{NOTICE}。由采集程序自动取得，不是电子数据提取笔录。"),
        ("证据校验值", "每条线索最新一次固定的清单文件的 SHA-256，可用证据包中的清单核对。"),
    )
    for row, (label, value) in enumerate(facts):
        sheet.write_string(row, 0, label, name)
        sheet.write_string(row, 1, inert(value, LONGEST), text)
