"""What a department answered on a case, as callers fill it in and get it back."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

KINDS: Final[Mapping[str, str]] = {
    "animal": "野生动物",
    "plant": "野生植物",
    "product": "野生动植物制品",
    "gear": "非法猎（渔）具",
}
"""Kinds of seized things, as the results form groups them."""
UNITS: Final[Mapping[str, tuple[str, ...]]] = {
    "animal": ("只", "头", "尾"),
    "plant": ("株", "棵"),
    "product": ("件", "千克"),
    "gear": ("个", "张", "台"),
}
"""Kind -> units in which the results form counts it."""
PUBLISH: Final[Mapping[str, str]] = {"yes": "可公开", "no": "不公开", "after_meeting": "会商后公开"}
"""Whether a case may be told of; 重大案件 only after 会商."""
NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Seized:
    """One row of a seizure: one kind of thing, one amount in one unit."""

    kind: str
    """A key of `KINDS`."""
    name: str
    amount: Decimal
    """More than 0; whole but for 千克."""
    unit: str
    """One of `UNITS` of the kind."""
    batch: str = ""
    """Name of the batch within the case: its products are counted in 件 or in 千克, never in both."""


@dataclass(frozen=True, slots=True)
class NewFeedback:
    """What is to be written down of a case.

    A further row on the same case (unit and number) adds to it: people, gangs and money add up, the case itself and a
    batch count once. What was wrong is corrected, not added.
    """

    unit: str
    """Reporting unit, as it is called in the campaign."""
    title: str
    happened_on: date
    case_number: str = ""
    referral_id: int | None = None
    campaign_id: int | None = None
    """None takes the campaign of the referral, where it has one."""
    filed: bool = False
    """立案."""
    criminal: bool = False
    """Implies `filed`."""
    people: int = 0
    gangs: int = 0
    confiscated: Decimal = NOTHING
    """没收违法所得, 10,000 yuan."""
    fined: Decimal = NOTHING
    """罚款和罚金, 10,000 yuan."""
    seizures: tuple[Seized, ...] = ()
    lead_ids: tuple[int, ...] = ()
    typical: str = ""
    """Text as a typical case; empty where it is none."""
    pictures: tuple[str, ...] = ()
    """SHA-256 (hex) of pictures in the evidence folder."""
    publish: str = "yes"
    """A key of `PUBLISH`."""
    note: str = ""
    source: str = "手工录入"
    """By hand, or file, sheet and row."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """One stored row, with its seizures and leads."""

    id: int
    unit: str
    title: str
    happened_on: date
    case_number: str
    referral_id: int | None
    campaign_id: int | None
    filed: bool
    criminal: bool
    people: int
    gangs: int
    confiscated: Decimal
    fined: Decimal
    seizures: tuple[Seized, ...]
    """In the order of their position, which is their number from 0."""
    lead_ids: tuple[int, ...]
    typical: str
    pictures: tuple[str, ...]
    publish: str
    note: str
    source: str
    supersedes: int | None
    """The row that this one replaces."""
    void: bool
    """It takes that row back without replacing it."""
    at: datetime
    account_id: int | None
    entered_by: str = ""
    """Who wrote it down; empty for the program itself."""
    superseded_by: int | None = None
    """The row that replaces this one or takes it back; None for a row that counts (unless it is `void` itself)."""

    @property
    def counts(self) -> bool:
        """It stands: neither replaced, nor taken back, nor a taking back."""
        return not self.void and self.superseded_by is None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: all that satisfy every given condition."""

    campaign_id: int | None = None
    unit: str | None = None
    referral_id: int | None = None
    lead_id: int | None = None
    case_number: str | None = None
    text: str | None = None
    """Part of the title, the case number or the note."""
    typical: bool = False
    """Typical cases alone."""
    all_versions: bool = False
    """Rows that no longer count, too."""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file of feedback that was read in."""

    name: str
    sha256: str
    """Hex, of the whole file."""


@dataclass(frozen=True, slots=True)
class Imported:
    """That the same file was read in before."""

    at: datetime
    who: str
    rows: int
    name: str
