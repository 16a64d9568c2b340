"""Features: what the learned judge looks at: the rules' own findings by name, and the wording as hashed n-grams."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keywords.fold import code_points
from keywords.gate import TRADE_CUES
from keywords.match import PLAIN
from keywords.select import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keywords.context import Cue
    from keywords.entries import Entry
    from keywords.fold import Codes
    from keywords.match import Candidate
    from keywords.select import Dropped

REACH = 160  # characters around the objects that are read: two or three sentences on each side
NEAR = 20  # characters: the clause around an object
LONGEST = 4  # characters of an n-gram
BITS = 21  # of an n-gram's number: two million places, so that unknown wording seldom meets a known one
PRIME = np.uint64(0x9E3779B97F4A7C15)  # multiplicative hashing: the golden ratio's odd neighbour
MANY = 3  # different objects from which more say nothing new
OBJECT = 0xE200  # private use: an object stands in the wording as its category
NO_OBJECT = OBJECT + 31  # what looked like an object and does not count
NUMBER = 0xE230  # a figure stands for all figures
CONTACT = 0xE231  # and a number or a name by which somebody is reached for all of them
FIGURES = re.compile(r"[a-z0-9]*[0-9][a-z0-9]*")
REACHED = 7  # digits from which a number is a telephone's or an account's
NAMED = 4  # characters from which letters with digits are an account's name
CATEGORIES = (
    "terrestrial_animal", "aquatic_animal", "plant", "animal_product", "plant_product", "hunting_gear", "fishing_gear",
    "food_use", "context",
)  # fmt: skip
Numbers: TypeAlias = NDArray[np.uint32]
Places: TypeAlias = NDArray[np.intp]


class Wording(NamedTuple):
    """The n-grams of a text, each once."""

    numbers: Numbers
    starts: Places
    """Where each stands first, in the codes it was read from."""
    lengths: Places


class Masked(NamedTuple):
    """The wording around the objects, with the way back."""

    codes: Codes
    places: Places
    """Of each code, in the folded text."""


def windows(spans: Sequence[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    """Return the merged stretches [low, high) of a text of `length` around `spans` that are read."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        low, high = max(0, start - REACH), min(length, end + REACH)
        if merged and low <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], high)
        else:
            merged.append((low, high))
    return merged


def mask(folded: str, stretches: Sequence[tuple[int, int]], objects: Sequence[tuple[int, int, int]]) -> Masked:
    """Return the wording of the stretches; `objects`: (start, end, code to show), without overlaps."""
    shown = code_points(folded).copy()
    wanted = np.zeros(shown.size, dtype=bool)
    for low, high in stretches:
        wanted[low:high] = True
        for found in FIGURES.finditer(folded, low, high):
            run = found[0]
            if len(run) >= (REACHED if run.isdigit() else NAMED):
                shown[found.start()] = CONTACT
            elif run.isdigit():
                shown[found.start()] = NUMBER
            else:
                continue
            wanted[found.start() + 1 : found.end()] = False
    for start, end, code in objects:
        wanted[start:end] = False
        wanted[start] = True
        shown[start] = code
    places = np.flatnonzero(wanted)
    return Masked(shown[places], places)


def wording(codes: Codes) -> Wording:
    """Return the n-grams of 1 to `LONGEST` characters, hashed."""
    if not codes.size:
        nowhere = np.empty(0, dtype=np.intp)
        return Wording(np.empty(0, dtype=np.uint32), nowhere, nowhere)
    wide = codes.astype(np.uint64)
    rolled = wide * PRIME
    parts = [rolled]
    for length in range(2, min(LONGEST, codes.size) + 1):
        rolled = (rolled[:-1] ^ wide[length - 1 :]) * PRIME
        parts.append(rolled)
    numbers = (np.concatenate(parts) >> np.uint64(64 - BITS)).astype(np.uint32)
    starts = np.concatenate([np.arange(part.size) for part in parts])
    lengths = np.repeat(np.arange(1, len(parts) + 1), [part.size for part in parts])
    unique, first = np.unique(numbers, return_index=True)
    return Wording(unique, starts[first], lengths[first])


def shown_as(entry: Entry) -> int:
    """Return the code that stands for an object of this entry in the wording."""
    return OBJECT + CATEGORIES.index(entry.category)


def factors(
    kept: Sequence[tuple[Candidate, Entry]],
    dropped: Sequence[Dropped],
    cues: Mapping[str, Sequence[Cue]],
    points: float,
) -> dict[str, float]:
    """Return the named features. `kept`: what counts; `points`: the rules' score before limits."""
    found: dict[str, float] = {"bias": 1.0, "points": points / 50}
    _of_kept(found, kept)
    for reason in {drop.reason for drop in dropped}:
        found[f"dropped_{reason}"] = 1.0
    anchors = {drop.candidate.folded for drop in dropped if drop.reason is Reason.ANCHOR}
    if anchors:
        found["anchors"] = min(MANY, len(anchors)) / MANY
    subjects = [candidate for candidate, _ in kept] or [
        drop.candidate for drop in dropped if drop.reason in {Reason.CONTEXT, Reason.ANCHOR}
    ]
    for group, said in cues.items():
        found[f"cue_{group}"] = 1.0
        if len({cue.word for cue in said}) > 1:
            found[f"cues_{group}"] = 1.0
        if any(cue.start < one.end + NEAR and one.start - NEAR < cue.end for cue in said for one in subjects):
            found[f"near_{group}"] = 1.0
    if cues.keys().isdisjoint(TRADE_CUES):
        found["untraded"] = 1.0
    return found


def _of_kept(found: dict[str, float], kept: Sequence[tuple[Candidate, Entry]]) -> None:
    if not kept:
        found["nothing"] = 1.0
        return
    best = max(entry.rank for _, entry in kept)
    found[f"strength_{best[0]}"] = 1.0
    found[f"severity_{best[1]}"] = 1.0
    found["objects"] = min(MANY, len({entry.id for _, entry in kept})) / MANY
    for candidate, entry in kept:
        found[f"kind_{entry.kind}"] = 1.0
        found[f"category_{entry.category}"] = 1.0
        found[f"channel_{candidate.channel}"] = 1.0
        if entry.common:
            found["common"] = 1.0
        if candidate.folded in entry.unlawful:
            found["unlawful"] = 1.0
    if all(candidate.channel in PLAIN for candidate, _ in kept):
        found["plain"] = 1.0
