"""Beside: what the few characters left and right of a candidate make of it: an offer, a likeness, a denial."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from keywords.whole import PAUSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keywords.entries import Entry
    from keywords.fold import Folded
    from keywords.match import Candidate

REACH = 14  # characters on each side: the longest modifier, verb and words between them
VERB = 8  # characters between which a verb can stand; the words between it and the name are short
GAP = 6  # characters between a name and the goods it is the brand or shape of
DENIED = 3  # characters between a denial and the name it denies: 不售任何野生动物
STOP, SPACE, LISTED = "|", " ", "、"  # how what was stripped between two characters reads here
CLAUSE_ENDS = PAUSES - {LISTED}
UNDENIED = frozenset(STOP + "假仿")  # 不卖假象牙 denies the imitation
SHOWN = 4  # characters of the likeness that the explanation shows
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
    offsets = folded.index[low:high]
    if offsets[-1] - offsets[0] == high - low - 1:
        return Side(folded.text[low:high], list(range(low, high)))
    chars: list[str] = []
    places: list[int] = []
    written = offsets.tolist()
    first = low
    for at, (before, after) in enumerate(pairwise(written), start=low + 1):
        if after - before > 1:
            gap = text[before + 1 : after]
            stopped = not CLAUSE_ENDS.isdisjoint(gap)
            chars += (folded.text[first:at], STOP if stopped else LISTED if LISTED in gap else SPACE)
            places += (*range(first, at), at)
            first = at
    chars.append(folded.text[first:high])
    places += range(first, high)
    return Side("".join(chars), places)


def _by_first(words: Iterable[str]) -> dict[str, list[str]]:
    """Return the words by their first character, the shortest ones first."""
    found: dict[str, list[str]] = {}
    for word in sorted({*words} - {""}, key=len):
        found.setdefault(word[0], []).append(word)
    return found


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(map(re.escape, _ordered(words))) + ")"


def _ordered(words: Iterable[str]) -> list[str]:
    """Return the words in the order in which they are tried: the longest first."""
    return sorted(words, key=lambda word: (-len(word), word))


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
            rf" ?{_any(offer['suffixes'])}? ?{_any(offer['middle'])}{{0,2}}({_any(offer['after'])})(?=[| 0-9一两几个、]|$)"
        )
        self._verbs_before, self._verbs_after = frozenset("".join(offer["before"])), frozenset("".join(offer["after"]))
        self._gap_stops = frozenset(STOP + SPACE + like["gap"])
        self._suffixes = tuple(like["suffix"]), tuple(like["suffix_unless"])
        self._brands = tuple(like["brand"]), tuple(like["brand_unless"])
        self._like_after = _by_first(like["after"])
        self._goods = _by_first(like["goods"])
        self._like_before, self._trapped = tuple(like["before"]), tuple(like["trapped"])
        self._denials = tuple(sorted(facts["denial"], key=len, reverse=True))
        self.lists: tuple[Sequence[str], ...] = (
            *self._suffixes, *self._brands, *(like[name] for name in ("after", "goods", "before", "trapped")),
            self._denials, sorted(self._gap_stops), sorted(self._verbs_before), sorted(self._verbs_after),
            *(_ordered(offer[name]) for name in ("modifiers", "before", "between", "suffixes", "middle", "after")),
        )  # fmt: skip
        """All these words as the kernel reads them: in the order of kernel.h, from SUFFIXES to AFTER."""

    def offered(self, text: str, folded: Folded, candidate: Candidate) -> tuple[int, int] | None:
        """Return where in the folded text a trading verb stands right beside the candidate, or nothing."""
        start, end = candidate.start, candidate.end
        if not self._verbs_before.isdisjoint(folded.text[max(0, start - VERB) : start]):
            left = left_of(text, folded, start)
            found = self._offer_before.search(left.text)
            if found:
                return left.places[found.start(1)], left.places[found.end(1) - 1] + 1
        if not self._verbs_after.isdisjoint(folded.text[end : end + VERB]):
            right = right_of(text, folded, end)
            found = self._offer_after.match(right.text)
            if found:
                return right.places[found.start(1)], right.places[found.end(1) - 1] + 1
        return None

    def excused(self, text: str, folded: Folded, candidate: Candidate, entry: Entry) -> str:
        """Return why a plainly written candidate is a brand, a likeness or denied, or nothing."""
        if candidate.disguised:
            return ""
        start, end = candidate.start, candidate.end
        # What was stripped only keeps words apart: where nothing is found without it, nothing is found with it.
        if not self._excuse(folded.text[max(0, start - REACH) : start], folded.text[end : end + REACH], entry):
            return ""
        return self._excuse(left_of(text, folded, start).text, right_of(text, folded, end).text, entry)

    def _excuse(self, left: str, right: str, entry: Entry) -> str:
        like = self._likeness(right, self._like_after) or _starts(right, *self._suffixes)
        if not like and entry.kind in THINGS and not left.endswith(self._trapped):
            like = self._likeness(right, self._goods) or self._brand(right)
        if not like and left.removesuffix("的").endswith(self._like_before):
            like = left[-SHOWN:]
        if like:
            return f"品牌、颜色、造型或用品：{like}"
        denial = self._denial(left)
        return f"明说没有或不卖：{denial}" if denial else ""

    def _likeness(self, right: str, words: Mapping[str, Sequence[str]]) -> str:
        """Return the first of `words` (by first character) that follows, nothing but a few harmless characters between."""
        stops = self._gap_stops
        for at, char in enumerate(right[: GAP + 1]):
            for word in words.get(char, ()):
                if right.startswith(word, at):
                    return word
            if char in stops:
                return ""
        return ""

    def _brand(self, right: str) -> str:
        brand = _starts(right, *self._brands)
        return brand if brand and right[len(brand) :][:1] not in {"", STOP, SPACE, LISTED} else ""

    def _denial(self, left: str) -> str:
        for gap in range(DENIED + 1):
            before = left[: len(left) - gap]
            if before.endswith(self._denials):
                return str(next(word for word in self._denials if before.endswith(word)))
            if not before or before[-1] in UNDENIED:
                return ""
        return ""


def _starts(text: str, words: tuple[str, ...], unless: tuple[str, ...]) -> str:
    if not text.startswith(words) or text.startswith(unless):
        return ""
    return next(word for word in words if text.startswith(word))
