"""Leads become a file: CSV, JSONL or a spreadsheet, safe to open, marked as what they are."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from console.fragments import Texts
from wangdun.masking import mask, mask_in
from wangdun.output import json_text, plain
from wangdun.words import CATEGORIES, CHANNELS, CONTACTS, DEPARTMENTS, INTENTS, NOTICE, VERDICTS, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime, tzinfo
    from io import FileIO
    from pathlib import Path

    from storage.leads import Lead

Format: TypeAlias = Literal["csv", "jsonl", "xlsx"]
CELL = 32_000  # characters; a spreadsheet cell holds 32,767
SHEET_ROWS = 1_000_000  # a sheet holds 1,048,576
FORMULA_STARTS = tuple("=+-@\t\r＝＋－＠")
COLUMNS = (
    "编号", "风险", "分值", "命中词", "类别", "命中方式", "命中原文", "意图", "主办部门", "协办部门", "标题", "正文", "站点",
    "卖家", "联系方式", "价格", "所在地", "发布时间", "首次发现", "最近见到", "页面已消失", "此后有改动", "链接", "词库版本",
    "未遵守 robots.txt 的理由", "监测单位", f"说明：{NOTICE}",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Export:
    """How leads are written down."""

    zone: tzinfo
    full: bool
    """Contacts unmasked."""
    reasons: dict[str, str]
    """Site -> why its robots.txt is not obeyed."""
    unit: str = ""
    """Who watches: the unit that found the leads."""

    def facts(self, lead: Lead) -> dict[str, Any]:
        """One lead for a program, JSON-ready."""
        hide, texts = self.hider(lead), self.texts(lead)
        return {
            "notice": NOTICE,
            "unit": self.unit or None,
            "id": lead.id,
            "verdict": lead.verdict,
            "score": lead.score,
            "status": lead.status,
            "intent": lead.intent,
            "departments": list(lead.departments),
            "title": hide(lead.title),
            "text": texts.shown,
            "url": lead.url,
            "site": lead.site,
            "key": lead.key,
            "seller": hide(lead.seller) if lead.seller else None,
            "contacts": [{"kind": one.kind, "value": self._contact(one.value)} for one in lead.contacts],
            "price": hide(lead.price_text) if lead.price_text else None,
            "region": hide(lead.region) if lead.region else None,
            "posted_at": _iso(lead.posted_at),
            "first_seen": _iso(lead.first_seen),
            "last_seen": _iso(lead.last_seen),
            "gone_at": _iso(lead.gone_at),
            "changed_since": lead.changed_since,
            "page_state": lead.page_state or None,
            "images": list(lead.images),
            "hits": [_hit(hit, texts) for hit in lead.hits],
            "lexicon_version": lead.lexicon_version,
            "robots_override": self.reasons.get(lead.site),
            "contacts_masked": not self.full,
        }

    def row(self, lead: Lead) -> tuple[str, ...]:
        """One lead for people, in the order of `COLUMNS`."""
        hide, texts = self.hider(lead), self.texts(lead)
        departments = [said(DEPARTMENTS, one) for one in lead.departments]
        contacts = (f"{said(CONTACTS, one.kind)} {self._contact(one.value)}" for one in lead.contacts)
        return (
            str(lead.id),
            said(VERDICTS, lead.verdict),
            f"{lead.score:.1f}",
            "、".join(lead.terms),
            _joined(said(CATEGORIES, hit.category) for hit in lead.hits),
            _joined(said(CHANNELS, hit.channel) for hit in lead.hits),
            _joined(texts.quoted(hit.matched, hit.start, hit.end) for hit in lead.hits),
            said(INTENTS, lead.intent),
            "".join(departments[:1]),
            "、".join(departments[1:]),
            hide(lead.title),
            texts.shown[len(lead.text) - len(lead.text.removeprefix(lead.title).removeprefix("\n")) :],
            lead.site,
            hide(lead.seller or ""),
            "；".join(contacts),
            hide(lead.price_text or ""),
            hide(lead.region or ""),
            *(self._time(moment) for moment in (lead.posted_at, lead.first_seen, lead.last_seen, lead.gone_at)),
            "是" if lead.changed_since else "",
            lead.url,
            lead.lexicon_version,
            self.reasons.get(lead.site, ""),
            self.unit,
            NOTICE,
        )

    def hider(self, lead: Lead) -> Callable[[str], str]:
        """What makes a text of this lead fit to be handed on."""
        if self.full:
            return str
        return lambda text: mask_in(text, lead.contacts)

    def texts(self, lead: Lead) -> Texts:
        """The lead's text and what is handed on of it: quotes are cut out of the masked whole."""
        return Texts(lead.text, self.hider(lead)(lead.text))

    def _contact(self, value: str) -> str:
        return value if self.full else mask(value)

    def _time(self, moment: datetime | None) -> str:
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def _joined(words: Iterable[str]) -> str:
    return "、".join(dict.fromkeys(words))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _hit(hit: Any, texts: Texts) -> dict[str, Any]:
    names = ("entry", "term", "kind", "category", "channel", "start", "end", "weight", "clause")
    return {name: getattr(hit, name) for name in names} | {"matched": texts.quoted(hit.matched, hit.start, hit.end)}


