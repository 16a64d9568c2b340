"""Receipts on paper (回执联): a page that the receiver fills in and sends back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from referrals.letters.model import Slip

if TYPE_CHECKING:
    from referrals.letters.kinds import LetterKind
    from referrals.letters.parties import Office
    from storage.referral.records import Referral

BOX = "□"
GENERAL = (
    ("收到日期", "　　　　年　　月　　日"),
    ("收件人", ""),
    ("回执编号", ""),
    ("处理意见", f"{BOX} 接收办理　　{BOX} 不予接收\n{BOX} 转送（单位：　　　　　　　　　　）"),
    ("立案文号", ""),
    ("说明", "\n\n"),
)
CRIME = (
    ("收到日期", "　　　　年　　月　　日　　时　　分"),
    ("签收人", ""),
    ("回执编号", ""),
    (
        "处理意见",
        f"{BOX} 接受案件，依法审查\n{BOX} 不属于本机关管辖，转送（单位：　　　　　　　）\n{BOX} 材料不齐，请补充：",
    ),
    ("审查决定", f"{BOX} 立案（文号：　　　　　　　　　　）\n{BOX} 不予立案（不予立案通知书另附）"),
    ("说明", "\n"),
)
ANSWER = (
    ("收到日期", "　　　　年　　月　　日"),
    ("收件人", ""),
    ("回执编号", ""),
    ("办理情况", f"{BOX} 全部办理　　{BOX} 部分办理　　{BOX} 不予办理"),
    ("办理结果", "\n\n"),
    ("说明", "\n"),
)


def slip(kind: LetterKind, referral: Referral, office: Office, receiver: str, leads: int) -> Slip:
    """The receipt that goes with a letter."""
    rows = {"crime": CRIME, "lead": GENERAL, "postal": GENERAL}.get(kind.code, ANSWER)
    text = f"你单位《{kind.name}》（{referral.number}）及所附材料收悉，共 {leads} 条线索。"
    return Slip(f"{kind.name}（回执）", referral.number, office.name, text, rows, receiver)
