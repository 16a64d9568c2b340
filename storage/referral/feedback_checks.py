"""What makes no sense in a feedback: pure, all mistakes at once, in words for the person who filled it in."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from storage.referral.feedback_records import KINDS, PUBLISH, UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from storage.referral.feedback_records import NewFeedback, Seized

LINE = 200  # characters of a title, a name, a case number: one line of a table
TEXT = 20_000  # characters of a typical case: ten pages
MOST_SEIZED = 500  # rows of one case: a warehouse, listed piece by piece
MOST_COUNTED = 10_000_000  # pieces, people: more is a slip of the hand
MOST = Decimal(100_000_000)  # 千克 or 万元: a million million yuan
DIGITS = 6  # behind the point: one milligram, one fen
EARLIEST = date(2000, 1, 1)  # an older case has no place in a form
SHA256 = re.compile("[0-9a-f]{64}")


def mistakes(given: NewFeedback, today: date) -> tuple[str, ...]:
    """All that is wrong with what was filled in; `today` in the office's own time zone."""
    return (*_texts(given), *_case(given, today), *_money(given), *seizure_mistakes(given.seizures))


def _texts(given: NewFeedback) -> Iterator[str]:
    for name, text in (("单位", given.unit), ("案件名称", given.title)):
        if not text.strip():
            yield f"没有写{name}"
    lines = (
        ("单位", given.unit),
        ("案件名称", given.title),
        ("文号", given.case_number),
        ("来源", given.source),
    )
    yield from (f"{name}超过 {LINE} 个字" for name, text in lines if len(text) > LINE)
    yield from (
        f"{name}超过 {TEXT} 个字"
        for name, text in (("典型案例", given.typical), ("备注", given.note))
        if len(text) > TEXT
    )
    if given.publish not in PUBLISH:
        yield f"公开与否应为 {'、'.join(PUBLISH.values())}，不能是“{given.publish}”"
    yield from (f"图片的 SHA-256 不对：“{one[:20]}”" for one in given.pictures if not SHA256.fullmatch(one))


def _case(given: NewFeedback, today: date) -> Iterator[str]:
    if not EARLIEST <= given.happened_on <= today:
        yield f"日期 {given.happened_on} 不在 {EARLIEST} 到今天（{today}）之间"
    if given.criminal and not given.filed:
        yield "刑事案件必须同时是已立案的"
    for name, count in (("处理人员", given.people), ("犯罪团伙", given.gangs)):
        if not 0 <= count <= MOST_COUNTED:
            yield f"{name}应为 0 到 {MOST_COUNTED}，不能是 {count}"


def _money(given: NewFeedback) -> Iterator[str]:
    for name, amount in (("没收违法所得", given.confiscated), ("罚款和罚金", given.fined)):
        wrong = amount_mistake(amount, whole=False)
        if wrong:
            yield f"{name}（万元）{wrong}"


def amount_mistake(amount: Decimal, *, whole: bool) -> str:
    """Why this is no amount; empty where it is one."""
    if not amount.is_finite():
        return "不是一个数"
    if amount < 0:
        return f"不能小于 0：{amount:.6g}"
    if amount > MOST:
        return f"太大（超过 {MOST}），请核对单位"
    decimals = -int(amount.normalize().as_tuple().exponent)
    if decimals > (0 if whole else DIGITS):
        return "应为整数" if whole else f"小数最多 {DIGITS} 位"
    return ""


def seizure_mistakes(seizures: Sequence[Seized]) -> Iterator[str]:
    """What is wrong with the rows of a seizure, each named by its number from 1."""
    if len(seizures) > MOST_SEIZED:
        yield f"收缴物品超过 {MOST_SEIZED} 行"
        return
    for number, one in enumerate(seizures, 1):
        yield from (f"收缴物品第 {number} 行：{wrong}" for wrong in seized_mistakes(one))
    yield from _twice(seizures)
    for batch in mixed_batches(seizures):
        yield f"收缴物品批次“{batch}”同时按件和千克计；同一批次制品只能按其中一种计一次"


def seized_mistakes(one: Seized) -> Iterator[str]:
    """What is wrong with one row of a seizure."""
    if one.kind not in KINDS:
        yield f"种类应为 {'、'.join(KINDS.values())}，不能是“{one.kind}”"
        return
    if not one.name.strip() or len(one.name) > LINE:
        yield f"物品名称应为 1 到 {LINE} 个字"
    if len(one.batch) > LINE:
        yield f"批次名称超过 {LINE} 个字"
    if one.unit not in UNITS[one.kind]:
        yield f"{KINDS[one.kind]}的单位应为 {'、'.join(UNITS[one.kind])}，不能是“{one.unit}”"
    wrong = amount_mistake(one.amount, whole=one.unit != "千克") or ("应大于 0" if one.amount == 0 else "")
    if wrong:
        yield f"数量{wrong}"


def _twice(seizures: Sequence[Seized]) -> Iterator[str]:
    """The same thing twice in a named batch: it would be counted once."""
    seen: dict[tuple[str, ...], int] = {}
    for number, one in enumerate(seizures, 1):
        key = (one.batch, one.kind, one.name, one.unit)
        if one.batch and key in seen:
            yield f"收缴物品第 {number} 行与第 {seen[key]} 行是同一批次的同一物品，请合为一行"
        seen.setdefault(key, number)


def mixed_batches(seizures: Iterable[Seized]) -> list[str]:
    """Batches whose products are counted both in 件 and in 千克; without a batch, each thing is its own."""
    measures: dict[str, set[str]] = {}
    for one in seizures:
        if one.kind == "product":
            measures.setdefault(one.batch or one.name, set()).add(one.unit)
    return [batch for batch, units in measures.items() if len(units) > 1]
