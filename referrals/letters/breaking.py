"""Breaks a title into lines of like length, as official letters do: never before a particle or a closing mark."""

from __future__ import annotations

from math import ceil

WIDEST = 20  # characters of 22 pt on a line of 156 mm
NEVER_FIRST = frozenset("的了和及与或、，。；：！？）》」』】”’…")
NEVER_LAST = frozenset("（《「『【“‘关移线案野生动植物陆水")
"""Opening marks, and characters that mostly begin a word of such titles."""
GOOD_LAST = ("关于", "、", "移送", "建议", "商请", "局", "办", "的")
REACH = 6  # characters by which a line may be longer or shorter for the sake of a good break


def lines_of(title: str) -> list[str]:
    """One line, or several of about the same length; the text itself is not changed."""
    flat = " ".join(title.split())
    lines: list[str] = []
    while len(flat) > WIDEST and len(lines) < 8:  # a longer title is no title: the typesetter breaks the rest
        count = ceil(len(flat) / WIDEST)
        end = _best_end(flat, ceil(len(flat) / count))
        lines.append(flat[:end].strip())
        flat = flat[end:].strip()
    return [*lines, flat]


def _best_end(text: str, wanted: int) -> int:
    ends = range(max(1, wanted - REACH), min(WIDEST, wanted + REACH, len(text) - 1) + 1)
    return min(ends, key=lambda end: (_cost(text, end), abs(end - wanted), -end))


def _cost(text: str, end: int) -> int:
    if text[end] in NEVER_FIRST or (text[end - 1].isascii() and text[end].isascii()):
        return 3
    if text[:end].endswith(GOOD_LAST):
        return 0
    return 2 if text[end - 1] in NEVER_LAST else 1
