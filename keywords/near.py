"""Near: the context around what was found in a text; what is far away says nothing about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keywords.context import Cue
from keywords.kernel.tables import UNSURE
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


def groups_around(
    context: ContextReader,
    text: str,
    folded: Folded,
    spans: Sequence[tuple[int, int]],
    nearby: Sequence[Sequence[int]],
) -> dict[str, tuple[()]] | None:
    """Return the groups that `cues_around` would find said; None where that takes a look at each word.

    `nearby`: start, end, bits of the groups of all context words in the text, see `kernel.tables.UNSURE`.
    """
    bits, numbers = 0, set[str]()
    stretches = windows(spans, len(folded.text))
    for low, high in stretches:
        for start, end, groups in nearby:
            if low <= start and end <= high:
                bits |= groups
        numbers |= context.numbers(folded.text[low:high])
    if bits & UNSURE or any(sign in text for sign in SIGNS):
        return None
    return dict.fromkeys((*context.named(bits), *numbers), ())


def _around(folded: Folded, low: int, high: int, text: str) -> tuple[int, int]:
    """Return the original span of a folded stretch with what was stripped beside it."""
    start = folded.index[low - 1] + 1 if low else 0
    end = folded.index[high] if high < len(folded.text) else len(text)
    return start, end
