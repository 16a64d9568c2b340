"""Spread: what the automaton saw in many texts at once, summed text by text without a look at each single place."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from keywords.match import CLOSE, ENOUGH, PART, ROUNDING, SAID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from keywords.match import Marks, Place


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
    dense: list[bool]
    """Of each text: suspicious wordings may be enough together; where not, they are not."""

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
    near = np.zeros(texts, dtype=np.bool_)
    said = ((kinds & SAID) != 0) & (total > ENOUGH - ROUNDING).take(owners)
    talk = said.nonzero()[0]
    if talk.size:
        reached = _near(starts.take(talk), ends.take(talk), bases.take(talk), evidence.take(talk), int(limits[-1]))
        near[owners.take(talk[reached])] = True
    parts = np.bincount(owners[(kinds & PART) != 0], minlength=texts)
    return Spread(
        firsts.tolist(),
        (starts - bases).tolist(),
        (ends - bases).tolist(),
        numbers.tolist(),
        found.tolist(),
        total.tolist(),
        parts.tolist(),
        near.tolist(),
    )


def _near(
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    bases: NDArray[np.int64],
    evidence: NDArray[np.float64],
    size: int,
) -> NDArray[np.bool_]:
    """Tell of each wording whether it and those before it within `CLOSE` characters of its text may be enough.

    Of wordings that overlap only one counts: together they count at most the most per character, summed up.
    """
    lengths = ends - starts
    after = lengths.cumsum()
    which = np.repeat(np.arange(lengths.size), lengths)
    places = np.arange(which.size) + (starts - after + lengths).take(which)
    most = np.zeros(size + 1)
    np.maximum.at(most, places, (evidence / lengths).take(which))
    summed = np.concatenate([[0.0], most.cumsum()])
    reach = summed.take(ends) - summed.take(np.maximum(ends - CLOSE, bases))
    enough: NDArray[np.bool_] = reach > ENOUGH - ROUNDING
    return enough
