"""Anchors: wordings by which advertisements that name no object are noticed at all."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LENGTHS = (2, 3, 4)  # characters
LONGEST = 400  # characters of a text that are read: the opening says what it is
OFTEN = 3  # advertisements in which a wording must stand
RARE = 10  # ordinary lines of 82,000 in which it may stand
LIMIT = 7.0  # evidence of one wording: it is never enough by itself


def grams(folded: str) -> set[str]:
    """Return the n-grams of a folded text that can be anchors."""
    said = folded[:LONGEST]
    return {said[at : at + size] for size in LENGTHS for at in range(len(said) - size + 1)}


def choose(advertisements: Sequence[str], ordinary: Sequence[str]) -> dict[str, float]:
    """Return wordings and their evidence: how much oftener (logarithm) they stand in advertisements than elsewhere.

    Both arguments are folded texts.
    """
    often = Counter(gram for text in advertisements for gram in grams(text) if not gram.isdigit())
    candidates = {gram for gram, count in often.items() if count >= OFTEN}
    elsewhere = _counted(candidates, ordinary)
    return {
        gram: round(min(LIMIT, _evidence(often[gram], len(advertisements), elsewhere[gram], len(ordinary))), 2)
        for gram in sorted(candidates)
        if elsewhere[gram] <= RARE
    }


def _counted(candidates: set[str], texts: Iterable[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for text in texts:
        found.update(candidates & grams(text))
    return found


def _evidence(here: int, all_here: int, there: int, all_there: int) -> float:
    return math.log((here + 0.5) / (all_here + 1)) - math.log((there + 0.5) / (all_there + 1))
