"""The plan of a campaign as lines of text that a person can type and paste, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from console import moments
from storage.referral.campaign_records import DUE_KINDS, UNIT_KINDS, NewDue, NewUnit, Plan, StageDates
from storage.referral.exceptions import ReferringError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from storage.referral.campaign_records import Campaign, Due

T = TypeVar("T")

FIELDS: Final = ("name", "basis", "starts_on", "ends_on", "stages", "units", "dues", "facts")
PAPER: Final = "纸质"
NAMES: Final = {said: code for code, said in DUE_KINDS.items()}
UNITS: Final = {said: code for code, said in UNIT_KINDS.items()} | {
    "乡镇": "township",
    "街道": "township",
    "部门": "department",
}


@dataclass(frozen=True, slots=True)
class TypedPlan:
    """The form as it was filled in."""

    name: str = ""
    basis: str = ""
    starts_on: str = ""
    ends_on: str = ""
    stages: str = ""
    """``检查摸底 2026-03-01 2026-03-31``, one a line."""
    units: str = ""
    """``城关镇 乡镇 王主任``, one a line."""
    dues: str = ""
    """``总结报告 总结报告 2026-06-30 3 纸质``: name, kind, day, days of reminder, paper."""
    facts: str = ""
    """``牵头单位：某县林业局``, one a line."""


def plan(typed: TypedPlan) -> Plan:
    """What storage takes. Raises ReferringError: every line that cannot be read, by its number."""
    wrong: list[str] = []
    stages = list(_read(typed.stages, "阶段", _stage, wrong))
    units = list(_read(typed.units, "填报单位", _unit, wrong))
    dues = list(_read(typed.dues, "报送事项", _due, wrong))
    facts = dict(_read(typed.facts, "说明", _fact, wrong))
    days: list[date] = []
    for text, what in ((typed.starts_on, "开始日"), (typed.ends_on, "结束日")):
        try:
            days.append(moments.day(text, what))
        except ReferringError as error:
            wrong.append(str(error))
    if wrong:
        raise ReferringError("；".join(wrong))
    return Plan(
        typed.name.strip(), days[0], days[1], typed.basis.strip(), tuple(stages), tuple(units), tuple(dues), facts
    )


def _read(text: str, what: str, read: Callable[[str], T], wrong: list[str]) -> Iterator[T]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            yield read(line.strip())
        except ReferringError as error:
            wrong.append(f"{what}第 {number} 行：{error}")


def _stage(line: str) -> StageDates:
    *name, begins, ends = _parts(line, 3, "名称 开始日 结束日")
    return StageDates(" ".join(name), moments.day(begins, "开始日"), moments.day(ends, "结束日"))


def _parts(line: str, least: int, form: str) -> list[str]:
    parts = line.replace("，", " ").replace(",", " ").replace("\u3000", " ").split()
    if len(parts) < least:
        raise ReferringError(f"应写成：{form}")
    return parts


def _unit(line: str) -> NewUnit:
    name, *rest = _parts(line, 1, "名称 乡镇或部门 联系方式")
    kind = UNITS.get(rest[0]) if rest else None
    contact = rest[1:] if kind else rest
    return NewUnit(name, kind or "township", " ".join(contact))


def _due(line: str) -> NewDue:
    form = f"名称 种类 日期 提前几天提醒 {PAPER}；种类是{'、'.join(NAMES)}"
    parts = _parts(line, 3, form)
    paper = parts[-1] == PAPER
    parts = parts[:-1] if paper else parts
    days = 3  # the usual notice
    if len(parts) > 3 and parts[-1].isascii() and parts[-1].isdigit() and len(parts[-1]) < 4:
        days = int(parts.pop())
    *name, kind, day = parts
    if kind not in NAMES or not name:
        raise ReferringError(f"应写成：{form}")
    return NewDue(" ".join(name), NAMES[kind], moments.day(day), days, paper)


def _fact(line: str) -> tuple[str, str]:
    name, sign, text = line.partition("：" if "：" in line else ":")
    if not sign or not name.strip() or not text.strip():
        raise ReferringError("应写成：牵头单位：某县林业局")
    return name.strip(), text.strip()


def typed_from(one: Campaign) -> TypedPlan:
    """The form filled with what is stored; units that left are left out."""
    staying = [unit for unit in one.units if unit.left_at is None]
    kinds = {"township": "乡镇", "department": "部门"}
    return TypedPlan(
        name=one.name,
        basis=one.basis,
        starts_on=one.starts_on.isoformat(),
        ends_on=one.ends_on.isoformat(),
        stages="\n".join(f"{stage.name} {stage.starts_on} {stage.ends_on}" for stage in one.stages),
        units="\n".join(f"{unit.name} {kinds[unit.kind]} {unit.contact}".strip() for unit in staying),
        dues="\n".join(_due_line(due) for due in one.dues),
        facts="\n".join(f"{name}：{text}" for name, text in one.facts.items()),
    )


def _due_line(due: Due) -> str:
    return f"{due.name} {DUE_KINDS[due.kind]} {due.due_on} {due.remind_days}{f' {PAPER}' if due.paper else ''}"


def from_form(values: Mapping[str, str]) -> TypedPlan:
    """What a browser sent."""
    return TypedPlan(**{name: values.get(name, "").replace("\r\n", "\n") for name in FIELDS})
