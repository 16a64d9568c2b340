"""Boundaries: jieba cuts a small window of folded text and says whether a candidate is a word of its own there."""

from __future__ import annotations

import logging
from functools import cached_property, lru_cache
from math import log
from typing import TYPE_CHECKING, Any, NamedTuple

from keywords.dictionary import load_dictionary
from keywords.segment import segment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from keywords.dictionary import Dictionary

WINDOW = 6  # characters on each side; gave the same decisions as whole texts on 996 of 996 hits
LONG = 4  # characters from which a term does not occur across words by accident
REMEMBERED = 8192  # windows whose cut is kept, some 3 MB: sellers and shops repeat themselves
# Left over when a cut falls beside the term, these are words of their own: 低价|出猎|套 is 出 + 猎套.
FREE_LEFT = frozenset(
    "出收卖售买求有的要转送新老大小真活野只条个头对张把和与及或是做找换让甩玩养吃捕打抓了到种山用些批本此款件双全整纯干生鲜"
)
FREE_RIGHT = frozenset("出收卖售买求有的要转送只条个头对张把和与及或是了到苗崽仔子肉皮一两二三四五六七八九十几多活公母")


class Cut(NamedTuple):
    """What the segmenter made of a window."""

    verdict: str
    """``word``, ``inside`` (part of a longer word) or ``across`` (pieces of two words)."""
    words: tuple[str, ...]


class Judge:
    """Asks jieba, which is loaded when the first candidate needs it."""

    def __init__(self, words: Iterable[str], cache: Path | None = None) -> None:
        """`words`: the lexicon's plain terms; jieba's default frequency for them keeps 象牙白 and 大象|牙膏 whole.

        `cache`: a private folder for jieba's dictionary, see `load_dictionary`.
        """
        self._words = tuple(words)
        self._cache = cache
        self._cut = lru_cache(REMEMBERED)(self._cut_window)

    @cached_property
    def _loaded(self) -> tuple[Any, Dictionary]:
        import jieba

        jieba.setLogLevel(logging.WARNING)
        words = [word for word in self._words if len(word) < LONG and not word.isascii()]
        dictionary = load_dictionary(words, self._cache)
        tokenizer = jieba.Tokenizer()
        tokenizer.FREQ, tokenizer.total, tokenizer.initialized = dictionary.counts, dictionary.total, True
        return tokenizer, dictionary

    @property
    def dictionary(self) -> Dictionary:
        """jieba's, with the lexicon's words."""
        found: Dictionary = self._loaded[1]
        return found

    @cached_property
    def _logtotal(self) -> float:
        return log(self._loaded[1].total)

    def is_word(self, text: str) -> bool:
        """Tell whether jieba's own dictionary knows the text."""
        _, dictionary = self._loaded
        dictionary.need(text[:1])
        return bool(dictionary.counts.get(text))

    def cut(self, text: str, start: int, end: int, low: int, high: int) -> Cut:
        """Return how the window around [start, end) of the folded text is cut; it stays within [low, high)."""
        left = max(low, start - WINDOW)
        return self._cut(text[left : min(high, end + WINDOW)], start - left, end - left)

    def _cut_window(self, window: str, start: int, end: int) -> Cut:
        tokenizer, dictionary = self._loaded
        dictionary.need(window)
        words = segment(window, dictionary.counts, self._logtotal)
        if words is None:
            words = tuple(tokenizer.cut(window, HMM=False))
        return Cut(_position(words, start, end), words)


def _position(words: Iterable[str], start: int, end: int) -> str:
    """Return where [start, end) lies among the words."""
    place, left, right = 0, "", ""
    for word in words:
        after = place + len(word)
        if place < start and end < after:
            left, right = word[: start - place], word[end - place :]
        elif place < start < after:
            left = word[: start - place]
        elif place < end < after:
            right = word[end - place :]
        if place <= start and end <= after and len(word) > end - start:
            return "inside" if not _free(left, right) else "word"
        place = after
    return "word" if _free(left, right) else "across"


def _free(left: str, right: str) -> bool:
    return (not left or left in FREE_LEFT) and (not right or right in FREE_RIGHT)
