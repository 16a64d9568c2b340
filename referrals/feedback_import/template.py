"""The xlsx form in which departments and townships tell what came of cases."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from referrals.feedback_import.columns import CASES, CHOICES, KINDS, NOTES, PUBLISH, SEIZURES, SHEETS, YES
from referrals.papers.inert import inert
from storage.referral.feedback_records import UNITS
from storage.referral.form_records import PRODUCTS_RULE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from referrals.feedback_import.columns import Column

ROWS = 1000  # rows with choices to pick from: more cases than a county has in a year
RULES = (
    "“案件”表每行一起案件，“收缴物品”表每行一种物品，用案件序号对应。没有收缴物品的案件不用写“收缴物品”表。",
    f"{PRODUCTS_RULE}：同一批次的各行要么都写件，要么都写千克。",
    "同一起案件后来又有结果，另写一行、写同一文号：人员、团伙、金额累加，案件只计一起。更正写错的，请在网盾中更正，不要另写一行。",
    "只写数值，不要写公式；没有的留空。金额的单位是万元。",
    "有一处错误则整份不导入，并逐处指出工作表、行、列和原因。同一份文件不会导入两次。",
)


def blank_xlsx(units: Sequence[str] = (), campaign: str = "") -> bytes:
    """The empty form: sheets 案件, 收缴物品, 填写说明. `units`: choices of the column 单位."""
    import xlsxwriter

    sink = BytesIO()
    book = xlsxwriter.Workbook(sink, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    looks = _looks(book)
    for name, columns in SHEETS.items():
        _sheet(book.add_worksheet(name), columns, looks)
    _notes(book.add_worksheet(NOTES), campaign, looks)
    choices = book.add_worksheet(CHOICES)
    choices.hide()
    for row, unit in enumerate(units):
        choices.write_string(row, 0, inert(unit))
    _choices(book, len(units))
    book.close()
    return sink.getvalue()


def _looks(book: Any) -> dict[str, Any]:
    head = {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True}
    return {
        "head": book.add_format(head | {"bg_color": "#DCE6F1"}),
        "needed": book.add_format(head | {"bg_color": "#FCE4D6"}),
        "text": book.add_format({"num_format": "@", "valign": "top", "text_wrap": True}),
        "day": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
        "plain": book.add_format({"valign": "top"}),
        "wrap": book.add_format({"valign": "top", "text_wrap": True}),
        "title": book.add_format({"bold": True, "font_size": 14}),
    }


def _sheet(sheet: Any, columns: Sequence[Column], looks: dict[str, Any]) -> None:
    sheet.set_row(0, 34)  # points: two lines of a head
    for place, column in enumerate(columns):
        number = column.name.endswith("）") or column.name == "数量"
        look = looks["day"] if column.name == "日期" else looks["plain"] if number else looks["text"]
        sheet.set_column(place, place, column.width, look)
        sheet.write_string(0, place, column.name, looks["needed" if column.needed else "head"])
        if column.about:
            sheet.write_comment(0, place, column.about)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _notes(sheet: Any, campaign: str, looks: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 80)
    sheet.write_string(0, 0, "案件办理结果反馈表", looks["title"])
    sheet.write_string(1, 0, "专项行动")
    sheet.write_string(1, 1, inert(campaign))
    row = 3
    for rule in RULES:
        sheet.merge_range(row, 0, row, 1, rule, looks["wrap"])
        sheet.set_row(row, 32)  # points: two lines
        row += 1
    for name, columns in SHEETS.items():
        row += 1
        sheet.write_string(row, 0, f"工作表“{name}”", looks["title"])
        for column in columns:
            row += 1
            sheet.write_string(row, 0, column.name + ("（必填）" if column.needed else ""))
            sheet.write_string(row, 1, column.about, looks["wrap"])
        row += 1


def _choices(book: Any, units: int) -> None:
    names = {name: [column.name for column in columns] for name, columns in SHEETS.items()}
    measures = [unit for some in UNITS.values() for unit in some]
    wanted: list[tuple[str, str, Any]] = [
        (CASES, "立案", list(YES)),
        (CASES, "刑事", list(YES)),
        (CASES, "公开", list(PUBLISH)),
        (SEIZURES, "种类", list(KINDS)),
        (SEIZURES, "单位", measures),
    ]
    if units:
        wanted.append((CASES, "单位", f"={CHOICES}!$A$1:$A${units}"))
    for sheet, column, source in wanted:
        place = names[sheet].index(column)
        rule = {
            "validate": "list",
            "source": source,
            "error_title": "请从列表中选",
            "error_message": f"“{column}”请从列表中选",
        }
        book.get_worksheet_by_name(sheet).data_validation(1, place, ROWS, place, rule)
