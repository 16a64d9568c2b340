"""Writings that a seller can hide a term behind: pinyin, split and look-alike characters, changed order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST = 6  # characters; longer terms are found by their parts, and variants would multiply
# 🦉一只, 两对🐒: said of a nickname as well, so that the context has to speak for it.
MEASURE = "[一二两三四五六七八九十几俩仨半0-9]{1,2}[只条头个对窝尾张枚]?"
COUNTED = re.compile(f"{MEASURE}.|.{MEASURE}")


class Variant(NamedTuple):
    """One disguised writing."""

    text: str
    channel: str
    gated: bool
    """True where it is also an ordinary writing, so that the context has to speak for it."""


class Disguises:
    """Makes the variants of a folded term from the character tables."""

    def __init__(
        self,
        sounds: Mapping[str, str],
        split: Mapping[str, tuple[str, ...]],
        lookalikes: Mapping[str, str],
    ) -> None:
        """`sounds`: character -> syllable; `split`: character -> its parts; `lookalikes`: character -> similar ones."""
        self._sounds, self._split, self._lookalikes = sounds, split, lookalikes

    def of(self, term: str) -> Iterator[Variant]:
        """Yield the variants of a folded term of up to `LONGEST` Chinese characters; one alone can only be split."""
        if len(term) == 1:
            yield from (Variant(parts, "split", gated=True) for parts in self._split.get(term, ()))
        if 2 <= len(term) <= LONGEST and all(char in self._sounds for char in term):
            yield from self._pinyin(term)
            yield from self._splits(term)
            yield from self._similar(term)
            yield from _reordered(term)

    def spelled(self, word: str) -> Iterator[Variant]:
        """Yield a folded code word or misspelling with one of its Chinese characters in pinyin: he顶红, 甲pian, 车qu."""
        if 2 <= len(word) <= LONGEST and all(char in self._sounds for char in word):
            for place, char in enumerate(word):
                syllable = self._sounds[char]
                if len(syllable) > 1:
                    yield Variant(word[:place] + syllable + word[place + 1 :], "pinyin", gated=True)

    def _pinyin(self, term: str) -> Iterator[Variant]:
        syllables = [self._sounds[char] for char in term]
        if all(len(syllable) > 1 for syllable in syllables):  # 鹅 e: one letter says nothing
            yield Variant("".join(syllables), "pinyin", gated=True)  # xiangya is also 湘雅
        if len(term) > 2:  # two letters are anybody's
            yield Variant("".join(syllable[0] for syllable in syllables), "pinyin", gated=True)
        for place, syllable in enumerate(syllables):
            if len(syllable) > 1:
                yield Variant(term[:place] + syllable + term[place + 1 :], "pinyin", gated=False)
                others = "".join(syllables[:place]), "".join(syllables[place + 1 :])
                if len(term) > 2:
                    yield Variant(others[0] + term[place] + others[1], "pinyin", gated=False)

    def _splits(self, term: str) -> Iterator[Variant]:
        for place, char in enumerate(term):
            for parts in self._split.get(char, ()):
                yield Variant(term[:place] + parts + term[place + 1 :], "split", gated=False)
        whole = "".join(self._split.get(char, (char,))[0] for char in term)
        if whole != term:
            yield Variant(whole, "split", gated=False)

    def _similar(self, term: str) -> Iterator[Variant]:
        for place, char in enumerate(term):
            for similar in self._lookalikes.get(char, ""):
                yield Variant(term[:place] + similar + term[place + 1 :], "lookalike", gated=len(term) == 2)


def _reordered(term: str) -> Iterator[Variant]:
    if len(set(term)) < 2:
        return
    yield Variant(term[::-1], "reordered", gated=len(term) == 2)
    for place in range(len(term) - 1 if len(term) > 2 else 0):
        swapped = term[:place] + term[place + 1] + term[place] + term[place + 2 :]
        if swapped != term:
            yield Variant(swapped, "reordered", gated=len(term) == 3)
