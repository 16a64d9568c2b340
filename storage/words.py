"""What stored codes of leads and hits are called: the same on screen, in letters and in reports."""

from __future__ import annotations

from typing import Final

STATUSES: Final[dict[str, str]] = {
    "new": "待研判", "needs_info": "待补充", "pending": "待复核", "confirmed": "已确认", "dismissed": "已排除",
    "duplicate": "重复", "referred": "已移送", "lapsed": "已失效",
}  # fmt: skip
VERDICTS: Final[dict[str, str]] = {"alert": "告警", "review": "待核", "mention": "提及", "none": "无"}
CHANNELS: Final[dict[str, str]] = {
    "exact": "原词", "width": "全半角", "variant": "繁体异体", "inserted": "夹杂符号", "split": "拆字", "lookalike": "形近字",
    "pinyin": "拼音", "homophone": "谐音", "emoji": "表情符号", "codeword": "暗语", "reordered": "倒写对调", "kit": "拆件",
    "context": "可疑用语",
}  # fmt: skip
INTENTS: Final[dict[str, str]] = {"sell": "出售", "buy": "求购", "serve": "餐饮", "service": "提供服务", "none": "不明"}
CONTACTS: Final[dict[str, str]] = {
    "phone": "电话", "wechat": "微信", "qq": "QQ", "telegram": "Telegram", "email": "邮箱",
}  # fmt: skip
PERMITS: Final[dict[str, str]] = {"verified": "已核实", "invalid": "不属实", "open": "待核实"}
