"""What can go wrong while something is made for another office, in words for the person at the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_SHOWN = 20  # mistakes of one file: a screenful; the rest shows up in the next try


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong in a file."""

    sheet: str
    """Empty where the whole file is meant."""
    row: int
    """From 1; 0 where the whole sheet is meant."""
    column: str
    """Letter and name, ``C（日期）``; empty where the whole row is meant."""
    reason: str

    def __str__(self) -> str:
        row = f"第 {self.row} 行" if self.row else ""
        column = f"{self.column} 列" if self.column else ""
        place = " ".join(part for part in (self.sheet, row, column) if part)
        return f"{place}：{self.reason}" if place else self.reason


class ReferralError(Exception):
    """Raised by this package when what was asked for cannot be made as asked; `str()` is Chinese."""


class Unfaithful(ReferralError):  # noqa: N818 -- it is what the evidence has become
    """Raised by `referrals.package` when a stored file is missing or is no longer what was sealed."""


class Unprintable(ReferralError):  # noqa: N818 -- it is a state of this machine
    """Raised by `referrals.papers.pdf` when this machine cannot set a document: no Chinese font."""


class RulesError(ReferralError):
    """Raised by `referrals.routing.rules` when the table of duties is not valid; one line ``file:line  …`` a mistake."""


class LetterError(ReferralError):
    """Raised by `referrals.letters` when a letter cannot be written from this case; says what is missing."""


class TemplateError(ReferralError):
    """Raised by `referrals.letters` when an office's own .docx cannot be filled; names the field and the place."""


class ReceiptError(ReferralError):
    """Raised by `referrals.receipts` when a returned workbook cannot be read; names the sheet and the cell."""


class ImportRefused(ReferralError):  # noqa: N818 -- the file is at fault
    """Raised by `referrals.feedback_import` when a filled form cannot be read as a whole: every mistake is named."""

    def __init__(self, name: str, mistakes: Sequence[Mistake]) -> None:
        """`name`: of the file, as people know it."""
        self.mistakes = tuple(mistakes)
        shown = [f"  {one}" for one in self.mistakes[:MOST_SHOWN]]
        more = [f"  ……另有 {len(self.mistakes) - MOST_SHOWN} 处"] if len(self.mistakes) > MOST_SHOWN else []
        head = f"{name}：有 {len(self.mistakes)} 处错误，一条也没有导入"
        super().__init__("\n".join([head, *shown, *more]))


class HolidaysError(ReferralError):
    """Raised by `referrals.timing` when the table of holidays is not valid; one line ``file:line  …`` a mistake."""
