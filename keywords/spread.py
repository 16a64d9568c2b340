"""Spread: what the automaton saw in many texts at once, summed text by text without a look at each single place."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from keywords.density import Wordings, dense_all
from keywords.match import ENOUGH, PART, ROUNDING, SAID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keywords.match import Marks, Place, Span


class Spread(NamedTuple):
    """What was seen in each text of a batch."""

    firsts: list[int]
    """Of the places, where those of each text begin; one more at the end."""
    starts: list[int]
    """In the text's own folded characters, like the next."""
    ends: list[int]
    numbers: list[int]
    kinds: list[int]
    """Of each text: what was found, as bits."""
    evidence: list[float]
    """Of each text: what all suspicious wordings have together."""
    parts: list[int]
    """Of each text: places of a kit's parts."""
    said: dict[int, frozenset[Span]]
    """Suspicious wordings that are enough together, by text; texts without any are left out."""

    def patterns(self, number: int) -> list[int]:
        """Return the numbers of the patterns in one text."""
        return self.numbers[self.firsts[number] : self.firsts[number + 1]]

    def own(self, number: int) -> list[Place]:
        """Return the places in one text."""
        first, after = self.firsts[number], self.firsts[number + 1]
        return list(zip(self.starts[first:after], self.ends[first:after], self.numbers[first:after], strict=True))


def spread(places: Sequence[Place], stops: Sequence[int], marks: Marks) -> Spread:
    """Return what was seen in each text.

    `places`: in joined texts, in the order of their ends; `stops`: where each text ends there; `marks`: of the patterns.
    """
    flat = np.fromiter(chain.from_iterable(places), dtype=np.int64, count=3 * len(places)).reshape(-1, 3)
    starts, ends, numbers = np.ascontiguousarray(flat.T)
    texts, limits = len(stops), np.array(stops, dtype=np.int64)
    firsts = np.concatenate([[0], ends.searchsorted(limits, side="right")])
    owners = np.repeat(np.arange(texts), np.diff(firsts))
    bases = np.concatenate([[0], limits[:-1] + 1]).take(owners)
    kinds, evidence = marks.kinds.take(numbers), marks.evidence.take(numbers)
    total = np.bincount(owners, evidence, minlength=texts)
    found = np.zeros(texts, dtype=np.uint8)
    filled = np.diff(firsts).nonzero()[0]
    if filled.size:
        found[filled] = np.bitwise_or.reduceat(kinds, firsts.take(filled))
    talk = (((kinds & SAID) != 0) & (total > ENOUGH - ROUNDING).take(owners)).nonzero()[0]
    said = dense_all(Wordings(starts, ends, evidence, owners, bases).of(talk)) if talk.size else {}
    parts = np.bincount(owners[(kinds & PART) != 0], minlength=texts)
    return Spread(
        firsts.tolist(),
        (starts - bases).tolist(),
        (ends - bases).tolist(),
        numbers.tolist(),
        found.tolist(),
        total.tolist(),
        parts.tolist(),
        said,
    )
