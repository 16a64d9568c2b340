"""Counters: what a page says of its own traffic and age (浏览：120次, 3天前更新), which changes though the offer does not."""

from __future__ import annotations

import re

_SEEN = "浏览|阅读|点击|人气|查看|访问|围观|热度|收藏|点赞"
_DONE = "更新|发布|发表|编辑|刷新|活跃|在线|登录|上架|来过"
_GAP = r"[ \t\u00a0\u3000]{0,3}"
# seven digits at most: longer ones are numbers of phones and QQ
_NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,4}\.\d{1,2}|\d{1,7})(?!\d|[.,]\d)[万wWkK+]{0,2}"
_LABEL = rf"(?:{_SEEN})(?:次数|人数|人次|总?量|数|值|了|过)?"
_UNIT = r"(?:人次|次|人|℃|°C|°)"
# every repetition is bounded: reading stays linear on hostile text
_COUNTERS = re.compile(
    rf"(?:(?:已被?|被|总|本[页帖文]|商品){{0,2}}{_LABEL}{_GAP}[：:]?{_GAP}[(（\[]?{_NUMBER}{_GAP}"
    rf"(?:{_UNIT}|(?=$|[^\w￥¥$/-]|{_SEEN})){_GAP}[)）\]]?"
    rf"|(?<![\d.])(?:已有|共有?)?{_NUMBER}{_GAP}{_UNIT}{_GAP}(?:{_SEEN}|看过|想要)(?!\w)"
    rf"|(?<![\d.]){_NUMBER}{_GAP}(?:page{_GAP})?(?:views?|hits?|reads?)\b"
    rf"|\b(?:page{_GAP})?(?:views?|hits?|reads?){_GAP}[：:]{_GAP}{_NUMBER}"
    rf"|(?:最[后近新])?(?:{_DONE})?(?:时间|于)?{_GAP}[：:]?{_GAP}"
    rf"(?:(?<!\d)\d{{1,3}}{_GAP}(?:秒钟?|分钟|小时|天|周|星期|个月|月|年)[之以]?前|刚刚(?:{_DONE})){_GAP}(?:{_DONE})?"
    rf"|^{_LABEL}{_GAP}[：:]?\n{_NUMBER}{_GAP}{_UNIT}?$)",
    re.IGNORECASE | re.MULTILINE,
)
# every counter has one of these words, and few texts do: asking for them first costs a thirtieth
_WORDS = (*_SEEN.split("|"), "看过", "想要", "前", "刚刚", "view", "hit", "read")
_HINT = re.compile(f"(?=[{''.join(dict.fromkeys(word[0] for word in _WORDS))}])(?:{'|'.join(_WORDS)})", re.IGNORECASE)
_LEFT = re.compile(r"\w")


def without_counters(text: str) -> str:
    """`text` without counters and without lines that held nothing else; a text without counters is returned as it is."""
    return "\n".join(rest for rest, _ in _lines(text)) if _has_counters(text) else text


def without_counter_lines(text: str) -> str:
    """`text` without the lines that hold nothing but counters; all other lines are as they were."""
    return "\n".join(line for _, line in _lines(text)) if _has_counters(text) else text


def _has_counters(text: str) -> bool:
    return _HINT.search(text) is not None and _COUNTERS.search(text) is not None


def _lines(text: str) -> list[tuple[str, str]]:
    """Each line that says something else than counters: without them, and as it was."""
    text = re.sub(rf"^({_LABEL}{_GAP}[：:]?)\n(?={_NUMBER}{_GAP}{_UNIT}?$)", r"\1", text, flags=re.MULTILINE)
    lines = ((_COUNTERS.sub("", line).rstrip(), line) for line in text.split("\n"))
    return [(rest, line) for rest, line in lines if rest == line.rstrip() or _LEFT.search(rest)]
