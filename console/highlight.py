"""A listing's text for the screen: each hit at its exact span, each hidden character as a labelled box.

Pieces are plain data; the template escapes every character of them. Offsets are code points, as Python counts.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LONGEST: Final = 20_000  # characters shown from the beginning: ten times the longest advertisement seen
AROUND: Final = 300  # characters shown on both sides of a hit that lies beyond
MOST_MARKS: Final = 400  # of one text: more is a list of words, and no person reads them all

Kind = Literal["text", "hidden", "gap"]
MarkKind = Literal["hit", "claim", "factor", "suppressed"]
SHOWN_FIRST: Final[dict[MarkKind, int]] = {"hit": 0, "claim": 1, "suppressed": 2, "factor": 3}
"""Where marks lie over each other, the style of the first of these is shown."""

NAMES: Final[dict[int, str]] = {
    0x00AD: "软连字符",
    0x034F: "组合连接符",
    0x061C: "阿拉伯方向符",
    0x115F: "韩文填充符",
    0x1160: "韩文填充符",
    0x180E: "蒙古文分隔符",
    0x200B: "零宽空格",
    0x200C: "零宽断开",
    0x200D: "零宽连接",
    0x200E: "左至右标记",
    0x200F: "右至左标记",
    0x2028: "行分隔符",
    0x2029: "段分隔符",
    0x202A: "左至右嵌入",
    0x202B: "右至左嵌入",
    0x202C: "方向结束",
    0x202D: "强制左至右",
    0x202E: "强制右至左",
    0x2060: "词连接符",
    0x2061: "隐形函数符",
    0x2062: "隐形乘号",
    0x2063: "隐形分隔",
    0x2064: "隐形加号",
    0x2066: "左至右隔离",
    0x2067: "右至左隔离",
    0x2068: "自动隔离",
    0x2069: "隔离结束",
    0x3164: "韩文填充符",
    0xFEFF: "零宽不换行",
    0xFFA0: "韩文填充符",
    0x0000: "空字符",
    0xFFFD: "乱码字符",
}
"""Hidden characters that sellers are known to use, or that turn the direction of reading; and what could not be read."""
KEPT: Final = "\t\n"
CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # control, format, surrogate, private, none
FILLERS: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufffd"
)  # signs that show nothing of what was written
SELECTORS: Final = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
SELECTED: Final = frozenset({"So", "Sm", "Sk", "Po", "Nd"})  # after these a selector only chooses how a sign looks


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the text that something is said about."""

    start: int
    end: int
    kind: MarkKind
    number: int = 0
    """Of the hit, from 1, as in the table beside the text; 0 for other marks."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text that is shown in one way."""

    text: str
    """Characters as they are; of a hidden one its name; of a gap how many characters are left out."""
    kind: Kind = "text"
    style: str = ""
    """hit, claim, suppressed, factor, or empty."""
    hits: tuple[int, ...] = ()
    """Numbers of all hits that cover it."""
    opens: tuple[int, ...] = ()
    """Numbers of the hits that begin here."""


def pieces(text: str, marks: Iterable[Mark] = (), *, longest: int = LONGEST) -> list[Piece]:
    """`text` in pieces, hits nested and overlapping as they are; what is far from any hit is cut when it is long."""
    wanted = _valid(marks, len(text))
    shown = _ranges(len(text), wanted, longest)
    found: list[Piece] = []
    before = 0
    for start, end in shown:
        if start > before:
            found.append(Piece(f"{start - before}", "gap"))
        found.extend(_between(text, start, end, wanted))
        before = end
    if before < len(text):
        found.append(Piece(f"{len(text) - before}", "gap"))
    return found


def boxed(text: object, longest: int = LONGEST) -> list[Piece]:
    """A quote in pieces, without marks; cut with … if longer."""
    whole = str(text)
    return pieces(whole if len(whole) <= longest else whole[: longest - 1] + "…")


def _valid(marks: Iterable[Mark], length: int) -> list[Mark]:
    """Marks within the text, the most important first where there are too many, in text order."""
    inside = [mark for mark in marks if 0 <= mark.start < mark.end <= length]
    kept = sorted(inside, key=lambda mark: (SHOWN_FIRST[mark.kind], mark.start))[:MOST_MARKS]
    return sorted(kept, key=lambda mark: (mark.start, -mark.end, mark.number))


def _ranges(length: int, marks: Sequence[Mark], longest: int) -> list[tuple[int, int]]:
    ranges = [(0, min(length, longest))]
    for mark in marks:
        if mark.kind != "hit" or mark.end <= longest:
            continue
        start, end = max(0, mark.start - AROUND), min(length, mark.start + AROUND + min(mark.end - mark.start, longest))
        last_start, last_end = ranges[-1]
        if start <= last_end:
            ranges[-1] = last_start, max(last_end, end)
        else:
            ranges.append((start, end))
    return ranges


def _between(text: str, start: int, end: int, marks: Sequence[Mark]) -> Iterator[Piece]:
    cuts = {start, end}
    for mark in marks:
        cuts.update(place for place in (mark.start, mark.end) if start < place < end)
    places = sorted(cuts)
    over = _covering(marks, places)
    for left, right in pairwise(places):
        covering = over[left]
        style = min((mark.kind for mark in covering), key=SHOWN_FIRST.__getitem__, default="")
        hits = tuple(mark.number for mark in covering if mark.number)
        opens = tuple(mark.number for mark in covering if mark.number and max(mark.start, start) == left)
        yield from _visible(text, left, right, style, hits, opens)


def _covering(marks: Sequence[Mark], places: Sequence[int]) -> dict[int, list[Mark]]:
    """Each place -> the marks that lie over what begins there."""
    over: dict[int, list[Mark]] = {place: [] for place in places}
    for mark in marks:
        at = max(bisect_right(places, mark.start) - 1, 0)
        while at < len(places) and places[at] < mark.end:
            if places[at] >= mark.start:
                over[places[at]].append(mark)
            at += 1
    return over


def _visible(  # noqa: PLR0913, PLR0917 -- a stretch and how it is shown
    text: str, start: int, end: int, style: str, hits: tuple[int, ...], opens: tuple[int, ...]
) -> Iterator[Piece]:
    """One stretch, cut where characters are hidden; equal ones in a row are one box."""
    plain = start
    place = start
    while place < end:
        if not _is_hidden(text, place):
            place += 1
            continue
        if place > plain:
            yield Piece(text[plain:place], "text", style, hits, opens)
            opens = ()
        after = place + 1
        while after < end and text[after] == text[place]:
            after += 1
        times = f"×{after - place}" if after - place > 1 else ""
        yield Piece(hidden_name(text[place]) + times, "hidden", style, hits, opens)
        opens = ()
        plain = place = after
    if end > plain:
        yield Piece(text[plain:end], "text", style, hits, opens)


def _is_hidden(text: str, place: int) -> bool:
    char = text[place]
    if char in KEPT or " " <= char <= "~":
        return False
    if char in SELECTORS:
        return place == 0 or unicodedata.category(text[place - 1]) not in SELECTED
    return char in FILLERS or unicodedata.category(char) in CATEGORIES


def hidden_name(char: str) -> str:
    """``零宽空格`` for what has a name here, else ``U+2065``."""
    return NAMES.get(ord(char)) or f"U+{ord(char):04X}"
