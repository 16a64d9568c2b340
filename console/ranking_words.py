"""What the numbers of a ranking model are called on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from console.codes import WORDS as KNOWN
from console.codes import said

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST: Final = 16  # features shown: those that move a lead most
LEAST: Final = 0.005  # of a weight: less is shown as 0.00
WORDS: Final = {
    "score": "风险分",
    "hits": "命中数",
    "entries": "命中的词条数",
    "price": "标有价格",
    "picture": "有图片",
    "site": "此站点以往的准确率",
    "seller": "此卖家以往的研判",
    "entry.mean": "命中词条以往的准确率（平均）",
    "entry.best": "命中词条以往的准确率（最高）",
}


def shown_weights(weights: Mapping[str, float]) -> list[tuple[str, float]]:
    """Name and weight of what says most, the strongest first; texts and the constant say nothing to people."""
    told = [pair for pair in weights.items() if pair[0] and not pair[0].startswith("text.") and abs(pair[1]) >= LEAST]
    told.sort(key=lambda pair: -abs(pair[1]))
    return [(_name(name), weight) for name, weight in told[:MOST]]


def _name(name: str) -> str:
    kind, _, value = name.partition("=")
    if not value:
        return WORDS.get(name, name)
    words = KNOWN.get(kind, {})
    titles = {"verdict": "判定", "intent": "意图", "category": "类别", "channel": "方式", "flag": "标记"}
    return f"{titles.get(kind, kind)}：{said(words, value)}"
