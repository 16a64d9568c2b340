"""What was offered, as the official capture has it: title, text with the words that raised the lead, the page's look."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from referrals.papers.model import Fields, Heading, Lines, Picture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from referrals.papers.model import Block

MOST = 1500  # characters of the text: two pages; the whole lies in the capture
MOST_LINES = 60  # two pages, where a line is a word
PART = 900  # characters of a paragraph: less than what paper takes of one value, marks included
OPEN, CLOSE = "〖", "〗"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the page says; all empty where nothing was obtained."""

    title: str = ""
    text: str = ""
    file: str = ""
    """The file of the capture that holds the whole text."""
    matched: tuple[str, ...] = ()
    """Words as they stood on the page when the lead was raised."""
    view: bytes | None = None
    """PNG of the page's top."""


def offer_blocks(offer: Offer) -> Iterator[Block]:
    """The part of the record that shows it."""
    yield Heading("五、提取到的网页内容")
    if offer.title or offer.text:
        yield Fields((("标题", _marked(offer.title, offer.matched) or "（无）"),))
        yield Lines(tuple(_text(offer)))
    else:
        yield Lines(("没有取得网页文字。",))
    if offer.view:
        yield Picture(offer.view, "本次提取的截屏（页面上部）；整页见 screen.png")


def _text(offer: Offer) -> Iterator[str]:
    found = [word for word in offer.matched if word in offer.title or word in offer.text]
    words = f"命中词：{'、'.join(found)}，{OPEN}{CLOSE}为软件所加的标记。" if found else ""
    yield f"正文如下（共 {len(offer.text)} 字）。{words}"
    lines = [line for line in offer.text[:MOST].splitlines() if line.strip()]
    for line in lines[:MOST_LINES]:
        marked = _marked(line, offer.matched)
        yield from (marked[start : start + PART] for start in range(0, len(marked), PART))
    if len(offer.text) > MOST or len(lines) > MOST_LINES:
        yield f"……（以上为开头部分，全文见 {offer.file}）"
    elif offer.file:
        yield f"（全文同见 {offer.file}）"


def _marked(text: str, words: tuple[str, ...]) -> str:
    wanted = sorted({word for word in words if word.strip()}, key=len, reverse=True)
    if not wanted:
        return text
    return re.sub("|".join(map(re.escape, wanted)), lambda found: f"{OPEN}{found.group()}{CLOSE}", text)
