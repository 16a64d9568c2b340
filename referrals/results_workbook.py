"""The results form as a workbook: figures are numbers, texts stay texts, a second sheet traces each figure."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from referrals import results_form
from referrals.papers.inert import inert
from referrals.papers.word_tables import places
from storage.referral.form_records import COLUMNS

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from storage.referral.form_records import Form

LAST: Final = len(COLUMNS)
HEAD_AT: Final = 2  # rows above the head: title, who and when
HEIGHTS: Final = (26, 66, 18)  # points of the head's lines: groups; names of four lines; numbers
A4: Final = 9  # as spreadsheets number paper
LONGEST: Final = 32_000  # characters; a cell holds 32,767
ANNEX_WIDTHS: Final = (16, 6, 30, 12, 18, 90)


def as_xlsx(form: Form, *, unit: str, made_at: datetime) -> bytes:
    """The finished file: sheets 成果表 and 数据来源, and 需要核实 where there is something to check."""
    import xlsxwriter

    sink = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(sink, options)
    book.set_properties({"title": results_form.TITLE, "created": made_at.replace(tzinfo=None)})
    looks = _looks(book)
    sheet = book.add_worksheet("成果表")
    _page(sheet, form, looks, unit, made_at)
    _annex(book.add_worksheet("数据来源"), form, looks)
    if form.warnings:
        remarks = book.add_worksheet("需要核实")
        remarks.set_column(0, 0, 120)
        for number, one in enumerate(form.warnings):
            remarks.write_string(number, 0, _text(one), looks["wrap"])
    book.close()
    return sink.getvalue()


def _looks(book: Any) -> dict[str, Any]:
    text = {"font_name": "仿宋", "font_size": 10, "valign": "vcenter"}
    ruled = text | {"border": 1, "text_wrap": True, "align": "center"}
    return {
        "title": book.add_format(
            {"font_name": "宋体", "font_size": 20, "bold": True, "align": "center", "valign": "vcenter"}
        ),
        "left": book.add_format(text | {"font_size": 12}),
        "right": book.add_format(text | {"font_size": 12, "align": "right"}),
        "head": book.add_format(ruled | {"bold": True, "bg_color": "#EEEEEE"}),
        "unit": book.add_format(ruled),
        "count": book.add_format(ruled | {"num_format": "0"}),
        "amount": book.add_format(ruled | {"num_format": "0.######"}),
        "total": book.add_format(ruled | {"bold": True, "num_format": "0"}),
        "total_amount": book.add_format(ruled | {"bold": True, "num_format": "0.######"}),
        "wrap": book.add_format(text | {"text_wrap": True, "valign": "top"}),
        "cell": book.add_format(ruled | {"align": "left"}),
    }


def _page(sheet: Any, form: Form, looks: dict[str, Any], unit: str, made_at: datetime) -> None:
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.6)
    sheet.set_footer("&R第 &P 页　共 &N 页")
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, LAST, 8.6)
    sheet.merge_range(0, 0, 0, LAST, results_form.TITLE, looks["title"])
    sheet.set_row(0, 36)
    sheet.merge_range(1, 0, 1, 8, "", looks["left"])
    sheet.write_string(1, 0, _text(f"填表单位：{unit}"), looks["left"])
    sheet.merge_range(1, 9, 1, LAST, "", looks["right"])
    sheet.write_string(1, 9, f"填表时间：{results_form.day(made_at)}", looks["right"])
    _head(sheet, looks)
    first = HEAD_AT + len(HEIGHTS)
    sheet.freeze_panes(first, 1)
    sheet.repeat_rows(HEAD_AT, first - 1)
    for number, row in enumerate((*form.rows, form.total), first):
        total = "total" if row is form.total else ""
        sheet.set_row(number, 24)
        sheet.write_string(number, 0, _text(row.unit), looks[total or "unit"])
        for cell in row.cells:
            whole = COLUMNS[cell.column - 1].decimals == 0
            look = (
                looks[total or "count"]
                if whole or _is_whole(cell.value)
                else looks[f"{total}_amount" if total else "amount"]
            )
            sheet.write_number(number, cell.column, float(cell.value), look)
    last = first + len(form.rows) + 1
    said = "".join((results_form.NOTE, *results_form.period(form)))
    sheet.merge_range(last, 0, last, LAST, said, looks["left"])


def _head(sheet: Any, looks: dict[str, Any]) -> None:
    for number, high in enumerate(HEIGHTS):
        sheet.set_row(HEAD_AT + number, high)
    for head, line, place in places(results_form.head(), LAST + 1):
        top, bottom = HEAD_AT + line, HEAD_AT + line + head.down - 1
        if head.across == head.down == 1:
            sheet.write_string(top, place, head.text, looks["head"])
        else:
            sheet.merge_range(top, place, bottom, place + head.across - 1, head.text, looks["head"])


def _annex(sheet: Any, form: Form, looks: dict[str, Any]) -> None:
    for place, (name, width) in enumerate(zip(results_form.ANNEX_HEAD, ANNEX_WIDTHS, strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, name, looks["head"])
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(results_form.annex_rows(form), 1):
        for place, value in enumerate(row):
            if place in {1, 3}:  # column, figure
                sheet.write_number(number, place, float(value), looks["cell"])
            else:
                sheet.write_string(number, place, _text(value), looks["cell"])


def _is_whole(value: Decimal) -> bool:
    return value == value.to_integral_value()


def _text(text: str) -> str:
    return inert(text, LONGEST)