def write(leads: Iterable[Lead], path: Path, form: Format, export: Export) -> int:
    """Write all leads to `path` in flat memory; how many there were. Raises OSError."""
    writer = {"csv": _write_csv, "jsonl": _write_jsonl, "xlsx": _write_xlsx}[form]
    return writer(leads, path, export)


def _write_jsonl(leads: Iterable[Lead], path: Path, export: Export) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for lead in leads:
            file.write(json_text(export.facts(lead)) + "\n")
            count += 1
    return count


def harmless_cell(text: str) -> str:
    """Text that no spreadsheet program takes for a formula and no file format refuses."""
    text = plain(text)
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) or text.startswith(FORMULA_STARTS) else text


def _write_csv(leads: Iterable[Lead], path: Path, export: Export) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark tells Excel and WPS that it is UTF-8
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for lead in leads:
            writer.writerow([harmless_cell(_cut(cell)) for cell in export.row(lead)])
            count += 1
    return count


def _cut(text: str) -> str:
    return text if len(text) <= CELL else text[:CELL] + "…（已截断，全文见 JSONL 导出）"


class OutFile:
    """A file for a writer of zip archives, which goes on writing as it is thrown away: that must fail only once."""

    def __init__(self, file: FileIO) -> None:
        self.file = file
        self._failed = False

    @property
    def failed(self) -> bool:
        """Nobody wants it any more: here or elsewhere, something could not be written."""
        return self._failed or self.file.closed

    def write(self, data: bytes) -> int:
        """Raises OSError, the first time."""
        left = memoryview(b"" if self.failed else data)
        try:
            while left:
                left = left[self.file.write(left) :]
        except OSError:
            self._failed = True
            raise
        return len(data)

    def flush(self) -> None:
        """Nothing is kept back."""

    def seek(self, place: int, whence: int = 0) -> int:
        """As of any file, until it has failed."""
        return 0 if self.failed else self.file.seek(place, whence)

    def tell(self) -> int:
        """As of any file, until it has failed."""
        return 0 if self.failed else self.file.tell()


def _write_xlsx(leads: Iterable[Lead], path: Path, export: Export) -> int:
    from xlsxwriter.exceptions import FileCreateError

    with path.open("wb", buffering=0) as file:
        try:
            return _write_book(leads, OutFile(file), export)
        except FileCreateError as error:  # its only argument is the system's error
            raise error.args[0] from error


def _write_book(leads: Iterable[Lead], file: OutFile, export: Export) -> int:
    import xlsxwriter

    options = {
        "constant_memory": True,  # rows go to disk as they come
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    count = 0
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"title": NOTICE, "comments": NOTICE})
        for rows in _sheets(leads):
            count += _write_sheet(book, rows, export)
    return count


def _sheets(leads: Iterable[Lead]) -> Iterator[Iterator[Lead]]:
    """The leads in runs of `SHEET_ROWS`; at least one run, so that an empty export still says what it is."""
    source = iter(leads)
    ahead = next(source, None)

    def run() -> Iterator[Lead]:
        nonlocal ahead
        for _ in range(SHEET_ROWS):
            if ahead is None:
                return
            yield ahead
            ahead = next(source, None)

    yield run()
    while ahead is not None:
        yield run()


def _write_sheet(book: Any, rows: Iterator[Lead], export: Export) -> int:
    sheet = book.add_worksheet()
    bold = book.add_format({"bold": True})
    sheet.set_footer(f"&C{NOTICE}  &P/&N")
    sheet.freeze_panes(2, 0)
    sheet.set_column(0, len(COLUMNS) - 1, 14)  # characters: a date and time fit
    sheet.write_string(0, 0, NOTICE + (f"　监测单位：{plain(export.unit)}" if export.unit else ""), bold)
    for column, name in enumerate(COLUMNS):
        sheet.write_string(1, column, name, bold)
    count = 0
    for count, lead in enumerate(rows, start=1):
        for column, cell in enumerate(export.row(lead)):
            sheet.write_string(count + 1, column, plain(_cut(cell)))
    return count
