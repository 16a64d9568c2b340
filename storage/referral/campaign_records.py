"""Campaigns, what units hand in, and figures that people type, as callers fill them in and get them back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from decimal import Decimal

DUE_KINDS: Final[Mapping[str, str]] = {
    "stage_report": "阶段报告",
    "final_report": "总结报告",
    "results_form": "成果表",
    "typical_case": "典型案例",
    "pictures": "图片资料",
    "other": "其他",
}
UNIT_KINDS: Final[Mapping[str, str]] = {"township": "乡镇（街道）", "department": "部门"}
STATES: Final[Mapping[str, str]] = {
    "reported": "已报",
    "zero": "零报告",
    "paper_missing": "缺纸质",
    "electronic_missing": "缺电子",
    "waiting": "未到期",
    "soon": "即将到期",
    "overdue": "逾期未报",
}
"""How a unit stands with one due."""
OPEN: Final = frozenset({"paper_missing", "electronic_missing", "waiting", "soon", "overdue"})
"""States in which something is still to come."""


@dataclass(frozen=True, slots=True)
class StageDates:
    """A part of a campaign: 检查摸底, 整治规范, 全面总结."""

    name: str
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit that reports."""

    name: str
    kind: str = "township"
    """A key of `UNIT_KINDS`."""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class NewDue:
    """Something that all units hand in until a day."""

    name: str
    kind: str
    """A key of `DUE_KINDS`."""
    due_on: date
    remind_days: int = 3
    """So many days before, the first reminder."""
    paper: bool = False
    """A paper copy is wanted beside the electronic one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign as the order that begins it lays down."""

    name: str
    starts_on: date
    ends_on: date
    basis: str = ""
    """The document that orders it."""
    stages: tuple[StageDates, ...] = ()
    units: tuple[NewUnit, ...] = ()
    dues: tuple[NewDue, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    """What reports say of it: 牵头单位, 目标 …"""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a campaign."""

    id: int
    name: str
    kind: str
    contact: str
    position: int
    left_at: datetime | None
    """Since when it need not report any more; its figures stay."""


@dataclass(frozen=True, slots=True)
class Due:
    """Something that units hand in."""

    id: int
    name: str
    kind: str
    due_on: date
    remind_days: int
    paper: bool


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign with all that belongs to it."""

    id: int
    name: str
    basis: str
    starts_on: date
    ends_on: date
    facts: Mapping[str, str]
    created_at: datetime
    closed_at: datetime | None
    stages: tuple[StageDates, ...]
    units: tuple[Unit, ...]
    """In their order; those that left, too."""
    dues: tuple[Due, ...]
    """By day."""

    def stage_on(self, day: date) -> StageDates | None:
        """The stage that the day lies in; None before, between and after stages."""
        return next((one for one in self.stages if one.starts_on <= day <= one.ends_on), None)


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A unit hands in what is due."""

    due_id: int
    unit_id: int
    received_on: date
    electronic: bool = True
    paper: bool = False
    zero: bool = False
    """The unit says that it has nothing to report (零报告)."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One row of what was handed in; the newest of a unit and a due counts."""

    id: int
    due_id: int
    unit_id: int
    received_on: date
    electronic: bool
    paper: bool
    zero: bool
    withdrawn: bool
    note: str
    at: datetime
    account_id: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one unit stands with one due."""

    due: Due
    unit: Unit
    state: str
    """A key of `STATES`."""
    days: int
    """Until the due day; negative after it."""
    report: Report | None
    late: bool
    """It came after the due day."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Something is due soon or overdue, and units have not reported."""

    campaign_id: int
    campaign: str
    due: Due
    days: int
    """Until the due day; negative after it."""
    missing: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class NewFigure:
    """A figure of the results form that only people know, to be added to what feedback gives."""

    campaign_id: int
    unit_id: int
    column: int
    """1 to 15, as on the form."""
    value: Decimal | None
    """0 or more; None takes the figure back."""
    source: str
    """Who said so, where it is written; never empty."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One typed figure; the newest of a unit and a column counts."""

    id: int
    unit_id: int
    column: int
    value: Decimal | None
    source: str
    at: datetime
    account_id: int | None
    entered_by: str = ""
