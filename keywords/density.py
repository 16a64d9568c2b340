"""Density: where suspicious wordings are enough together, in many texts at once; `match.dense` says it of one text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from keywords.match import CLOSE, ENOUGH, ROUNDING, dense

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from keywords.match import Span

MOST = 64  # wordings of a text that are read in step with other texts'; one with more is read by itself


class Wordings(NamedTuple):
    """Suspicious wordings of joined texts, in the order of their texts."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    evidence: NDArray[np.float64]
    owners: NDArray[np.intp]
    """Numbers of the texts."""
    bases: NDArray[np.int64]
    """Where those texts begin."""

    def of(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> Wordings:
        """Return some of them."""
        starts, ends, evidence, owners, bases = self
        return Wordings(starts[chosen], ends[chosen], evidence[chosen], owners[chosen], bases[chosen])


def dense_all(found: Wordings) -> dict[int, frozenset[Span]]:
    """Return by text the places, counted from its beginning, of wordings that are enough together.

    Texts without any are left out.
    """
    found = found.of(_may_be_enough(found))
    if not found.starts.size:
        return {}
    found = found.of(np.lexsort((found.ends, found.starts)))
    firsts = np.concatenate([[0], np.diff(found.owners).nonzero()[0] + 1])
    counts = np.diff(firsts, append=found.owners.size)
    kept = found.of(_strongest(found, firsts, counts))
    marked, unsure = _close(kept)
    alone = {*found.owners.take(firsts[counts > MOST]).tolist(), *kept.owners[unsure].tolist()}
    said = kept.of(marked)
    spans_of_all = list(zip((said.starts - said.bases).tolist(), (said.ends - said.bases).tolist(), strict=True))
    owners, firsts = np.unique(said.owners, return_index=True)
    slices = zip(owners.tolist(), firsts.tolist(), np.append(firsts, said.owners.size)[1:].tolist(), strict=True)
    result = {owner: frozenset(spans_of_all[first:after]) for owner, first, after in slices if owner not in alone}
    for owner in alone:
        own = found.of(found.owners == owner)
        columns_of_one = own.starts - own.bases, own.ends - own.bases, own.evidence
        spans = dense(list(zip(*(column.tolist() for column in columns_of_one), strict=True)))
        if spans:
            result[owner] = spans
    return result


def _may_be_enough(found: Wordings) -> NDArray[np.bool_]:
    """Tell of each wording whether its text may hold enough: where not, it does not.

    Of wordings that overlap only one counts: together they count at most the most per character, summed up.
    """
    starts, ends, evidence, owners, bases = found
    near = np.zeros(int(owners[-1]) + 1 if owners.size else 0, dtype=np.bool_)
    if owners.size:
        lengths = ends - starts
        which = np.repeat(np.arange(lengths.size), lengths)
        places = np.arange(which.size) + (ends - lengths.cumsum()).take(which)
        most = np.zeros(int(ends.max()))
        np.maximum.at(most, places, (evidence / lengths).take(which))
        summed = np.concatenate([[0.0], most.cumsum()])
        reach = summed.take(ends) - summed.take(np.maximum(ends - CLOSE, bases))
        near[owners[reach > ENOUGH - ROUNDING]] = True
    enough: NDArray[np.bool_] = near.take(owners)
    return enough


def _strongest(found: Wordings, firsts: NDArray[np.intp], counts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell of each wording whether it is the one that counts of those that overlap it; all texts go in step."""
    order = (-counts).argsort(kind="stable")
    firsts, counts = firsts.take(order), counts.take(order)
    taken = np.zeros(found.starts.size, dtype=np.bool_)
    stops, strongest = np.full(firsts.size, -1), np.zeros(firsts.size)
    last = np.zeros(firsts.size, dtype=np.intp)
    for step in range(min(MOST, int(counts[0]))):
        going = int((-counts).searchsorted(-step))
        at = firsts[:going] + step
        evidence = found.evidence.take(at)
        free = found.starts.take(at) >= stops[:going]
        better = ~free & (evidence > strongest[:going])
        taken[last[:going][better]] = False
        which = (free | better).nonzero()[0]
        chosen = at.take(which)
        taken[chosen] = True
        last[which], stops[which], strongest[which] = chosen, found.ends.take(chosen), evidence.take(which)
    return taken


def _close(kept: Wordings) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell of each wording whether it is among enough ones, and whether that hangs on the order of a sum."""
    summed = np.concatenate([[0.0], kept.evidence.cumsum()])
    first = kept.starts.searchsorted(np.maximum(kept.ends - CLOSE, kept.bases))
    after = np.arange(1, kept.starts.size + 1)
    total = summed.take(after) - summed.take(first)
    reached = (total >= ENOUGH).nonzero()[0]
    steps = np.zeros(kept.starts.size + 1, dtype=np.int64)
    np.add.at(steps, first.take(reached), 1)
    np.add.at(steps, after.take(reached), -1)
    return steps.cumsum()[:-1] > 0, np.abs(total - ENOUGH) < ROUNDING
