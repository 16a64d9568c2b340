"""Homophones: a second automaton over syllables finds terms that were written with other characters."""

from __future__ import annotations

from operator import eq
from typing import TYPE_CHECKING

import numpy as np
from daachorse import CharwiseDoubleArrayAhoCorasick

from keywords.fold import CODE_POINTS, Codes, code_points, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from keywords.match import Place

FIRST = 0xE000  # private use: one code point per syllable
FREE = 3  # from this length every character may differ; in shorter terms one has to be the original


class SoundMatcher:
    """Finds writings that sound like a term and are not the term."""

    def __init__(self, terms: Mapping[str, int], sounds: Mapping[str, str], ordinary: Iterable[str] = ()) -> None:
        """`terms`: folded term -> entry; `sounds`: character -> syllable; `ordinary`: words that sound like a term."""
        numbers = {syllable: FIRST + place for place, syllable in enumerate(sorted(set(sounds.values())))}
        self._table: Codes = np.arange(CODE_POINTS, dtype=np.uint32)
        for char, syllable in sounds.items():
            self._table[ord(char)] = numbers[syllable]
        self._terms: dict[str, list[str]] = {}
        for term in terms:
            if all(char in sounds for char in term):
                self._terms.setdefault(self._heard(term), []).append(term)
        self._entries, self._ordinary = dict(terms), frozenset(ordinary)
        self._heards = sorted(self._terms)
        self._find = CharwiseDoubleArrayAhoCorasick(self._heards or ["\ue000\ue000"]).find_overlapping

    def _heard(self, text: str) -> str:
        return text_of(self._table[code_points(text)])

    def find(self, folded: str, codes: Codes) -> list[Place]:
        """Return (start, end, entry number) of writings that sound like a term and are not it, by end.

        `folded`, `codes`: the folded text twice.
        """
        found: list[Place] = []
        for start, end, number in self._find(text_of(self._table.take(codes))):
            written = folded[start:end]
            if written in self._ordinary:
                continue
            for term in self._terms[self._heards[number]]:
                same = sum(map(eq, written, term))
                if same < end - start and (same or end - start >= FREE):
                    found.append((start, end, self._entries[term]))
                    break
        return found
