"""The words of routing: every code a rule may use, and what it is called."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

UNKNOWN: Final = "unknown"
"""In rules: the entry names no agency, or nobody knows the venue."""

DEPARTMENTS: Final[dict[str, str]] = {
    "forestry": "林业局",
    "agriculture": "农业农村局",
    "market_supervision": "市场监管局",
    "public_security": "公安局",
    "cyberspace": "网信办",
    "postal": "邮政管理局",
    "customs": "海关",
}
"""Who can lead or support. The party committee's office and townships get figures only."""
OTHERS: Final[dict[str, str]] = {"political_legal": "政法委", "township": "乡镇", "platform": "平台运营者"}

CATEGORIES: Final[dict[str, str]] = {
    "terrestrial_animal": "陆生野生动物",
    "aquatic_animal": "水生野生动物",
    "plant": "野生植物",
    "animal_product": "野生动物制品",
    "plant_product": "野生植物制品",
    "hunting_gear": "禁用猎具",
    "fishing_gear": "禁用渔具",
    "food_use": "食用陆生野生动物",
    "context": "未点名的标的",
}
AGENCIES: Final[dict[str, str]] = {
    "forestry": "林业部门主管",
    "agriculture": "农业农村部门主管",
    UNKNOWN: "主管部门不明",
}
ACTS: Final[dict[str, str]] = {
    "sell": "出售",
    "buy": "收购",
    "serve": "提供食用",
    "service": "提供交易服务",
    "advertise": "发布广告",
    "ship": "寄递运输",
    "import_export": "进出口",
}
VENUES: Final[dict[str, str]] = {
    "platform": "网络交易平台",
    "shop": "网店",
    "forum": "论坛社区",
    "market": "集贸市场",
    "restaurant": "餐饮场所",
    "courier": "寄递企业",
    UNKNOWN: "场所不明",
}
FLAGS: Final[dict[str, str]] = {
    "protected": "国家重点保护野生动物",
    "food": "以食用为目的",
    "migratory": "野外来源的候鸟",
    "worst": "象牙、犀牛角、虎、穿山甲及其制品",
}
TEMPLATES: Final[dict[str, str]] = {
    "lead": "案件线索移送函",
    "crime": "涉嫌犯罪案件移送书",
    "appraisal": "鉴定、核价协助函",
    "cleanup": "网络平台、账号清理建议函",
    "platform": "协查函",
    "postal": "寄递线索函",
}


def listed(codes: Iterable[str], words: Mapping[str, str]) -> str:
    """``出售、收购``; an unknown code stands for itself."""
    return "、".join(words.get(code, code) for code in codes)


def meant(word: str, known: Iterable[str]) -> str:
    """``，是不是 hunting_gear？``; empty where nothing is near."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)  # one wrong letter of two still finds it
    return f"，是不是 {near[0]}？" if near else ""
