"""Segmenting a short window with jieba's dictionary by jieba's own rule (HMM off), without its per-call overhead.

Of all ways to cut the window into words of the dictionary the one with the highest product of frequencies is taken, of
equal ones the one whose words are longer. A test holds this to jieba's own answers.
"""

from __future__ import annotations

import re
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCK = re.compile(r"[\u4E00-\u9FD5a-zA-Z0-9]+")  # what jieba looks up as one piece


def segment(window: str, counts: Mapping[str, int], logtotal: float) -> tuple[str, ...] | None:
    """Return the words of a window that is one piece to jieba; None where it is not, and jieba itself is to be asked.

    `counts`: jieba's ``FREQ``; `logtotal`: the logarithm of its ``total``.
    """
    if not BLOCK.fullmatch(window):
        return None
    size = len(window)
    best = [0.0] * (size + 1)
    after = [0] * size
    for first in range(size - 1, -1, -1):
        last, top, found = first + 1, 0.0, 0
        count = counts.get(window[first:last])
        while count is not None:
            if count:
                worth = log(count) - logtotal + best[last]
                if not found or worth >= top:  # of equal ones the longer
                    top, found = worth, last
            if last == size:
                break
            last += 1
            count = counts.get(window[first:last])
        if not found:  # a character of its own
            top, found = log(counts.get(window[first]) or 1) - logtotal + best[first + 1], first + 1
        best[first], after[first] = top, found
    return _words(window, after)


def _words(window: str, after: list[int]) -> tuple[str, ...]:
    """Return the words; letters and figures that stand alone are joined."""
    words: list[str] = []
    first, joined = 0, ""
    while first < len(window):
        word = window[first : after[first]]
        first = after[first]
        if len(word) == 1 and word.isascii():
            joined += word
            continue
        if joined:
            words.append(joined)
            joined = ""
        words.append(word)
    if joined:
        words.append(joined)
    return tuple(words)
