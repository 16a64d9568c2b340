"""A workbook from outside as plain rows: bounded in size and time, no formulas, no entities, whatever it claims to be."""

from __future__ import annotations

import re
import warnings
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from referrals.exceptions import ImportRefused, Mistake

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LARGEST = 10 << 20  # bytes of the file: ten thousand cases with their texts
UNPACKED = 40 << 20  # bytes of all parts: some five seconds of reading
PARTS = 300  # a workbook of this form has twelve
MOST_ROWS = 5_000  # filled rows of a sheet: more than a province has cases in a campaign
DEEPEST = 20_000  # nobody fills in a row below that: something is wrong with the file
WIDEST = 30  # columns that are looked at: the form has 16
LONGEST = 32_767  # characters: what a cell may hold
ENTITIES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Line:
    """One filled row of a sheet."""

    number: int
    """From 1, as the program that made it shows."""
    values: Mapping[str, Any]
    """Column name -> text, number, day; columns that are empty are missing."""
    letters: Mapping[str, str]
    """Column name -> its letter."""

    def place(self, column: str) -> str:
        """``C（日期）``."""
        return f"{self.letters.get(column, '')}（{column}）"


def read(content: bytes, name: str, sheets: Mapping[str, Sequence[str]]) -> dict[str, list[Line]]:
    """The filled rows of each sheet, below its head. `sheets`: name -> names of its columns.

    Raises:
        ImportRefused: no workbook, too large, a sheet or a column is missing, formulas or errors stand in cells.
    """
    _check(content, name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # parts of a workbook that the library does not know are none of ours
            return _read(content, name, sheets)
    except ImportRefused:
        raise
    except Exception as error:  # a damaged workbook makes the library raise whatever it stumbles over
        raise ImportRefused(name, [Mistake("", 0, "", f"不是完好的 xlsx 文件（{type(error).__name__}）")]) from error


def _check(content: bytes, name: str) -> None:
    wrong = _unfit(content)
    if wrong:
        raise ImportRefused(name, [Mistake("", 0, "", wrong)])


def _unfit(content: bytes) -> str:
    if len(content) > LARGEST:
        return f"文件超过 {LARGEST >> 20} MB"
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > PARTS:
                return f"文件里有 {len(parts)} 个部分，不像是反馈表"
            if sum(part.file_size for part in parts) > UNPACKED:
                return f"解压后超过 {UNPACKED >> 20} MB，未读取"
            if any(_has_entities(archive, part) for part in parts):
                return "文件含外部实体或文档类型声明，未读取"
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        return "不是 xlsx 文件（或已加密、已损坏）；旧格式 xls 请另存为 xlsx"
    return ""


def _has_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
        return False
    raw = archive.read(part)
    # in UTF-16 the words cannot be looked for; programs that make workbooks write UTF-8
    return raw[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in raw[:64] or ENTITIES.search(raw) is not None


def _read(content: bytes, name: str, sheets: Mapping[str, Sequence[str]]) -> dict[str, list[Line]]:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
    mistakes: list[Mistake] = []
    found = {}
    try:
        for sheet, columns in sheets.items():
            if sheet not in book.sheetnames:
                mistakes.append(Mistake(sheet, 0, "", "没有这张工作表，请用“反馈表模板”填写"))
                continue
            found[sheet] = list(_lines(book[sheet], sheet, columns, mistakes))
    finally:
        book.close()
    if mistakes:
        raise ImportRefused(name, mistakes)
    return found


def _lines(sheet: Any, title: str, columns: Sequence[str], mistakes: list[Mistake]) -> Iterator[Line]:
    sheet.reset_dimensions()  # what a file says of its own size is not to be believed
    rows = sheet.iter_rows(max_col=WIDEST)
    head = [_text(cell.value) for cell in next(rows, ())]
    absent = [column for column in columns if column not in head]
    if absent:
        mistakes.append(Mistake(title, 1, "", f"表头缺少：{'、'.join(absent)}；请用“反馈表模板”填写"))
        return
    places = {column: head.index(column) for column in columns}
    letters = {column: _letter(place) for column, place in places.items()}
    filled = 0
    for number, row in enumerate(rows, 2):
        if all(cell.value is None for cell in row):  # of these there may be a million
            continue
        cells = {column: row[place] for column, place in places.items() if place < len(row)}
        values = {column: cell.value for column, cell in cells.items() if not _empty(cell.value)}
        if not values:
            continue
        filled += 1
        if filled > MOST_ROWS or number > DEEPEST:
            said = (
                f"超过 {MOST_ROWS} 行，请分成几份" if filled > MOST_ROWS else f"第 {DEEPEST} 行以下还有内容，请移到上面"
            )
            mistakes.append(Mistake(title, number, "", said))
            return
        line = Line(number, values, letters)
        wrong = [
            Mistake(title, number, line.place(column), said) for column in values if (said := _wrong(cells[column]))
        ]
        mistakes.extend(wrong)
        yield line


def _wrong(cell: Any) -> str:
    if cell.data_type == "f" or (
        not isinstance(cell.value, str | int | float | bool) and not hasattr(cell.value, "year")
    ):
        return "是公式，请改成数值"
    if cell.data_type == "e":
        return f"是错误值 {str(cell.value)[:20]}"
    if isinstance(cell.value, str) and len(cell.value) > LONGEST:
        return f"超过 {LONGEST} 个字"
    return ""


def _empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _text(value: Any) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _letter(place: int) -> str:
    return LETTERS[place] if place < len(LETTERS) else LETTERS[place // 26 - 1] + LETTERS[place % 26]
