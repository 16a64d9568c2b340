"""Reads the filled form: all rows, or all mistakes with sheet, row and column. Hostile files stay small."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from storage.referral.feedback_records import NewFeedback


def read_xlsx(
    content: bytes, name: str, today: date, *, campaign_id: int | None = None, referral_id: int | None = None
) -> tuple[NewFeedback, ...]:
    """All cases of the file. Raises `referrals.exceptions.ImportRefused` with `.mistakes` (sheet, row, column, reason)."""
    raise NotImplementedError
