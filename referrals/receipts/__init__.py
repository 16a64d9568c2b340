"""Receipts: a workbook that the receiving office fills in and returns, and what it says then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from storage.referral.records import ReferralCase


@dataclass(frozen=True, slots=True)
class LeadResult:
    """What the receiving office says of one lead."""

    row: int
    """In the sheet 线索结果, from 1."""
    lead_id: int
    kind: str
    """accept, decline, pass_on, file, not_file, close; empty where nothing was filled in."""
    reference: str
    note: str


@dataclass(frozen=True, slots=True)
class ReturnedReceipt:
    """A filled-in workbook."""

    referral_id: int
    number: str
    """文号 of the referral."""
    received_on: date | None
    person: str
    reference: str
    """回执编号."""
    kind: str
    """receive, accept, decline, pass_on, file, not_file, close: an answer's kind; empty where nothing was chosen."""
    case_reference: str
    """立案文号."""
    note: str
    leads: tuple[LeadResult, ...]
    """Of all leads, in the order of the list."""


def blank_xlsx(case: ReferralCase) -> bytes:
    """The workbook to go with the letter."""
    from referrals.receipts.blank import blank

    return blank(case)


def read_xlsx(content: bytes, case: ReferralCase | None = None, today: date | None = None) -> ReturnedReceipt:
    """What was filled in. `case`: the referral it must belong to, where the caller knows; no date is after `today`.

    Raises:
        ReceiptError: not such a workbook, damaged, altered, of another referral, with macros, too large; one line for
        each mistake, naming sheet and cell.
    """
    from referrals.receipts.reading import read

    return read(content, case, today)


__all__ = ["LeadResult", "ReturnedReceipt", "blank_xlsx", "read_xlsx"]
