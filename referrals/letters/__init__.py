"""Letters: what goes with leads to another office, described once, set as an editable document and as a PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from referrals.letters.kinds import KINDS, NO_EVIDENCE, TOGETHER, LetterField, LetterKind, hides_by_default
from referrals.letters.parties import Contact, Office
from referrals.letters.told import title_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from referrals.letters.model import Letter
    from storage.referral.records import ReferralCase

__all__ = [
    "KINDS",
    "NO_EVIDENCE",
    "TOGETHER",
    "Contact",
    "LetterField",
    "LetterKind",
    "Office",
    "hides_by_default",
    "letter",
    "render",
    "sample",
    "title_of",
]


def letter(
    case: ReferralCase, office: Office, department: Contact, made_at: datetime, names: Mapping[str, str] | None = None
) -> Letter:
    """The letter of a referral. Moments are told in the zone of `made_at`; `names`: code -> department, for 抄送.

    Raises:
        LetterError: no leads, no receiver, an unknown kind, a lead without evidence; says which.
    """
    from referrals.letters.writing import written

    return written(case, office, department, made_at, names or {})


def render(letter: Letter, form: Literal["docx", "pdf"], template: Path | None = None) -> bytes:
    """The file. `template`: the office's own .docx with {{字段}}, for docx alone.

    Raises:
        TemplateError: the template cannot be read or names an unknown field; says where.
        Unprintable: PDF only, no Chinese typeface.
    """
    if form == "pdf":
        from referrals.letters.pdf import as_pdf

        return as_pdf(letter)
    if template is not None:
        from referrals.letters.template import fill

        return fill(template, letter)
    from referrals.letters.word import as_docx

    return as_docx(letter)


def sample(kind: str) -> bytes:
    """A .docx with all fields of this kind, for the office to change.

    Raises:
        LetterError: an unknown kind.
    """
    from referrals.letters.beginning import sample_docx

    return sample_docx(kind)
