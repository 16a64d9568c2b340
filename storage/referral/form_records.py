"""The results form (网盾行动成果表) as numbers, each with where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

    from storage.referral.campaign_records import Campaign

CHECKS, CASES, PEOPLE, TAKEN = "监督检查情况", "查办野生动植物案件", "处理违法人员", "收缴情况"
PRODUCTS_RULE: Final = "野生动植物制品同一批次只按件或者千克计算一次，不重复统计"


@dataclass(frozen=True, slots=True)
class Column:
    """One of the 15 columns."""

    number: int
    name: str
    measure: str
    """Unit of counting, as in the head."""
    group: str
    decimals: int
    """Most digits behind the point: 0 for what is counted."""


COLUMNS: Final = (
    Column(1, "出动执法车次", "次", CHECKS, 0),
    Column(2, "出动执法人员人次", "人次", CHECKS, 0),
    Column(3, "监督检查互联网和寄递企业", "家", CHECKS, 0),
    Column(4, "监督检查商（用）户", "家", CHECKS, 0),
    Column(5, "查办案件总数", "起", CASES, 0),
    Column(6, "其中刑事案件", "起", CASES, 0),
    Column(7, "打掉犯罪团伙", "个", PEOPLE, 0),
    Column(8, "打击处理违法犯罪人员", "人", PEOPLE, 0),
    Column(9, "野生动物", "只、头、尾", TAKEN, 0),
    Column(10, "野生植物", "株、棵", TAKEN, 0),
    Column(11, "野生动植物制品", "件", TAKEN, 0),
    Column(12, "野生动植物制品", "千克", TAKEN, 6),
    Column(13, "非法猎（渔）具", "个、张、台", TAKEN, 0),
    Column(14, "没收违法所得", "万元", TAKEN, 6),
    Column(15, "罚款和罚金", "万元", TAKEN, 6),
)
"""As on the form of the action plan; six digits of 万元 are one fen, of 千克 one milligram."""


@dataclass(frozen=True, slots=True)
class Source:
    """One thing that a cell adds up."""

    kind: str
    """feedback, seizure, figure."""
    row_id: int
    """Of the feedback or of the typed figure."""
    position: int | None
    """Of the seizure within its feedback; None for all else."""
    value: Decimal
    text: str
    """For people: the case, what was seized, or who gave the figure."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure of the form."""

    column: int
    value: Decimal
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one unit, or of all."""

    unit_id: int | None
    """None for the total, and for units that feedback names but the campaign does not know."""
    unit: str
    cells: tuple[Cell, ...]
    """15, in the order of `COLUMNS`."""

    def value(self, column: int) -> Decimal:
        """The figure in column 1 to 15."""
        return self.cells[column - 1].value


@dataclass(frozen=True, slots=True)
class Form:
    """The whole form of one campaign."""

    campaign: Campaign
    until: date | None
    """Only what happened up to this day counts; None for all."""
    rows: tuple[Row, ...]
    """One for each unit, in the campaign's order."""
    total: Row
    warnings: tuple[str, ...]
    """What a person should look at before the form leaves the house."""


def shown(value: Decimal) -> str:
    """As people write it: no exponent, no zeros behind the last digit that counts."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


ZERO: Final = Decimal(0)
