"""Features: what the learned judge looks at: the rules' own findings by name, and the wording as hashed n-grams."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from keywords.fold import code_points
from keywords.gate import TRADE_CUES
from keywords.match import PLAIN
from keywords.select import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from keywords.context import Cue
    from keywords.entries import Entry
    from keywords.fold import Codes
    from keywords.match import Candidate
    from keywords.select import Dropped

REACH = 160  # characters around the objects that are read: two or three sentences on each side
NEAR = 20  # characters: the clause around an object
LONGEST = 4  # characters of an n-gram
BITS = 21  # of an n-gram's number: two million places, so that unknown wording seldom meets a known one
SHIFT = np.uint64(64 - BITS)
MOST_TEXTS = (1 << (32 - BITS)) - 1  # whose numbers fit beside an n-gram's
NUMBER_MASK = np.uint32((1 << BITS) - 1)
NOBODY = np.uint32((1 << 32) - 1)
PLACE_BITS = np.uint64(40)  # beside a number: places in texts of up to 2**38 characters
PLACE = np.uint64((1 << 40) - 1)
PRIME = np.uint64(0x9E3779B97F4A7C15)  # multiplicative hashing: the golden ratio's odd neighbour
MANY = 3  # different objects from which more say nothing new
OBJECT = 0xE200  # private use: an object stands in the wording as its category
NO_OBJECT = OBJECT + 31  # what looked like an object and does not count
NUMBER = 0xE230  # a figure stands for all figures
CONTACT = 0xE231  # and a number or a name by which somebody is reached for all of them
DIGIT = re.compile(r"[0-9]")
RUNS = re.compile(r"[a-z0-9]+")
FIGURES = re.compile(r"(?<![a-z0-9])[a-z]*+[0-9][a-z0-9]*+")  # runs that hold a digit
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
    if spans and length <= 2 * REACH:  # any two of them meet
        return [(max(0, min(spans)[0] - REACH), min(length, max(end for _, end in spans) + REACH))]
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        low, high = max(0, start - REACH), min(length, end + REACH)
        if merged and low <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], high)
        else:
            merged.append((low, high))
    return merged


def mask(
    folded: str,
    stretches: Sequence[tuple[int, int]],
    objects: Sequence[tuple[int, int, int]],
    codes: Codes | None = None,
) -> Masked:
    """Return the wording of the stretches.

    `objects`: (start, end, code to show), without overlaps; `codes`: those of the text, where they are at hand.
    """
    changes = [change for low, high in stretches for change in _figures(folded, low, high)]
    changes += objects
    codes = code_points(folded) if codes is None else codes
    if len(stretches) == 1 and not changes:
        low, high = stretches[0]
        return Masked(codes[low:high], np.arange(low, min(high, codes.size)))
    shown = codes.copy()
    wanted = np.zeros(shown.size, dtype=bool)
    for low, high in stretches:
        wanted[low:high] = True
    for start, end, _ in changes:
        wanted[start + 1 : end] = False
    for start, _, code in changes:
        shown[start] = code
    for start, _, _ in objects:
        wanted[start] = True
    places = wanted.nonzero()[0]
    return Masked(shown.take(places), places)


def without_figures(folded: str) -> str:
    """Return a text with all its numbers and accounts shown as what stands for them."""
    return FIGURES.sub(_shown, folded) if DIGIT.search(folded) else folded


def _shown(found: re.Match[str]) -> str:
    run = found[0]
    only = run.isdigit()
    if len(run) >= (REACHED if only else NAMED):
        return chr(CONTACT)
    return chr(NUMBER) if only else run


def _figures(folded: str, low: int, high: int) -> Iterator[tuple[int, int, int]]:
    """Yield the numbers and accounts of a stretch and what is shown for them."""
    if not DIGIT.search(folded, low, high):
        return
    for found in RUNS.finditer(folded, low, high):
        run = found[0]
        only = run.isdigit()
        if only or not run.isalpha():
            if len(run) >= (REACHED if only else NAMED):
                yield found.start(), found.end(), CONTACT
            elif only:
                yield found.start(), found.end(), NUMBER


def _hashes(codes: Codes) -> NDArray[np.uint64]:
    """Return the numbers of all n-grams, the shortest ones first, each length in text order."""
    wide = codes.astype(np.uint64)
    hashes = np.empty(sum(_counts(wide.size)), dtype=np.uint64)
    rolled = np.multiply(wide, PRIME, out=hashes[: wide.size])
    first = wide.size
    for length in range(2, min(LONGEST, wide.size) + 1):
        after = first + wide.size - length + 1
        rolled = np.bitwise_xor(rolled[:-1], wide[length - 1 :], out=hashes[first:after])
        rolled *= PRIME
        first = after
    hashes >>= SHIFT
    return hashes


def _counts(size: int) -> list[int]:
    """Return how many n-grams of each length a text of `size` characters has."""
    return [size - length for length in range(min(LONGEST, size))]


class Tally(NamedTuple):
    """What a table says of a text's n-grams."""

    total: int
    different: int
    """Of n-grams, each counted once."""


