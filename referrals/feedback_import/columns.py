"""The columns of the form: what the template writes and the reader looks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CASES: Final = "案件"
SEIZURES: Final = "收缴物品"
NOTES: Final = "填写说明"
CHOICES: Final = "选项"
KINDS: Final = {"动物": "animal", "植物": "plant", "制品": "product", "猎渔具": "gear"}
"""As on the form -> stored."""
PUBLISH: Final = {"可公开": "yes", "不公开": "no", "会商后公开": "after_meeting"}
YES: Final = ("是", "否")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet."""

    name: str
    width: int
    """Characters."""
    about: str
    needed: bool = False


CASE_COLUMNS: Final = (
    Column("案件序号", 9, "在本表内不重复的数字或字母，收缴物品按它对应到案件", needed=True),
    Column("单位", 16, "填报单位，与专项行动中的名称一致", needed=True),
    Column("案件名称", 28, "如“张某非法出售猫头鹰案”", needed=True),
    Column("日期", 12, "立案、处罚或查获的日期，如 2026-03-05", needed=True),
    Column("文号", 22, "立案或处罚文号；同一单位同一文号按一起案件计"),
    Column("移送文号", 20, "由移送线索引出的案件，写移送函的文号"),
    Column("立案", 7, "是、否；不填为否"),
    Column("刑事", 7, "是、否；刑事案件必须已立案"),
    Column("处理人员（人）", 10, "打击处理违法犯罪人员"),
    Column("犯罪团伙（个）", 10, "打掉犯罪团伙"),
    Column("没收违法所得（万元）", 12, "单位是万元"),
    Column("罚款和罚金（万元）", 12, "单位是万元"),
    Column("典型案例", 40, "作为典型案例上报时写案情；不是典型案例不填"),
    Column("公开", 11, "可公开、不公开、会商后公开（重大案件）；不填为可公开"),
    Column("线索编号", 12, "对应的线索编号，多个用逗号隔开"),
    Column("备注", 24, ""),
)
SEIZURE_COLUMNS: Final = (
    Column("案件序号", 9, "“案件”表中的序号", needed=True),
    Column("批次", 14, "同一案件内的批次名称；同一批次的制品只按件或千克计一次"),
    Column("种类", 9, "动物、植物、制品、猎渔具", needed=True),
    Column("名称", 20, "如猫头鹰、象牙制品、电鱼机", needed=True),
    Column("数量", 10, "大于 0；除千克外为整数", needed=True),
    Column("单位", 8, "动物：只、头、尾；植物：株、棵；制品：件、千克；猎渔具：个、张、台", needed=True),
)
SHEETS: Final = {CASES: CASE_COLUMNS, SEIZURES: SEIZURE_COLUMNS}
