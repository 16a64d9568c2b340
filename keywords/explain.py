"""Explanations: candidates that counted become hits, the others become suppressed ones with their rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keywords.results import Hit, Suppressed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keywords.entries import Entry
    from keywords.match import Candidate
    from keywords.score import Points


def hit(candidate: Candidate, entry: Entry, weight: float, words: tuple[str, ...]) -> Hit:
    """Return the hit of a candidate that counted."""
    return Hit(
        entry=entry.id,
        term=entry.term,
        kind=entry.kind,
        category=entry.category,
        channel=candidate.channel,
        matched=candidate.matched,
        start=candidate.span[0],
        end=candidate.span[1],
        weight=weight,
        folded=candidate.folded,
        segmentation=words,
        clause=entry.clause,
    )


def suppressed(candidate: Candidate, entry: Entry, rule: str) -> Suppressed:
    """Return the record of a candidate that did not count."""
    return Suppressed(entry.id, entry.term, candidate.matched, *candidate.span, rule)


def hits(
    pairs: Sequence[tuple[Candidate, Entry]], points: Points, words: Mapping[Candidate, tuple[str, ...]]
) -> tuple[Hit, ...]:
    """Return the hits in text order; the most important one carries the base points, others what they add."""
    leading = max(pairs, key=lambda pair: pair[1].rank)[1].id
    weights: dict[str, float] = {}
    result = []
    for candidate, entry in pairs:
        first = entry.id not in weights
        weights.setdefault(entry.id, points.base[entry.strength] if entry.id == leading else points.further)
        result.append(hit(candidate, entry, weights[entry.id] if first else 0.0, words.get(candidate, ())))
    return tuple(result)


def longest(candidates: Sequence[Candidate], entries: Sequence[Entry]) -> list[Candidate]:
    """Return the candidates without overlaps, in text order.

    The longest stays, of equal ones the plain writing, then the more important entry.
    """

    def order(candidate: Candidate) -> tuple[int, bool, int, int, int]:
        strength, severity = entries[candidate.way.entry].rank
        return candidate.span[0] - candidate.span[1], candidate.disguised, -strength, -severity, candidate.start

    if len(candidates) < 2:
        return list(candidates)
    kept: list[Candidate] = []
    taken: set[int] = set()
    for candidate in sorted(candidates, key=order):
        span = range(*candidate.span)
        if taken.isdisjoint(span):
            kept.append(candidate)
            taken.update(span)
    return sorted(kept, key=lambda candidate: candidate.span)
