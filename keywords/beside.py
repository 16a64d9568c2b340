"""Beside: what the few characters left and right of a candidate make of it: an offer, a likeness, a denial."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from keywords.match import PAUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from keywords.entries import Entry
    from keywords.fold import Folded
    from keywords.match import Candidate

REACH = 14  # characters on each side: the longest modifier, verb and words between them
GAP = 6  # characters between a name and the goods it is the brand or shape of
DENIED = 3  # characters between a denial and the name it denies: 不售任何野生动物
STOP, SPACE, LISTED = "|", " ", "、"  # how what was stripped between two characters reads here
CLAUSE_ENDS = PAUSES - {LISTED}
HAN = "\u4e00-\u9fff"
THINGS = frozenset({"species", "product", "part"})


class Side(NamedTuple):
    """The characters on one side of a candidate, in text order; what was stripped shows as a stop or a space."""

    text: str
    places: list[int]
    """Of each character, in the folded text."""


def left_of(text: str, folded: Folded, start: int) -> Side:
    """Return up to `REACH` characters before `start`; a text's beginning reads as a stop."""
    low = max(0, start - REACH)
    side = _spaced(text, folded, low, start + 1)
    chars, places = side.text[:-1], side.places[:-1]
    return Side(STOP + chars, [0, *places]) if low == 0 else Side(chars, places)


def right_of(text: str, folded: Folded, end: int) -> Side:
    """Return up to `REACH` characters from `end` on; a text's end reads as a stop."""
    high = min(len(folded.text), end + REACH)
    side = _spaced(text, folded, end - 1, high)
    chars, places = side.text[1:], side.places[1:]
    return Side(chars + STOP, [*places, high]) if high == len(folded.text) else Side(chars, places)


def _spaced(text: str, folded: Folded, low: int, high: int) -> Side:
    """Return the folded characters [low, high) with a stop, a list mark or a space wherever something was stripped."""
    offsets = folded.index[low:high].tolist()
    chars, places = [folded.text[low]], [low]
    for at in range(low + 1, high):
        gap = text[offsets[at - 1 - low] + 1 : offsets[at - low]]
        if gap:
            stopped = not CLAUSE_ENDS.isdisjoint(gap)
            chars.append(STOP if stopped else LISTED if LISTED in gap else SPACE)
            places.append(at)
        chars.append(folded.text[at])
        places.append(at)
    return Side("".join(chars), places)


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(map(re.escape, words), key=lambda word: (-len(word), word))) + ")"


class Surroundings:
    """Reads both sides of candidates; all repeats are bounded and the sides are short."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        """`facts`: offer, likeness and denial words of the compiled lexicon."""
        offer, like = facts["offer"], facts["likeness"]
        between = f"(?:{_any(offer['between'])} ?){{0,3}}"
        self._offer_before = re.compile(
            rf"[|、 ]{_any(offer['modifiers'])}{{0,2}} ?({_any(offer['before'])}) ?{between}$"
        )
        # A verb of one character ends its clause: 穿山甲出没 is no offer.
        self._offer_after = re.compile(
            rf"{_any(offer['suffixes'])}? ?{_any(offer['middle'])}{{0,2}}({_any(offer['after'])})(?=[| 0-9一两几个、]|$)"
        )
        self._verbs = frozenset("".join((*offer["before"], *offer["after"])))
        gap = rf"[^| {re.escape(like['gap'])}]{{0,{GAP}}}?"
        brand = rf"(?!{_any(like['brand_unless'])}){_any(like['brand'])}(?=[{HAN}])"
        suffix = rf"(?!{_any(like['suffix_unless'])}){_any(like['suffix'])}"
        self._like_after = re.compile(rf"(?:{suffix}|{gap}{_any(like['after'])})")
        self._trapped = re.compile(rf"{_any(like['trapped'])}$")
        self._goods = re.compile(rf"(?:{brand}|{gap}{_any(like['goods'])})")
        self._like_before = re.compile(rf"{_any(like['before'])}的?$")
        self._denied = re.compile(rf"({_any(facts['denial'])})[^|假仿]{{0,{DENIED}}}$")

    def offered(self, text: str, folded: Folded, candidate: Candidate) -> tuple[int, int] | None:
        """Return where in the folded text a trading verb stands right beside the candidate, or nothing."""
        start, end = candidate.start, candidate.end
        near = folded.text[max(0, start - REACH) : start] + folded.text[end : end + REACH]
        if self._verbs.isdisjoint(near):
            return None
        left = left_of(text, folded, start)
        found = self._offer_before.search(left.text)
        if found:
            return left.places[found.start(1)], left.places[found.end(1) - 1] + 1
        right = right_of(text, folded, end)
        found = self._offer_after.match(right.text.lstrip(SPACE))
        if found:
            skipped = len(right.text) - len(right.text.lstrip(SPACE))
            return right.places[skipped + found.start(1)], right.places[skipped + found.end(1) - 1] + 1
        return None

    def excused(self, text: str, folded: Folded, candidate: Candidate, entry: Entry) -> str:
        """Return why a plainly written candidate is a brand, a likeness or denied, or nothing."""
        if candidate.disguised:
            return ""
        right, left = right_of(text, folded, candidate.end), left_of(text, folded, candidate.start)
        like = self._like_after.match(right.text)
        if not like and entry.kind in THINGS and not self._trapped.search(left.text):
            like = self._goods.match(right.text)
        if not like:
            like = self._like_before.search(left.text)
        if like:
            return f"品牌、颜色、造型或用品：{like[0]}"
        denied = self._denied.search(left.text)
        return f"明说没有或不卖：{denied[1]}" if denied else ""
