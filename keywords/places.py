"""The provinces of China, and how a name that people write is brought to the official one."""

from __future__ import annotations

import difflib

PROVINCES = (
    "北京市", "天津市", "河北省", "山西省", "内蒙古自治区", "辽宁省", "吉林省", "黑龙江省", "上海市",
    "江苏省", "浙江省", "安徽省", "福建省", "江西省", "山东省", "河南省", "湖北省", "湖南省",
    "广东省", "广西壮族自治区", "海南省", "重庆市", "四川省", "贵州省", "云南省", "西藏自治区", "陕西省",
    "甘肃省", "青海省", "宁夏回族自治区", "新疆维吾尔自治区", "台湾省", "香港特别行政区", "澳门特别行政区",
)  # fmt: skip
"""The 34 divisions of the first level."""
ENDINGS = ("省", "市", "壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区")
OTHERS = {"内蒙": "内蒙古自治区", "新疆生产建设兵团": "新疆维吾尔自治区"}  # names in use that are no short form


def short(province: str) -> str:
    """Return 福建 for 福建省 and 福建."""
    return next((province.removesuffix(ending) for ending in ENDINGS if province.endswith(ending)), province)


def province_named(text: str) -> str | None:
    """Return the official name of a province that is written in full or short; None where there is none."""
    name = "".join(text.split())
    if name in OTHERS:
        return OTHERS[name]
    return next((province for province in PROVINCES if name and short(name) == short(province)), None)


def nearest_province(text: str) -> str | None:
    """Return the official name that is most like `text`."""
    near = difflib.get_close_matches(short(text), [short(province) for province in PROVINCES], n=1, cutoff=0.4)
    found = near[0] if near else next((short(p) for p in PROVINCES if set(short(p)) & set(text)), None)
    return province_named(found) if found else None
