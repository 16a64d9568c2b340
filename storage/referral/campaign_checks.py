"""What makes no sense in a campaign's plan: pure, all mistakes at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from storage.referral.campaign_records import DUE_KINDS, UNIT_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from storage.referral.campaign_records import Plan

NAME = 100  # characters: one line of a title
TEXT = 2_000  # characters of what a report tells of the campaign
MOST = 500  # units or dues: a county has some thirty townships
LONGEST = 3_700  # days: ten years, more is a slip of the hand


def mistakes(plan: Plan) -> tuple[str, ...]:
    """All that is wrong with a plan, in Chinese."""
    return (*_names(plan), *_days(plan), *_stages(plan), *_dues(plan), *_texts(plan))


def _names(plan: Plan) -> Iterator[str]:
    if not plan.name.strip() or len(plan.name) > NAME or plan.name.strip().isdecimal():
        yield f"专项行动名称应为 1 到 {NAME} 个字，不能只是数字"
    parts = {
        "阶段": [one.name for one in plan.stages],
        "填报单位": [one.name for one in plan.units],
        "报送事项": [one.name for one in plan.dues],
    }
    for what, names in parts.items():
        if len(names) > MOST:
            yield f"{what}超过 {MOST} 个"
        yield from (
            f"{what}名称应为 1 到 {NAME} 个字：“{name[:NAME]}”" for name in names if not 0 < len(name.strip()) <= NAME
        )
        yield from (f"{what}“{name}”写了 {count} 次" for name, count in _twice(names))


def _twice(names: Iterable[str]) -> list[tuple[str, int]]:
    return [(name, count) for name, count in Counter(names).items() if count > 1]


def _days(plan: Plan) -> Iterator[str]:
    if plan.ends_on < plan.starts_on:
        yield f"结束日 {plan.ends_on} 早于开始日 {plan.starts_on}"
    elif (plan.ends_on - plan.starts_on).days > LONGEST:
        yield f"起止 {plan.starts_on} 到 {plan.ends_on} 超过十年"


def _stages(plan: Plan) -> Iterator[str]:
    for stage in plan.stages:
        if stage.ends_on < stage.starts_on:
            yield f"阶段“{stage.name}”的结束日 {stage.ends_on} 早于开始日 {stage.starts_on}"
        elif not plan.starts_on <= stage.starts_on <= stage.ends_on <= plan.ends_on:
            yield f"阶段“{stage.name}”（{stage.starts_on} 到 {stage.ends_on}）不在专项行动的起止日之内"


def _dues(plan: Plan) -> Iterator[str]:
    for due in plan.dues:
        if due.kind not in DUE_KINDS:
            yield f"报送事项“{due.name}”的种类应为 {'、'.join(DUE_KINDS)} 之一，不能是“{due.kind}”"
        if not 0 <= due.remind_days <= 90:  # a quarter: nothing is reminded of earlier
            yield f"报送事项“{due.name}”的提前提醒天数应为 0 到 90"
        if due.due_on < plan.starts_on or (due.due_on - plan.ends_on).days > 366:  # a year for late final reports
            yield f"报送事项“{due.name}”的期限 {due.due_on} 早于专项行动开始，或在结束一年以后"


def _texts(plan: Plan) -> Iterator[str]:
    for unit in plan.units:
        if unit.kind not in UNIT_KINDS:
            yield f"填报单位“{unit.name}”的种类应为 {'、'.join(UNIT_KINDS)} 之一，不能是“{unit.kind}”"
        if len(unit.contact) > TEXT:
            yield f"填报单位“{unit.name}”的联系人超过 {TEXT} 个字"
    for name, text in (("依据", plan.basis), *plan.facts.items()):
        if len(text) > TEXT:
            yield f"“{name[:20]}”超过 {TEXT} 个字"
