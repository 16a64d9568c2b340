"""Find words that one set of texts shares and another lacks: pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from storage.review.words import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

LENGTHS = (2, 3, 4)  # characters: code words are short
FEWEST_LEADS, FEWEST_SELLERS = 3, 2  # one seller's habit is no code
TIMES = 8.0  # how much commoner in confirmed leads: below that ordinary words of trade come up
EXAMPLES = 3
LONGEST = 2_000  # characters of one text


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that may be a code."""

    text: str
    leads: int
    """Confirmed leads that show it."""
    sellers: int
    elsewhere: int
    """Other texts that show it."""
    times: float
    """How much commoner it is in confirmed leads, with one half added to each count."""
    examples: tuple[int, ...]
    """Lead ids."""


def mine(right: Sequence[tuple[int, str, str]], others: Sequence[str], known: Collection[str] = ()) -> list[Candidate]:
    """Candidates among (lead, seller, text), the most telling first; what is part of a known word is not new."""
    leads: defaultdict[str, set[int]] = defaultdict(set)
    sellers: defaultdict[str, set[str]] = defaultdict(set)
    terms = {folded for one in known if (folded := fold(one))}
    for lead, seller, text in right:
        for word in words(without(text, terms)):
            leads[word].add(lead)
            sellers[word].add(seller)
    enough = {
        word for word, found in leads.items() if len(found) >= FEWEST_LEADS and len(sellers[word]) >= FEWEST_SELLERS
    }
    elsewhere = Counter(word for text in others for word in words(text) & enough)
    found = [
        Candidate(
            word, len(leads[word]), len(sellers[word]), elsewhere[word], times, tuple(sorted(leads[word])[:EXAMPLES])
        )
        for word in enough
        if (times := _times(len(leads[word]), len(right), elsewhere[word], len(others))) >= TIMES
        and not any(word in term for term in terms)
    ]
    return _longest(sorted(found, key=lambda one: (-one.times * one.sellers, -len(one.text), one.text)))


def _times(hits: int, of: int, elsewhere: int, others: int) -> float:
    return (hits + 0.5) / (of + 1) / ((elsewhere + 0.5) / (others + 1))


def without(text: str, terms: Collection[str]) -> str:
    """The text with a gap in place of each of these words."""
    text = fold(text[:LONGEST])
    lengths = {len(term) for term in terms}
    gaps = {
        place
        for start in range(len(text))
        for length in lengths
        if text[start : start + length] in terms
        for place in range(start, start + length)
    }
    return "".join(" " if place in gaps else letter for place, letter in enumerate(text))


def words(text: str) -> set[str]:
    """All stretches of two to four Chinese characters."""
    return {
        run[start : start + length]
        for run in _runs(text)
        for length in LENGTHS
        for start in range(len(run) - length + 1)
    }


def _runs(text: str) -> Iterator[str]:
    for is_han, letters in groupby(fold(text[:LONGEST]), lambda letter: letter.isalnum() and not letter.isascii()):
        if is_han:
            yield "".join(letters)


def _longest(found: Sequence[Candidate]) -> list[Candidate]:
    """Of words that always come together, only the longest."""
    kept: list[Candidate] = []
    for one in found:
        inside = any(one.text in other.text and one.leads <= other.leads for other in found if other is not one)
        if not inside:
            kept.append(one)
    return kept
