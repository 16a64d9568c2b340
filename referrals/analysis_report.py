"""专题分析报告: what a period's leads show, with charts, and an annex by which each figure can be made again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from referrals.papers.model import Paper
    from storage.referral.analysis import Analysis


def paper(analysis: Analysis, *, unit: str, masked: bool = True) -> Paper:
    """The report; `referrals.papers.word.as_docx` and `referrals.papers.pdf.as_pdf` make files of it."""
    raise NotImplementedError
