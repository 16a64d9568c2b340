"""The workbook that goes with a letter, to be filled in by the receiving office."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import xlsxwriter

from referrals.letters.told import NOTICE
from referrals.lists.book import BORN, INERT
from referrals.lists.columns import leads_of
from referrals.papers.inert import inert
from referrals.receipts import form

if TYPE_CHECKING:
    from storage.referral.records import ReferralCase

HINTS = {
    "收到日期": "如 2026-11-22",
    "收件人": "",
    "回执编号": "贵单位的收文编号",
    "处理结果": "从下拉列表中选择；尚未决定的留空",
    "立案文号": "立案或者不予立案决定的文号",
    "说明": "转送的写明转送单位；不予接收、不予立案的写明理由",
}
TITLE, URL = 200, 500  # characters in a cell: enough to know the lead by


def blank(case: ReferralCase) -> bytes:
    """The file."""
    sink = BytesIO()
    book = xlsxwriter.Workbook(sink, INERT)
    book.set_properties({"title": inert(f"{case.referral.number} {form.TITLE}"), "comments": NOTICE, "created": BORN})
    looks = {
        "title": book.add_format({"bold": True, "font_size": 16, "font_name": "宋体"}),
        "name": book.add_format({"bold": True, "border": 1, "bg_color": "#E7EDF3", "valign": "vcenter", "font_name": "宋体"}),
        "given": book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter", "font_name": "宋体", "num_format": "@"}),
        "asked": book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter", "font_name": "宋体", "num_format": "@",
                                  "bg_color": "#FFFBE6", "locked": False}),
        "hint": book.add_format({"font_color": "#808080", "font_size": 9, "font_name": "宋体", "valign": "vcenter"}),
    }  # fmt: skip
    _main(book, case, looks)
    _leads(book, case, looks)
    book.close()
    return sink.getvalue()


def _main(book: Any, case: ReferralCase, looks: dict[str, Any]) -> None:
    sheet = book.add_worksheet(form.MAIN)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 56)
    sheet.set_column(2, 2, 46)
    sheet.write_string(0, 0, form.TITLE, looks["title"])
    sheet.write_string(1, 0, "请填写黄色单元格后退回；其余内容请勿改动。", looks["hint"])
    referral = case.referral
    ids = [lead.lead_id for lead in case.leads]
    given = (
        referral.number, str(referral.id), str(len(ids)), form.FORMAT,
        form.check_code(referral.number, referral.id, ids),
    )  # fmt: skip
    for row, (name, value) in enumerate(zip(form.GIVEN, given, strict=True), form.FIRST - 1):
        sheet.write_string(row, 0, name, looks["name"])
        sheet.write_string(row, 1, inert(value), looks["given"])
    for row, name in enumerate(form.ASKED, form.FIRST_ASKED - 1):
        sheet.write_string(row, 0, name, looks["name"])
        sheet.write_blank(row, 1, None, looks["asked"])
        sheet.write_string(row, 2, HINTS[name], looks["hint"])
        sheet.set_row(row, 60 if name == "说明" else 22)
    _choose(sheet, form.FIRST_ASKED - 1 + form.ASKED.index("处理结果"), 1)
    _finish(sheet)


def _leads(book: Any, case: ReferralCase, looks: dict[str, Any]) -> None:
    sheet = book.add_worksheet(form.LEADS)
    for column, width in enumerate((6, 10, 40, 40, 14, 24, 40)):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, "逐条结果与整件一致的可以不填；填写的，以本表为准。", looks["hint"])
    for column, name in enumerate(form.COLUMNS):
        sheet.write_string(form.HEAD - 1, column, name, looks["name"])
    for row, lead in enumerate(leads_of(case, masked=None), form.HEAD):
        known = (str(lead.position), str(lead.lead_id), inert(lead.title, TITLE), inert(lead.url, URL))
        for column, value in enumerate(known):
            sheet.write_string(row, column, value, looks["given"])
        for column in range(len(known), len(form.COLUMNS)):
            sheet.write_blank(row, column, None, looks["asked"])
        sheet.set_row(row, 30)
    if case.leads:
        _choose(sheet, form.HEAD, form.COLUMNS.index("处理结果"), len(case.leads))
    sheet.freeze_panes(form.HEAD, 2)
    _finish(sheet)


def _choose(sheet: Any, row: int, column: int, count: int = 1) -> None:
    rule = {
        "validate": "list",
        "source": list(form.CHOICES),
        "error_title": "处理结果",
        "error_message": "请从列表中选择",
    }
    sheet.data_validation(row, column, row + count - 1, column, rule)


def _finish(sheet: Any) -> None:
    """Locked without a password: against slips of the hand, not against anybody."""
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&C{NOTICE}&R第 &P 页 共 &N 页")
