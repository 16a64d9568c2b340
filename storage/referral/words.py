"""Words for people in the messages of this package."""

from __future__ import annotations

STATUSES = {
    "draft": "拟稿", "approved": "已审核待发", "sent": "已送出", "received": "已签收", "accepted": "已接收",
    "declined": "不予接收", "passed_on": "已转送", "filed": "已立案", "not_filed": "不予立案", "closed": "已办结",
    "withdrawn": "已撤回",
}  # fmt: skip
STEPS = {
    "draft": "拟稿", "change": "修改", "approve": "审核通过", "refuse": "审核退回", "withdraw": "撤回", "send": "送出",
    "receive": "签收", "accept": "接收", "decline": "不予接收", "pass_on": "转送", "file": "立案", "not_file": "不予立案",
    "close": "办结", "remind": "催办", "note": "备注", "undo": "撤销",
}  # fmt: skip
DUE_KINDS = {
    "": "",
    "approval": "批准与否",
    "receipt": "回执",
    "acceptance": "接收与否",
    "review": "审查决定",
    "onward": "转送",
    "decision": "立案与否",
    "transfer": "移送",
    "result": "办理结果",
    "reconsider": "提请复议",
    "reconsidered": "复议决定",
    "answer": "答复",
}
"""Names of timers; a rule may name another one, which is shown as it is."""
DEPARTMENTS = {
    "forestry": "林业", "agriculture": "农业农村", "market_supervision": "市场监管", "public_security": "公安",
    "cyberspace": "网信", "postal": "邮政管理", "customs": "海关", "political_legal": "政法委", "township": "乡镇",
    "platform": "平台",
}  # fmt: skip
