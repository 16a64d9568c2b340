"""The form of a receipt: where everything stands in the workbook, for who writes it and who reads it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT: Final = "wangdun-receipt-1"
MAIN: Final = "回执"
LEADS: Final = "线索结果"
TITLE: Final = "移送回执"
CHOICES: Final[dict[str, str]] = {
    "接收办理": "accept",
    "不予接收": "decline",
    "转送其他单位": "pass_on",
    "已立案": "file",
    "不予立案": "not_file",
    "已办结": "close",
}
"""What may be chosen -> kind of answer."""
GIVEN: Final = ("文号", "移送编号", "线索数量", "格式", "核对码")
"""Rows that are filled in already and must come back unchanged."""
ASKED: Final = ("收到日期", "收件人", "回执编号", "处理结果", "立案文号", "说明")
FIRST: Final = 3  # row of the first of `GIVEN`, from 1
FIRST_ASKED: Final = FIRST + len(GIVEN) + 1  # one empty row between
COLUMNS: Final = ("序号", "线索编号", "标题", "网址", "处理结果", "文号", "说明")
HEAD: Final = 2  # row of the columns' names in the second sheet
MOST_LEADS: Final = 5000  # of one receipt: five times the largest referral that was measured


def check_code(number: str, referral_id: int, lead_ids: Iterable[int]) -> str:
    """Tells another referral's form, and rows that were lost or moved; it is no signature."""
    text = "\n".join((FORMAT, number, str(referral_id), *map(str, lead_ids)))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