def tally(codes: Codes, table: NDArray[np.int8]) -> Tally:
    """Return the sum of a text's n-grams in the table."""
    if not codes.size:
        return Tally(0, 0)
    found = _hashes(codes).astype(np.uint32)
    found.sort()
    again = found[1:] == found[:-1]
    worth = table.take(found)
    doubled = worth[1:][again]
    return Tally(int(worth.sum(dtype=np.int64)) - int(doubled.sum(dtype=np.int64)), found.size - doubled.size)


def tally_all(texts: Sequence[Codes], table: NDArray[np.int8]) -> list[Tally]:
    """Return the same of up to `MOST_TEXTS` texts, which is faster than one by one."""
    sizes = [codes.size for codes in texts]
    joined = np.concatenate(texts)
    ends = np.cumsum(sizes)[:, np.newaxis]
    keys = _hashes(joined).astype(np.uint32)
    owners = np.repeat(np.arange(len(texts), dtype=np.uint32) << BITS, sizes)
    first = 0
    for length, count in enumerate(_counts(joined.size)):
        key = keys[first : first + count]
        key |= owners[:count]
        across = (ends - np.arange(1, length + 1)).ravel()  # where n-grams reach into the next text
        key[across[(across >= 0) & (across < count)]] = NOBODY
        first += count
    keys.sort()
    found = keys[: int(np.searchsorted(keys, NOBODY))]
    found = found[_firsts(found)]
    owner = found >> BITS
    totals = np.bincount(owner, table.take(found & NUMBER_MASK), minlength=len(texts)).tolist()
    counts = np.bincount(owner, minlength=len(texts)).tolist()
    return [Tally(int(total), count) for total, count in zip(totals, counts, strict=True)]


def sums(texts: Sequence[str], table: NDArray[np.int8]) -> list[Tally]:
    """Return the same totals of up to `MOST_TEXTS` texts, none empty, with the number of all n-grams, repeated ones too.

    Most n-grams are not in the table: where their number need not be exact, it is enough to look at those that are.
    """
    if len(texts) == 1:
        return [_sum(code_points(texts[0]), table)]
    joined = code_points("".join(texts))
    sizes = np.array([len(text) for text in texts])
    counts = _counts(joined.size)
    hashes = _hashes(joined).view(np.int64)
    worth = table.take(hashes)
    _leave_out_across(worth, sizes.cumsum(), counts)
    known = (worth != 0).nonzero()[0]
    owners = np.repeat(np.arange(sizes.size, dtype=np.uint32) << BITS, sizes)
    keys = np.concatenate([owners[:count] for count in counts]).take(known)
    keys |= hashes.take(known).astype(np.uint32)
    keys.sort()
    keys = keys.take(_firsts(keys))
    totals = np.bincount(keys >> BITS, table.take(keys & NUMBER_MASK), minlength=sizes.size)
    return [Tally(int(total), sum(_counts(size))) for total, size in zip(totals.tolist(), sizes.tolist(), strict=True)]


