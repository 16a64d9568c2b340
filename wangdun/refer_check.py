"""What the office may replace, tried before it is needed: its table of holidays, its templates of letters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wangdun.exceptions import UsageError
from wangdun.refer_papers import template_of
from wangdun.refer_wishes import own_department

if TYPE_CHECKING:
    from referrals.letters.model import Letter
    from wangdun.config import Config

MARKS = {
    "forestry": "林业", "agriculture": "农业农村", "market_supervision": "市场监督管理", "public_security": "公安",
    "cyberspace": "网络安全和信息化", "postal": "邮政管理", "customs": "海关",
}  # fmt: skip
"""Department -> what the names of its offices hold."""
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


def hints(config: Config) -> list[str]:
    """What letters would say awkwardly: departments without their full names, an office that does not say which it is.

    Nothing where the office has not set up referrals at all.
    """
    from referrals.config import NAMES

    settings = config.referrals
    office = settings.office.name.strip() or config.crawler.unit.strip()
    if not office:
        return []
    named = {str(code) for code, known in settings.departments.items() if known.name}
    own = own_department(config)
    bare = [f"{name}（{code}）" for code, name in NAMES.items() if code not in {*named, own, "platform"}]
    found = [f"referrals.departments  没有填写全称，函件将用通用名称：{'、'.join(bare)}"] if bare else []
    alike = next((code for code, mark in MARKS.items() if mark in office and code not in named), "")
    if alike and not own:
        found.append(f"referrals.office.department  本单位（{office}）如是 {alike}，请写明，以免移送给自己")
    return found


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
