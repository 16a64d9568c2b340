"""Sold: does a page say in its own marks (title, price, state, stock) that the offer is over?

Words in an ad's running text count only where they are all of it: "已出一个，还剩两个" is an offer. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 300  # characters of a mark that are looked at: no title says it later
MOST = 100  # labelled facts that are looked at: a page has a dozen
WHOLE = 24  # characters of an ad that says nothing else

_COUNT = r"(?!\s*[:：(]?\s*(?:约|近|超过?|了|过)?\s*[\d一二两三四五六七八九十百千万几多部])"  # 已售 120 件 is a shop's counter
_NOT = r"(?<![未不没非无将快要])"  # 未售出, 永不缺货, 即将售罄
_SOLD = (
    rf"已经?售(?:罄|完|空|出|掉)?+(?!后){_COUNT}"
    rf"|已经?卖(?:完|出|掉|光)?+{_COUNT}"
    rf"|已经?出(?:售|掉|手|完|清)++(?!率){_COUNT}"
    rf"|已经?(?:转让|转出|成交|抢光|抢空){_COUNT}"
    r"|交易已?经?(?:完成|成功|结束|关闭)"
    r"|已经?下架|售罄|售空|卖光|卖完|sold\s?out"
)
_LACKING = r"缺货|无货|断货|没货"
_EDGE = r"[\s\[\]()【】〔〕（）《》<>「」『』|/,，.。!！~、:：;；*★☆#+\-—_]"
_OVER = re.compile(rf"{_NOT}(?:{_SOLD})")
_ALONE = re.compile(rf"(?:^|{_EDGE})(已出|sold|{_LACKING}|下架)(?:了|啦)?(?=$|{_EDGE})")
_PARTLY = re.compile(r"还剩|还有|剩下|剩余|仅剩|只剩|尚余|部分|[剩余]\s?[\d一二两三四五六七八九十几]")
_WANTED = re.compile(r"求购|收购|[求收]一?[只条对批]")
_STATE = re.compile(r"状态|情况|供货|货源|上架|availability|status")
_STOCK = re.compile(r"库存|存货|余货|可售数|剩余数|有货|有无货|stock")
_NONE = re.compile(rf"0+(?:\.0+)?\s?\w?|无|没有|否|{_LACKING}|售罄|售完|out\s?of\s?stock")
_ENDED = re.compile(rf"{_NOT}(?:{_SOLD}|{_LACKING}|已出|成交|下架|售完|已经?(?:完成|结束|关闭)|sold|out\s?of\s?stock)")
_ALL = re.compile(rf"(?:{_SOLD}|{_LACKING}|已出|下架)(?:了|啦)?(?:{_EDGE}|谢谢|感谢|大家|关注|勿扰|请|勿|联系|结贴)*")


def sold_by(title: str, price: str | None, attributes: Iterable[tuple[str, str]], body: str = "") -> str | None:
    """The mark that says it, for people (``标题标明“已售”``); None when none does."""
    if found := _in_title(_folded(title)):
        return f"标题标明“{found}”"
    if found := _said(_folded(price or "")):
        return f"价格处标明“{found}”"
    for place, (name, value) in enumerate(attributes):
        if place == MOST:
            break
        if _is_over(_folded(name), _folded(value)):
            return f"“{name[:20]}”一栏为“{value[:20]}”"
    short = _folded(body) if len(body) <= WHOLE else ""
    return f"正文只写“{short}”" if short and _ALL.fullmatch(short) else None


def _in_title(title: str) -> str | None:
    return None if _WANTED.search(title) else _said(title)


def _said(text: str) -> str | None:
    if not text or _PARTLY.search(text):
        return None
    found = _OVER.search(text)
    if found:
        return found[0]
    alone = _ALONE.search(text)
    return alone[1] if alone else None


def _is_over(name: str, value: str) -> bool:
    if _STOCK.search(name):
        return bool(_NONE.fullmatch(value))
    if _STATE.search(name):
        return bool(_ENDED.search(value)) and not _PARTLY.search(value)
    return bool(_ALL.fullmatch(value))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text[:LONGEST]).lower().strip()