def _leave_out_across(worth: NDArray[np.int8], ends: Places, counts: Sequence[int]) -> None:
    """Set to nothing what n-grams that reach from one text into the next are worth."""
    first = 0
    for longer, count in enumerate(counts):
        if longer:
            across = (ends[:, np.newaxis] - np.arange(1, longer + 1)).ravel()
            worth[first + across[(across >= 0) & (across < count)]] = 0
        first += count


def _sum(codes: Codes, table: NDArray[np.int8]) -> Tally:
    """Return the total of one text with the number of all its n-grams."""
    hashes = _hashes(codes).view(np.int64)
    keys = hashes[table.take(hashes) != 0].astype(np.uint32)  # sorted in half the time
    keys.sort()
    once = keys[_firsts(keys)]
    return Tally(int(np.add.reduce(table.take(once), dtype=np.int64)), hashes.size)


def wording(codes: Codes) -> Wording:
    """Return the n-grams of 1 to `LONGEST` characters, hashed."""
    if not codes.size:
        nowhere = np.empty(0, dtype=np.intp)
        return Wording(np.empty(0, dtype=np.uint32), nowhere, nowhere)
    packed = _hashes(codes)  # with its place beside it each number can be sorted by itself, which is much faster
    packed <<= PLACE_BITS
    packed |= np.arange(packed.size, dtype=np.uint64)
    packed.sort()
    found = packed >> PLACE_BITS
    once = _firsts(found)
    places = (packed.take(once) & PLACE).view(np.intp)
    parts = np.cumsum([0, *_counts(codes.size)])
    lengths = parts.searchsorted(places, side="right")
    return Wording(found.take(once).astype(np.uint32), places - parts.take(lengths - 1), lengths)


def _firsts(found: NDArray[Any]) -> Places:
    """Return the places at which sorted numbers differ from the one before."""
    new = np.empty(found.size, dtype=bool)
    new[:1] = True
    np.not_equal(found[1:], found[:-1], out=new[1:])
    return new.nonzero()[0]


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
    of_kept(found, kept)
    for reason in {drop.reason for drop in dropped}:
        found[f"dropped_{reason}"] = 1.0
    anchors = {drop.candidate.folded for drop in dropped if drop.reason is Reason.ANCHOR}
    if anchors:
        found["anchors"] = min(MANY, len(anchors)) / MANY
    subjects = [candidate for candidate, _ in kept] or [
        drop.candidate for drop in dropped if drop.reason in {Reason.CONTEXT, Reason.ANCHOR}
    ]
    zones = _zones(subjects)
    for group, said in cues.items():
        found["cue_" + group] = 1.0
        if len(said) > 1 and len({cue.word for cue in said}) > 1:
            found["cues_" + group] = 1.0
        if _touches(said, zones):
            found["near_" + group] = 1.0
    if cues.keys().isdisjoint(TRADE_CUES):
        found["untraded"] = 1.0
    return found


def _zones(subjects: Iterable[Candidate]) -> list[tuple[int, int]]:
    """Return the merged surroundings of the objects."""
    zones: list[tuple[int, int]] = []
    for low, high in sorted({(one.start - NEAR, one.end + NEAR) for one in subjects}):
        if zones and low <= zones[-1][1]:
            zones[-1] = zones[-1][0], max(zones[-1][1], high)
        else:
            zones.append((low, high))
    return zones


def _touches(said: Iterable[Cue], zones: Sequence[tuple[int, int]]) -> bool:
    for _, _, start, end in said:
        for low, high in zones:
            if start < high and low < end:
                return True
    return False


def of_kept(found: dict[str, float], kept: Sequence[tuple[Candidate, Entry]]) -> None:
    """Add the named features of what counts to `found`."""
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
