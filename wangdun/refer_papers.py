"""The papers of a referral: letter, lists and the form for the answer, made from a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from wangdun.exceptions import UsageError
from wangdun.refer_wishes import office_name

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from referrals.letters import Contact, Office
    from referrals.letters.model import Letter
    from storage.referral.records import FileKind, Referral, ReferralCase
    from wangdun.config import Config

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class MadeFile:
    """One paper."""

    kind: FileKind
    name: str
    media_type: str
    content: bytes


def office_of(config: Config) -> Office:
    """Who writes. Raises UsageError: the office has no name."""
    from referrals.letters import Office

    facts = {name: getattr(config.referrals.office, name) for name in ("address", "phone", "person", "red_head")}
    return Office(name=office_name(config), **facts)


def contact_of(config: Config, referral: Referral) -> Contact:
    """Whom the letter goes to."""
    from referrals.letters import Contact

    known = config.referrals.department(referral.department)
    return Contact(referral.receiver or known.name, known.person, known.phone, known.address)


def letter_of(config: Config, case: ReferralCase, made_at: datetime) -> Letter:
    """The letter, free of any format.

    Raises:
        UsageError: the office has no name.
        ReferralError: the letter cannot be written from this case.
    """
    from referrals.config import NAMES
    from referrals.letters import letter

    names = {str(code): config.referrals.department(code).name for code in NAMES}
    here = made_at.astimezone(ZoneInfo("Asia/Shanghai"))
    return letter(case, office_of(config), contact_of(config, case.referral), here, names)


def template_of(config: Config, kind: str) -> Path | None:
    """The office's own template for this kind of letter; None where it has none. Raises UsageError: no such folder."""
    folder = config.referrals.templates
    if folder is None:
        return None
    if not folder.is_dir():
        raise UsageError(f"函件模板文件夹不存在（referrals.templates）：{folder}")
    path = folder / f"{kind}.docx"
    return path if path.exists() else None


def papers(config: Config, case: ReferralCase, now: datetime) -> tuple[MadeFile, ...]:
    """All papers of a referral but the evidence package.

    Raises:
        UsageError: the office has no name, or its templates are not there.
        ReferralError: a paper cannot be made; says why.
    """
    from referrals import lists, receipts
    from referrals.letters import KINDS, render

    letter, kind = letter_of(config, case, now), KINDS[case.referral.template]
    made = [
        MadeFile("letter", f"{kind.name}.docx", DOCX, render(letter, "docx", template_of(config, kind.code))),
        MadeFile("letter", f"{kind.name}.pdf", "application/pdf", render(letter, "pdf")),
        MadeFile("list", "线索清单.xlsx", XLSX, lists.as_xlsx(case)),
        MadeFile("list", "线索清单.csv", "text/csv", lists.as_csv(case)),
        MadeFile("list", "线索清单.json", "application/json", lists.as_json(case)),
        MadeFile("attachment", "回执.xlsx", XLSX, receipts.blank_xlsx(case)),
    ]
    return tuple(made)
