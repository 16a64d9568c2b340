"""Reads a returned receipt: hostile until shown otherwise, every mistake told with its sheet and cell."""

from __future__ import annotations

import re
import zipfile
import zlib
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

from referrals.exceptions import ReceiptError
from referrals.papers.inert import inert
from referrals.receipts import LeadResult, ReturnedReceipt, form
from referrals.routing.words import meant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.referral.records import ReferralCase

LARGEST = 4 * 1024 * 1024  # bytes: a blank form of 5,000 leads has a tenth of it
UNPACKED = 60 * 1024 * 1024  # bytes of all parts together: the same form has a sixth
MOST_PARTS = 200
LONGEST = 2000  # characters of a remark
MOST_TOLD = 50  # mistakes: who has more has another file
DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
SERIAL = (36526, 73050)  # days since 1899-12-30: the years 2000 to 2099
EPOCH = date(1899, 12, 30)


def read(content: bytes, case: ReferralCase | None, today: date | None = None) -> ReturnedReceipt:
    """What was filled in.

    Raises:
        ReceiptError: as `referrals.receipts.read_xlsx` says.
    """
    _check_package(content)
    main, leads = _cells(content)
    return _Reader(main, leads, today).receipt(case)


def _check_package(content: bytes) -> None:
    """Bounds before anything is parsed."""
    if len(content) > LARGEST:
        raise ReceiptError(f"文件超过 {LARGEST // 1024 // 1024} MB，不是本系统的回执表")
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            parts = package.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > UNPACKED:
                raise ReceiptError("文件解开后太大，不是本系统的回执表")
            for part in parts:
                _check_part(package, part)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise ReceiptError(
            "不是完好的 xlsx 文件（可能已损坏、加密或是别的格式），请用 Excel 或 WPS 另存为 .xlsx"
        ) from error
    except zlib.error as error:
        raise ReceiptError("不是完好的 xlsx 文件：压缩内容已损坏") from error


