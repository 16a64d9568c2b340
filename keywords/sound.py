"""Homophones: an automaton over syllables, or a table over pairs of them, finds terms that were written with other characters."""

from __future__ import annotations

from operator import eq, itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from daachorse import CharwiseDoubleArrayAhoCorasick

from keywords.fold import CODE_POINTS, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from keywords.fold import Codes
    from keywords.match import Place

FIRST = 0xE000  # private use: one code point per syllable
NEVER = "\uffff"  # what is looked for where there is no term
MANY = 2000  # characters from which a table over pairs is faster than an automaton, which needs no warming up
SILENT = 0  # the number of what has no syllable
FREE = 3  # from this length every character may differ; in shorter terms one has to be the original
REMEMBERED = 50_000  # pairs of characters whose answer is kept, some 5 MB: writing repeats itself
NOBODY = -1  # the answer for a pair that is no homophone
SHORT, LONG = 1, 2  # what a pair of syllables can open, as bits: a term of two, a longer one
HASHED = 20  # bits of the number of three syllables: a megabyte, mostly empty
MIX = 0x9E37  # spreads the pairs over that


def _hashed(pair: Any, third: Any) -> Any:
    """Return the number of three syllables; works on single ones and on arrays of them."""
    return (pair * MIX ^ third) & ((1 << HASHED) - 1)


class SoundMatcher:
    """Finds writings that sound like a term and are not the term."""

    def __init__(self, terms: Mapping[str, int], sounds: Mapping[str, str], ordinary: Iterable[str] = ()) -> None:
        """`terms`: folded term -> entry; `sounds`: character -> syllable; `ordinary`: words that sound like a term."""
        numbers = {syllable: place for place, syllable in enumerate(sorted(set(sounds.values())), start=SILENT + 1)}
        self._bits = len(numbers).bit_length()
        self._table: NDArray[np.int32] = np.zeros(CODE_POINTS, dtype=np.int32)
        for char, syllable in sounds.items():
            self._table[ord(char)] = numbers[syllable]
        self._entries, self._ordinary = dict(terms), frozenset(ordinary)
        self._known: dict[str, int] = {}
        self._terms: dict[tuple[int, ...], list[str]] = {}
        for term in terms:
            if len(term) > 1 and all(char in sounds for char in term):
                self._terms.setdefault(tuple([numbers[sounds[char]] for char in term]), []).append(term)
        self._heards = sorted(self._terms)
        spelt = ["".join([chr(FIRST + number) for number in heard]) for heard in self._heards]
        self._scan = CharwiseDoubleArrayAhoCorasick(spelt or [NEVER]).find_overlapping
        self._openings = np.zeros(1 << 2 * self._bits, dtype=np.uint8)
        self._thirds = np.zeros(1 << HASHED, dtype=np.bool_)
        self._longer: dict[int, list[tuple[int, ...]]] = {}
        for heard in self._terms:
            pair = heard[0] << self._bits | heard[1]
            self._openings[pair] |= SHORT if len(heard) == 2 else LONG
            if len(heard) > 2:
                self._longer.setdefault(pair, []).append(heard)
                self._thirds[_hashed(pair, heard[2])] = True

    @property
    def table(self) -> NDArray[np.int32]:
        """By character: the number of its syllable."""
        return self._table

    @property
    def ordinary(self) -> frozenset[str]:
        """Words that sound like a term."""
        return self._ordinary

    @property
    def heards(self) -> list[tuple[int, ...]]:
        """What terms sound like: numbers of syllables."""
        return self._heards

    def terms(self, heard: tuple[int, ...]) -> list[tuple[str, int]]:
        """Return the terms that sound like this, and their entries."""
        return [(term, self._entries[term]) for term in self._terms[heard]]

    def find(self, folded: str, codes: Codes) -> list[Place]:
        """Return (start, end, entry number) of writings that sound like a term and are not it, by end.

        `folded`, `codes`: the folded text twice.
        """
        heard = self._table.take(codes)
        if codes.size < MANY:
            return self._found_few(folded, heard)
        pairs = (heard[:-1] << self._bits) | heard[1:]
        openings = self._openings.take(pairs)
        starts = (openings != 0).nonzero()[0]
        kinds = openings.take(starts)
        found: list[Place] = []
        known = self._known
        for start in starts[(kinds & SHORT) != 0].tolist():
            word = folded[start : start + 2]
            entry = known.get(word)
            if entry is None:
                entry = self._remember(word, tuple(heard[start : start + 2].tolist()))
            if entry != NOBODY:
                found.append((start, start + 2, entry))
        found += self._found_longer(folded, heard, pairs, starts[(kinds & LONG) != 0])
        found.sort(key=itemgetter(1, 0))
        return found

    def _found_few(self, folded: str, heard: NDArray[np.int32]) -> list[Place]:
        found: list[Place] = []
        for start, end, number in self._scan(text_of((heard + FIRST).view(np.uint32))):
            entry = self._meant(folded[start:end], self._heards[number])
            if entry != NOBODY:
                found.append((start, end, entry))
        return found

    def _found_longer(
        self, folded: str, heard: NDArray[np.int32], pairs: NDArray[np.int32], starts: NDArray[np.intp]
    ) -> Iterator[Place]:
        starts = starts[: int(starts.searchsorted(pairs.size - 1))]  # a third syllable follows
        starts = starts[self._thirds.take(_hashed(pairs.take(starts), heard.take(starts + 2)))]
        for start in starts.tolist():
            for sounds in self._longer.get(int(pairs[start]), ()):
                end = start + len(sounds)
                if tuple(heard[start:end].tolist()) == sounds:
                    entry = self._meant(folded[start:end], sounds)
                    if entry != NOBODY:
                        yield start, end, entry

    def _remember(self, word: str, heard: tuple[int, ...]) -> int:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        entry = self._known[word] = self._meant(word, heard)
        return entry

    def _meant(self, written: str, heard: tuple[int, ...]) -> int:
        """Return the entry that this writing is a homophone of, or nobody."""
        if written not in self._ordinary:
            for term in self._terms.get(heard, ()):
                same = sum(map(eq, written, term))
                if same < len(term) and (same or len(term) >= FREE):
                    return self._entries[term]
        return NOBODY
