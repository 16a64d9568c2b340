"""Drafts of stage and final reports (贯彻落实情况报告) from the office's own template texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

    from referrals.papers.model import Paper
    from storage.database import Database


def draft(  # noqa: PLR0913 -- one fact each
    db: Database,
    campaign_id: int,
    kind: Literal["stage", "final"],
    *,
    until: date,
    unit: str,
    now: datetime,
    template: Path | None = None,
) -> Paper:
    """The draft; `referrals.papers.word.as_docx` and `referrals.papers.pdf.as_pdf` make files of it.

    Raises:
        TemplateError: the template cannot be read, or names an unknown field; the line is told.
        Absent: there is no such campaign.
    """
    raise NotImplementedError