def _check_part(package: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    name = part.filename.lower()
    if "vbaproject" in name or "macrosheet" in name or "activex" in name:
        raise ReceiptError("文件含有宏，不予读取；请另存为不带宏的 .xlsx")
    if "externallink" in name:
        raise ReceiptError("文件含有外部链接，不予读取；请断开链接后另存")
    if name.endswith((".xml", ".rels")) and b"<!DOCTYPE" in package.read(part):  # also reads it: a bad checksum shows
        raise ReceiptError(f"文件的 {part.filename} 含有实体定义，不予读取")


def _cells(content: bytes) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The two sheets' cells: as many rows and columns as the form can have, however many the file claims."""
    from openpyxl import load_workbook

    last, most = form.FIRST_ASKED + len(form.ASKED), form.HEAD + form.MOST_LEADS + 1
    found = {}
    try:
        book = load_workbook(BytesIO(content), read_only=True, keep_links=False)  # merged areas are not spread out
        try:
            for name, rows, columns in ((form.MAIN, last, 2), (form.LEADS, most, len(form.COLUMNS))):
                if name in book.sheetnames:
                    found[name] = list(book[name].iter_rows(min_row=1, max_row=rows, max_col=columns))
        finally:
            book.close()
    except Exception as error:  # the library raises whatever its parsers trip over: KeyError, TypeError, SyntaxError …
        raise ReceiptError("不是完好的 xlsx 文件：工作簿或工作表读不出来") from error
    missing = [name for name in (form.MAIN, form.LEADS) if name not in found]
    if missing:
        raise ReceiptError(f"缺少工作表“{'”“'.join(missing)}”，不是本系统的回执表")
    return found[form.MAIN], found[form.LEADS]


class _Reader:
    """Reads the cells of one receipt, collecting mistakes."""

    def __init__(self, main: list[tuple[Any, ...]], leads: list[tuple[Any, ...]], today: date | None) -> None:
        self.main, self.leads, self.today = main, leads, today
        self.mistakes: list[str] = []

    def receipt(self, case: ReferralCase | None) -> ReturnedReceipt:
        """All of it. Raises ReceiptError."""
        given = {name: self.labelled(form.FIRST + n, name) for n, name in enumerate(form.GIVEN)}
        asked = {name: form.FIRST_ASKED + n for n, name in enumerate(form.ASKED)}
        for name, row in asked.items():
            self.label(row, name)
        self.stop_if_wrong()
        results = self.results()
        received = self.day(asked["收到日期"])
        if received and self.today and received > self.today:
            self.wrong(form.MAIN, asked["收到日期"], 1, f"日期 {received} 还没有到")
        kind = self.choice(form.MAIN, self.main, asked["处理结果"], 1)
        texts = {
            name: self.text(form.MAIN, self.main, asked[name], 1) for name in ("收件人", "回执编号", "立案文号", "说明")
        }
        if all(results):  # an unreadable number was told already
            self.check_belonging(given, [one for one in results if one], case)
        self.check_sense(kind, texts, asked)
        self.stop_if_wrong()
        if not (received or kind or any(texts.values()) or any(one.kind for one in results if one)):
            raise ReceiptError(f"工作表“{form.MAIN}”：什么都没有填")
        return ReturnedReceipt(
            int(given["移送编号"]), given["文号"], received, texts["收件人"], texts["回执编号"],
            kind or "receive", texts["立案文号"], texts["说明"], tuple(one for one in results if one),
        )  # fmt: skip

    def stop_if_wrong(self) -> None:
        """Tell all mistakes so far."""
        if self.mistakes:
            more = [f"……另有 {len(self.mistakes) - MOST_TOLD} 处"] if len(self.mistakes) > MOST_TOLD else []
            raise ReceiptError("\n".join([*self.mistakes[:MOST_TOLD], *more]))

    def wrong(self, sheet: str, row: int, column: int, said: str) -> None:
        """Note a mistake."""
        self.mistakes.append(f"工作表“{sheet}”{chr(ord('A') + column)}{row}：{said}")

    def label(self, row: int, name: str) -> None:
        """The form's own words must be where they were."""
        found = self.text(form.MAIN, self.main, row, 0)
        if found != name:
            self.wrong(form.MAIN, row, 0, f"应为“{name}”，现在是“{found[:20]}”，表格被改动过")

    def labelled(self, row: int, name: str) -> str:
        """The value behind one of the form's own words."""
        self.label(row, name)
        return self.text(form.MAIN, self.main, row, 1)

    def value(self, sheet: str, cells: list[tuple[Any, ...]], row: int, column: int) -> Any:
        """A cell's content; formulas and errors are mistakes."""
        if row > len(cells) or column >= len(cells[row - 1]):
            return None
        cell = cells[row - 1][column]
        kind = getattr(cell, "data_type", "n")
        if kind == "f":
            self.wrong(sheet, row, column, "是公式，请改填文字")
            return None
        if kind == "e":
            self.wrong(sheet, row, column, f"是错误值 {cell.value}")
            return None
        return cell.value

    def text(self, sheet: str, cells: list[tuple[Any, ...]], row: int, column: int) -> str:
        """As text, harmless."""
        value = self.value(sheet, cells, row, column)
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # spreadsheets make 12.0 of a typed 12
        if isinstance(value, datetime):
            value = value.date()
        said = str(value).strip()
        if len(said) > LONGEST:
            self.wrong(sheet, row, column, f"太长（{len(said)} 个字），最多 {LONGEST} 个字")
            return ""
        return inert(said, LONGEST)

    def day(self, row: int) -> date | None:
        """A date, as a date, a serial number or a text."""
        value = self.value(form.MAIN, self.main, row, 1)
        if value is None or not str(value).strip():
            return None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, int | float) and not isinstance(value, bool) and SERIAL[0] <= value <= SERIAL[1]:
            return EPOCH + timedelta(days=int(value))
        found = DAY.fullmatch(str(value).strip()[:40])
        try:
            if found:
                return date(*(int(part) for part in found.groups()))
        except ValueError:
            pass  # 2026-02-30: told below
        self.wrong(form.MAIN, row, 1, f"不是日期：“{str(value)[:40]}”，请写成 2026-11-22")
        return None

    def choice(self, sheet: str, cells: list[tuple[Any, ...]], row: int, column: int) -> str:
        """One of the words of the list, as a kind of answer."""
        said = self.text(sheet, cells, row, column)
        if said and said not in form.CHOICES:
            self.wrong(
                sheet,
                row,
                column,
                f"没有这种结果：“{said[:20]}”{meant(said, form.CHOICES)}（可填：{'、'.join(form.CHOICES)}）",
            )
        return form.CHOICES.get(said, "")

    def results(self) -> list[LeadResult | None]:
        """The second sheet's rows; None: one whose number cannot be read."""
        for column, name in enumerate(form.COLUMNS):
            found = self.text(form.LEADS, self.leads, form.HEAD, column)
            if found != name:
                self.wrong(form.LEADS, form.HEAD, column, f"应为“{name}”，现在是“{found[:20]}”，表格被改动过")
        self.stop_if_wrong()
        filled = (
            row
            for row in range(form.HEAD + 1, len(self.leads) + 1)
            if any(cell.value not in (None, "") for cell in self.leads[row - 1])
        )
        return [self.result(row) for row in filled]

    def result(self, row: int) -> LeadResult | None:
        """One lead's row."""
        number = self.text(form.LEADS, self.leads, row, 1)
        if not re.fullmatch(r"[0-9]{1,18}", number):
            self.wrong(form.LEADS, row, 1, f"不是线索编号：“{number[:20]}”")
            return None
        kind = self.choice(form.LEADS, self.leads, row, 4)
        reference, note = (self.text(form.LEADS, self.leads, row, column) for column in (5, 6))
        return LeadResult(row, int(number), kind, reference, note)

    def check_belonging(self, given: dict[str, str], results: Iterable[LeadResult], case: ReferralCase | None) -> None:
        """It is a form of this program, of this referral, with all of its rows."""
        ids = [one.lead_id for one in results]
        rows = {name: form.FIRST + n for n, name in enumerate(form.GIVEN)}
        if given["格式"] != form.FORMAT:
            self.wrong(form.MAIN, rows["格式"], 1, f"不认识这种回执：“{given['格式'][:30]}”")
        if not re.fullmatch(r"[0-9]{1,18}", given["移送编号"]):
            self.wrong(form.MAIN, rows["移送编号"], 1, f"不是移送编号：“{given['移送编号'][:20]}”")
            return
        if case is not None and int(given["移送编号"]) != case.referral.id:
            said = f"这是另一件移送（{given['文号'][:40]}）的回执，不是 {case.referral.number} 的"
            self.wrong(form.MAIN, rows["文号"], 1, said)
            return
        if given["核对码"] != form.check_code(given["文号"], int(given["移送编号"]), ids):
            self.wrong(
                form.MAIN, rows["核对码"], 1, "核对不上：文号、移送编号或线索各行被改动、增删过，请用原表重新填写"
            )
        elif case is not None and ids != [lead.lead_id for lead in case.leads]:
            self.wrong(form.LEADS, form.HEAD + 1, 1, "线索与该件移送现在的线索不一致")

    def check_sense(self, kind: str, texts: dict[str, str], asked: dict[str, int]) -> None:
        """What a result cannot go without."""
        if kind == "file" and not texts["立案文号"]:
            self.wrong(form.MAIN, asked["立案文号"], 1, "处理结果为已立案的，须填立案文号")
        if kind in {"decline", "not_file", "pass_on"} and not texts["说明"]:
            self.wrong(form.MAIN, asked["说明"], 1, "须写明理由（转送的写明转送单位）")
        if kind == "close" and not texts["说明"]:
            self.wrong(form.MAIN, asked["说明"], 1, "处理结果为已办结的，须写明办理结果")
