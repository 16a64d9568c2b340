"""Wordings: where suspicious talk stands, as far as what the learned judge reads depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keywords.learned.features import REACH
from keywords.whole import cuts_latin, is_one_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from keywords.fold import Folded


def valid(text: str, folded: Folded, places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the places that are whole words: nothing between their characters that keeps them apart."""
    index, said = folded.index, folded.text
    for start, end in places:
        whole = index[end - 1] - index[start] == end - start - 1  # most are
        if not whole and not is_one_word(folded, start, end, text):
            continue
        if (said[start].isascii() or said[end - 1].isascii()) and cuts_latin(folded, start, end):
            continue
        yield start, end


def outer(text: str, folded: Folded, places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return places around which the same is read as around all that `longest` returns."""
    ordered = sorted(places)
    first = next(valid(text, folded, ordered), None)
    if first is None:
        return []
    last = next(valid(text, folded, reversed(ordered)), first)
    length = len(folded.text)
    # One of the longest begins before the first one ends, and one ends after the last one begins.
    if length <= 2 * REACH and first[1] <= REACH and last[0] >= length - REACH:
        return [first, last]
    return longest(text, folded, ordered)


def longest(text: str, folded: Folded, places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the valid places without overlaps, in text order, as `explain.longest` would choose them."""
    index = folded.index
    kept: list[tuple[int, int]] = []
    taken: set[int] = set()
    for _, start, end in sorted(
        [(index[start] - index[end - 1], start, end) for start, end in valid(text, folded, places)]
    ):
        own = range(start, end)
        if taken.isdisjoint(own):
            kept.append((start, end))
            taken.update(own)
    kept.sort()
    return kept
