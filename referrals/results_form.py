"""《网盾行动成果表》 as xlsx, docx and PDF, with an annex that traces each figure to its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from referrals import results_workbook
from referrals.papers.model import Break, Grouped, Head, Heading, Lines, Paper, Sides
from referrals.papers.pdf import as_pdf
from referrals.papers.word import as_docx
from storage.referral.form_records import COLUMNS, PRODUCTS_RULE, shown
from storage.review.wording import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from referrals.papers.model import Block
    from storage.referral.form_records import Cell, Form, Row

MEDIA: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}
TITLE: Final = "网盾行动成果表"
NOTE: Final = f"注：{PRODUCTS_RULE}。"
UNIT_SHARE, SHARE = 1.9, 1.0
KINDS: Final = {"feedback": "反馈", "seizure": "反馈", "figure": "填报数"}
ANNEX_HEAD: Final = ("单位", "栏", "项目", "数值", "来源", "内容")


def render(form: Form, extension: str, *, unit: str, made_at: datetime) -> bytes:
    """The finished file; `extension`: xlsx, docx or pdf. `unit`: 填表单位.

    Raises:
        Unprintable: a PDF on a machine without a Chinese typeface.
        KeyError: another extension.
    """
    makers: dict[str, Any] = {"docx": as_docx, "pdf": as_pdf}
    if extension == "xlsx":
        return results_workbook.as_xlsx(form, unit=unit, made_at=made_at)
    return bytes(makers[extension](paper(form, unit=unit, made_at=made_at), made_at))


def paper(form: Form, *, unit: str, made_at: datetime) -> Paper:
    """The form and its annex as one paper, A4 across."""
    blocks: list[Block] = [
        Sides(f"填表单位：{unit}", f"填表时间：{day(made_at)}"),
        table(form, size=9),
        Lines((NOTE, *period(form)), small=True),
        Break(),
        Heading("附：成果表数据来源"),
        *_annex(form),
    ]
    if form.warnings:
        blocks += [Heading("需要核实"), Lines(form.warnings, small=True)]
    return Paper(TITLE, "", f"{form.campaign.name}　成果表", tuple(blocks), landscape=True)


def day(moment: datetime) -> str:
    """``2026年3月5日``."""
    local = moment.astimezone(ZONE)
    return f"{local.year}年{local.month}月{local.day}日"


def period(form: Form) -> tuple[str, ...]:
    """Up to when the form counts; nothing where it counts all."""
    if form.until is None:
        return ()
    return (f"数据截至 {form.until.year}年{form.until.month}月{form.until.day}日。",)


def table(form: Form, *, size: float) -> Grouped:
    """The ruled form itself."""
    rows = [(row.unit, *(shown(cell.value) for cell in row.cells)) for row in (*form.rows, form.total)]
    return Grouped(
        head=head(),
        widths=(UNIT_SHARE, *(SHARE for _ in COLUMNS)),
        rows=tuple(rows),
        bold=frozenset({len(form.rows)}),
        size=size,
    )


def head() -> tuple[tuple[Head, ...], ...]:
    """Three lines: groups, columns with their measures, numbers of the columns."""
    groups = list(dict.fromkeys(one.group for one in COLUMNS))
    sizes = {group: sum(one.group == group for one in COLUMNS) for group in groups}
    return (
        (Head("单位", down=3), *(Head(group, across=sizes[group]) for group in groups)),
        tuple(Head(f"{one.name}\n（{one.measure}）") for one in COLUMNS),
        tuple(Head(str(one.number)) for one in COLUMNS),
    )


def _annex(form: Form) -> Iterator[Grouped | Lines]:
    rows = tuple(annex_rows(form))
    if not rows:
        yield Lines(("各栏均为 0，没有反馈记录和填报数。",), small=True)
        return
    heads = tuple(Head(name) for name in ANNEX_HEAD)
    yield Grouped((heads,), (1.4, 0.5, 2.2, 0.9, 1.4, 6), rows, left=frozenset({0, 2, 5}), size=8.5)


def annex_rows(form: Form) -> Iterator[tuple[str, ...]]:
    """Unit, column, its name, what is added, the row it comes from, and what that says; in the form's order."""
    for row in form.rows:
        for cell in row.cells:
            yield from _traced(row, cell)


def _traced(row: Row, cell: Cell) -> Iterator[tuple[str, ...]]:
    column = COLUMNS[cell.column - 1]
    name = f"{column.name}（{column.measure}）"
    for source in cell.sources:
        place = f" 第 {source.position + 1} 行" if source.position is not None else ""
        where = f"{KINDS[source.kind]} {source.row_id}{place}"
        yield (row.unit, str(cell.column), name, shown(source.value), where, source.text)
