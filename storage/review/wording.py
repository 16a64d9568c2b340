"""Words for people in the messages of this package."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import datetime

ZONE = ZoneInfo("Asia/Shanghai")

KINDS = {
    "confirm": "确认", "dismiss": "排除", "needs_info": "要求补充", "duplicate": "并案", "unmerge": "取消并案", "note": "备注",
    "keep": "维持结论",
    "refer": "移送", "approve": "复核通过", "refuse": "复核退回", "undo": "撤销", "reopen": "重新打开",
}  # fmt: skip


def clock(moment: datetime) -> str:
    """Day and time as people here read them."""
    return f"{moment.astimezone(ZONE):%m-%d %H:%M}"
