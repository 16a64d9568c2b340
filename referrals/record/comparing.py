"""What changed between the first capture and the official one: side by side and line by line. Pure and bounded."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

MOST_LINES = 400  # of each text: difflib takes time by the square of it, here some 50 ms
MOST_SHOWN = 60  # changed lines on paper: three pages
LINE = 400  # characters

UNCOMPARED = "未能取得，无法比较"

Change = Literal["same", "changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Look:
    """What one capture shows of an offer."""

    at: datetime | None
    source: str
    """What it is worth: a lead of the crawler, or an official extraction."""
    reached: str
    """How the page answered: 200, 404, unreachable …"""
    title: str = ""
    text: str = ""
    price: str = ""
    seller: str = ""
    contacts: str = ""
    region: str = ""
    images: int = 0
    """How many."""
    obtained: bool = True
    """False when nothing is known of the offer: an absence of answers is no absence of words."""


@dataclass(frozen=True, slots=True)
class Line:
    """One place where the texts differ."""

    change: Change
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The two looks, side by side."""

    first: Look
    now: Look
    rows: tuple[tuple[str, str, str, str], ...]
    """What, then, now, verdict in Chinese."""
    lines: tuple[Line, ...]
    left_out: int
    """Differing lines that are not listed."""
    cut: bool
    """A text was longer than what was compared."""

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of what differs; of what could not be compared, nothing is claimed."""
        if not self.now.obtained:
            return ()
        return tuple(row[0] for row in self.rows if row[3] != "一致")

    @property
    def summary(self) -> str:
        """One sentence."""
        if not self.now.obtained:
            return f"本次提取{UNCOMPARED}（{self.now.reached}）；首次采集所见仅列出备查，不说明页面是否有变化。"
        if not self.changed and not self.lines:
            return "与首次采集相比，页面状态、标题、正文、价格、卖家、联系方式、所在地、图片数量均未见变化。"
        found = "、".join(self.changed) or "正文"
        return f"与首次采集相比，下列内容已变化：{found}。"


def compare(first: Look, now: Look) -> Comparison:
    """What differs; texts are compared by lines."""
    pairs = (
        ("页面状态", first.reached, now.reached),
        ("标题", first.title, now.title),
        ("价格", first.price, now.price),
        ("卖家", first.seller, now.seller),
        ("联系方式", first.contacts, now.contacts),
        ("所在地", first.region, now.region),
        ("图片数量", str(first.images), str(now.images)),
        ("正文", _size(first.text), _size(now.text)),
    )
    if not now.obtained:
        return Comparison(first, now, tuple((name, then, "", UNCOMPARED) for name, then, _ in pairs), (), 0, cut=False)
    lines, cut = _lines(first.text, now.text)
    rows = tuple((name, then, later, _verdict(name, then, later, changed=bool(lines))) for name, then, later in pairs)
    return Comparison(first, now, rows, lines[:MOST_SHOWN], max(0, len(lines) - MOST_SHOWN), cut)


def _verdict(name: str, then: str, now: str, *, changed: bool) -> str:
    if name == "正文":
        return "已变化（见文字对照）" if changed else "一致"
    if then == now:
        return "一致"
    if not then:
        return "新增"
    return "已变化" if now else "已无"


def _size(text: str) -> str:
    return f"{len(text)} 字" if text else ""


def _lines(first: str, now: str) -> tuple[tuple[Line, ...], bool]:
    then, later = (_split(text) for text in (first, now))
    matcher = difflib.SequenceMatcher(None, then[:MOST_LINES], later[:MOST_LINES], autojunk=False)
    cut = max(len(then), len(later)) > MOST_LINES
    found = [line for code in matcher.get_opcodes() for line in _differing(code, then, later)]
    if cut and not found and then != later:
        found = [Line("changed", "（所比较的部分之外）", "（所比较的部分之外）")]
    return tuple(found), cut


def _split(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def _differing(code: tuple[str, int, int, int, int], then: list[str], now: list[str]) -> Iterator[Line]:
    tag, a, b, c, d = code
    if tag == "equal":
        return
    for number in range(max(b - a, d - c)):
        before = then[a + number] if a + number < b else ""
        after = now[c + number] if c + number < d else ""
        change: Change = "changed" if before and after else "removed" if before else "added"
        yield Line(change, _short(before), _short(after))


def _short(line: str) -> str:
    return line if len(line) <= LINE else line[:LINE] + "……"
