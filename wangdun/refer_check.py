"""What the office may replace, tried before it is needed: its table of holidays, its templates of letters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wangdun.exceptions import UsageError
from wangdun.refer_papers import template_of

if TYPE_CHECKING:
    from referrals.letters.model import Letter
    from wangdun.config import Config

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)  # of a letter that nobody reads


def checked(config: Config) -> dict[str, Any]:
    """Which years the holidays are known of, which kinds of letters have templates of the office.

    Raises:
        UsageError: the table of holidays is not valid, every mistake is named; a template names an unknown field or is
        no document; a file or folder is not there.
    """
    from referrals.exceptions import HolidaysError, TemplateError
    from referrals.letters import KINDS, render
    from referrals.timing import holidays

    try:
        years = sorted(holidays.load(config.referrals.holidays).years)
    except HolidaysError as error:
        raise UsageError(str(error)) from error
    found = []
    for kind in KINDS:
        path = template_of(config, kind)
        if path is None:
            continue
        try:
            render(_empty(kind), "docx", path)
        except TemplateError as error:
            raise UsageError(f"函件模板 {path}：{error}") from error
        found.append(kind)
    return {"holidays": years, "templates": found}


def _empty(kind: str) -> Letter:
    """A letter that says nothing under all names there are."""
    from referrals.letters.model import Letter
    from referrals.letters.told import LEAD_FIELDS
    from referrals.letters.writing import field_names

    texts = dict.fromkeys(
        ("red_head", "number", "title", "receiver", "signer", "date", "remark", "copies", "printed", "notice"), ""
    )
    fields = tuple((name, "") for name in field_names(kind))
    rows = (tuple((name, "") for name in LEAD_FIELDS),)
    nothing = {"blocks": (), "attachments": (), "annexes": (), "slip": None}
    return Letter(kind=kind, made_at=MOMENT, fields=fields, rows=rows, **texts, **nothing)  # type: ignore[arg-type]
