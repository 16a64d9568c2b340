"""Whole: which characters that stand side by side in folded text are one word in the original."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keywords.fold import Folded

LONG_PINYIN = 5  # letters: the shortest syllables of two characters (yewei, huqu); initials are shorter
LONGEST_GAP = 12  # junk characters between two characters of a word; more is two words
STOPS = frozenset("\n\r。！？；!?;")  # between sentences
PAUSES = STOPS | frozenset("，、：,")  # between clauses: not inside a word of two characters


def is_one_word(folded: Folded, start: int, end: int, text: str) -> bool:
    """Tell whether the junk between the characters can be inside a word."""
    if folded.index[end - 1] - folded.index[start] == end - start - 1:
        return True
    places = folded.index[start:end]
    gaps = [text[a + 1 : b] for a, b in itertools.pairwise(places) if b - a > 1]
    if any(len(gap) > LONGEST_GAP for gap in gaps):
        return False
    stops = PAUSES if end - start == 2 else STOPS
    stopped = sum(not stops.isdisjoint(gap) for gap in gaps)
    return stopped == 0 or stopped == end - start - 1 > 1  # 穿！山！甲 is a disguise, 大象。牙膏 is two sentences


def cuts_latin(folded: Folded, start: int, end: int) -> bool:
    """Tell whether the span begins or ends inside a run of letters or digits, as "ya" in "yang".

    Where pinyin is long, a number may touch it: yewei2只; a short run with a number is a model: csj2.
    """
    written = folded.text
    if not (written[start].isascii() or written[end - 1].isascii()):
        return False
    short = end - start < LONG_PINYIN and written[start:end].isascii()
    inside = _joined if short else _same_kind
    return (start > 0 and inside(folded, start - 1)) or (end < len(written) and inside(folded, end - 1))


def _joined(folded: Folded, left: int) -> bool:
    pair = folded.text[left : left + 2]
    return pair.isascii() and pair.isalnum() and folded.index[left + 1] - folded.index[left] == 1


def _same_kind(folded: Folded, left: int) -> bool:
    pair = folded.text[left : left + 2]
    return (pair.isalpha() or pair.isdigit()) and _joined(folded, left)
