"""Lists: the leads of a referral as a workbook, as text for other programs, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from referrals.lists.columns import CHINA

if TYPE_CHECKING:
    from datetime import tzinfo

    from storage.referral.records import ReferralCase


def as_xlsx(case: ReferralCase, *, masked: bool | None = None, zone: tzinfo = CHINA) -> bytes:
    """A workbook of text cells. `masked`: None takes the referral's own choice."""
    from referrals.lists.book import workbook

    return workbook(case, zone, masked=masked)


def as_csv(case: ReferralCase, *, masked: bool | None = None, zone: tzinfo = CHINA) -> bytes:
    """UTF-8 with BOM, harmless when opened in a spreadsheet."""
    from referrals.lists.plain import csv_bytes

    return csv_bytes(case, zone, masked=masked)


def as_json(case: ReferralCase, *, masked: bool | None = None) -> bytes:
    """UTF-8, stable keys, moments in UTC; ASCII escapes only for what UTF-8 cannot hold."""
    from referrals.lists.plain import json_bytes

    return json_bytes(case, masked=masked)


__all__ = ["as_csv", "as_json", "as_xlsx"]
