"""What stored codes are called on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from keywords.flags import LABELS as FLAGS
from referrals.routing.words import TEMPLATES
from storage.referral.campaign_records import DUE_KINDS as DUES
from storage.referral.campaign_records import STATES, UNIT_KINDS
from storage.referral.feedback_records import KINDS, PUBLISH
from storage.referral.words import DEPARTMENTS as RECEIVERS
from storage.referral.words import DUE_KINDS, STEPS
from storage.referral.words import STATUSES as REFERRALS
from storage.words import CHANNELS, CONTACTS, INTENTS, PERMITS, STATUSES, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Mapping

DECISIONS: Final[dict[str, str]] = {
    "confirm": "确认",
    "dismiss": "排除",
    "needs_info": "待补充",
    "duplicate": "标为重复",
    "unmerge": "撤销合并",
    "note": "备注",
    "keep": "维持结论",
    "refer": "移送",
    "approve": "复核同意",
    "refuse": "复核退回",
    "undo": "撤销",
    "reopen": "重新研判",
    "lease": "正在研判",
    "changed": "内容有变",
}
CATEGORIES: Final[dict[str, str]] = {
    "terrestrial_animal": "陆生野生动物",
    "aquatic_animal": "水生野生动物",
    "plant": "野生植物",
    "animal_product": "野生动物制品",
    "plant_product": "野生植物制品",
    "hunting_gear": "禁用猎具",
    "fishing_gear": "禁用渔具",
    "food_use": "食用野生动物",
    "context": "未点名标的",
}
DEPARTMENTS: Final[dict[str, str]] = {
    "forestry": "林业",
    "agriculture": "农业农村",
    "market_supervision": "市场监管",
    "public_security": "公安",
    "cyberspace": "网信",
    "postal": "邮政管理",
    "customs": "海关",
}
KINDS_OF_HITS: Final[dict[str, str]] = {
    "species": "物种",
    "product": "制品",
    "gear": "工具",
    "part": "部位",
    "codeword": "暗语",
    "context": "语境",
}
PAGE_STATES: Final[dict[str, str]] = {
    "online": "在线",
    "changed": "有改动",
    "sold": "已售",
    "gone": "已下架",
    "relisted": "重新上架",
}
VISITS: Final[dict[str, str]] = {**PAGE_STATES, "unchanged": "未变", "unreachable": "未能访问"}
EVENTS: Final[dict[str, str]] = {"gone": "页面消失", "back": "页面重新出现"}
CAPTURES: Final[dict[str, str]] = {"page": "网页", "pictures": "图片", "screen": "截屏", "official": "正式固证"}
CAUSES: Final[dict[str, str]] = {
    "crawl": "采集命中",
    "watch": "定期复查",
    "request": "人工要求",
    "official": "正式固证",
}
FILES: Final[dict[str, str]] = {
    "warc": "网页原始数据",
    "screenshot": "截屏",
    "mhtml": "网页存档",
    "text": "文字",
    "picture": "图片",
    "record": "记录",
    "timestamp": "时间戳",
    "other": "其他",
}
SOURCES: Final[dict[str, str]] = {
    "crawl": "自动采集",
    "12315": "12315",
    "举报电话": "举报电话",
    "群众举报": "群众举报",
    "转办交办": "转办交办",
    "媒体曝光": "媒体曝光",
    "监督检查": "监督检查",
    "海关情报": "海关情报",
    "寄递企业移交": "寄递企业移交",
    "网格员": "网格员、综治中心",
    "其他": "其他",
    "抽样发现": "抽样发现",
}
"""Where leads come from; all but the first and the last are typed in by hand."""
DELIVERIES: Final[dict[str, str]] = {"waiting": "待发送", "done": "已送达", "failed": "未送达"}
ORDERS: Final[dict[str, str]] = {"risk": "按风险分", "model": "按学习排序"}


def said(words: Mapping[str, str], code: str) -> str:
    """The Chinese of a code; itself where none is known, so that a newer package still shows."""
    return words.get(code, code)


WORDS: Final[dict[str, Mapping[str, str]]] = {
    "status": STATUSES,
    "decision": DECISIONS,
    "verdict": VERDICTS,
    "channel": CHANNELS,
    "category": CATEGORIES,
    "department": DEPARTMENTS,
    "intent": INTENTS,
    "hit_kind": KINDS_OF_HITS,
    "contact": CONTACTS,
    "page_state": PAGE_STATES,
    "visit": VISITS,
    "event": EVENTS,
    "capture": CAPTURES,
    "cause": CAUSES,
    "file": FILES,
    "source": SOURCES,
    "flag": FLAGS,
    "template": TEMPLATES,
    "receiver": RECEIVERS,
    "referral": REFERRALS,
    "step": STEPS,
    "timer": DUE_KINDS,
    "due": DUES,
    "standing": STATES,
    "unit": UNIT_KINDS,
    "seized": KINDS,
    "publish": PUBLISH,
    "delivery": DELIVERIES,
    "permit": PERMITS,
}
"""For templates: ``words.status[code]`` through `named`."""


def named(kind: str, code: str) -> str:
    """``named("status", "new")`` is 待研判."""
    return said(WORDS[kind], code)
