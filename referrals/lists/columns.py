"""What the lists hold of each lead, in which order and how wide."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Final

from referrals.hiding import shown
from referrals.letters.kinds import KINDS
from referrals.letters.told import LEAD_FIELDS, lead_facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from storage.referral.records import ReferralCase, ReferredLead

PRINTED: Final = 13
"""Columns on paper, from the left: all would be too small to read; the others are for the screen."""
CHINA: Final = timezone(timedelta(hours=8), "UTC+8")
"""One zone for the whole country, without daylight saving."""
WIDTHS: Final[dict[str, float]] = {
    "序号": 6, "编号": 9, "标题": 36, "网址": 40, "网站": 16, "账号": 16, "联系方式": 22, "标价": 12, "地区": 12, "类别": 14,
    "标的": 16, "行为": 8, "重点": 20, "命中": 30, "依据": 34, "摘要": 60, "发布时间": 17, "首次发现": 17, "固定时间": 17,
    "证据校验值": 26, "页面状态": 10, "来源": 12,
}  # fmt: skip
"""Characters, as spreadsheets count them; a Chinese one counts twice."""


def leads_of(case: ReferralCase, *, masked: bool | None) -> tuple[ReferredLead, ...]:
    """As this referral's receiver sees them."""
    kind = KINDS.get(case.referral.template)
    return shown(case, masked=masked, accounts=kind is None or kind.accounts)


def rows(case: ReferralCase, zone: tzinfo, *, masked: bool | None) -> Iterator[tuple[str, ...]]:
    """One for each lead, in the order of `LEAD_FIELDS`."""
    for lead in leads_of(case, masked=masked):
        facts = lead_facts(lead, zone)
        yield tuple(facts[name] for name in LEAD_FIELDS)
