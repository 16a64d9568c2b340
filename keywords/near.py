"""Near: the context around what was found in a text; what is far away says nothing about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keywords.context import Cue
from keywords.learned.features import windows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keywords.context import ContextReader
    from keywords.fold import Folded

SIGNS = ("¥", "￥")  # a price without a word


def cues_around(
    context: ContextReader, text: str, folded: Folded, spans: Sequence[tuple[int, int]], *, offered: bool
) -> dict[str, list[Cue]]:
    """Return the cues around `spans` of the folded text, by group; `offered`: the page itself makes an offer."""
    length = len(folded.text)
    stretches = windows(spans, length) if length else [(0, 0)]
    signed = any(sign in text for sign in SIGNS)
    if signed and length:
        around = [text[slice(*_around(folded, low, high, text))] for low, high in stretches]
        signed = any(sign in said for sign in SIGNS for said in around)
    cues = context.read(folded.text, stretches, signed=signed)
    if offered:
        cues["offered"] = [Cue("offered", "", -1, -1)]
    return cues


def _around(folded: Folded, low: int, high: int, text: str) -> tuple[int, int]:
    """Return the original span of a folded stretch with what was stripped beside it."""
    start = folded.index[low - 1] + 1 if low else 0
    end = folded.index[high] if high < len(folded.text) else len(text)
    return start, end
