"""What a ranking model looks at: facts of a lead that were stored when it was decided, as numbers. Pure.

Nothing here knows what was decided on the lead itself, nor what was decided later: `Past` holds what was known before.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from math import exp, log, log1p, sqrt
from typing import TYPE_CHECKING, Any
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

LONGEST = 300  # characters of a text: an ad says at its beginning what it offers
BUCKETS = 256  # of pairs of characters: few enough for some hundred decisions
COLD, HOT = -30.0, 30.0  # log-odds: beyond these a probability is 0 or 1 in print


@dataclass(frozen=True, slots=True)
class Facts:
    """One lead as one detection saw it."""

    lead_id: int
    site_id: int
    seller_id: int | None
    score: float
    verdict: str
    intent: str
    category: str
    """Of the hit that weighs most, as detection said: a reviewer's correction would give the answer away."""
    flags: tuple[str, ...]
    terms: tuple[tuple[str, str], ...]
    """(entry, channel), each once."""
    hits: int
    has_price: bool
    has_picture: bool
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """A lead with what became of it."""

    facts: Facts
    right: bool
    at: datetime
    bulk_id: str | None = None


@dataclass(slots=True)
class Past:
    """How often leads of a seller, a site, an entry were right and wrong before."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def note(self, facts: Facts, *, right: bool) -> None:
        """One more decision."""
        (self.right if right else self.wrong).update(_names(facts))

    def odds(self, name: str) -> float:
        """Above 0: more often right; 0: nothing known. About -3 to 3."""
        return log((self.right[name] + 1) / (self.wrong[name] + 1))

    def as_facts(self) -> dict[str, list[int]]:
        """Sites and entries, to be kept with a model; sellers are counted anew for each lead."""
        names = sorted(name for name in {*self.right, *self.wrong} if not name.startswith("seller "))
        return {name: [self.right[name], self.wrong[name]] for name in names}

    @classmethod
    def of_facts(cls, kept: Mapping[str, Sequence[int]]) -> Past:
        """What `as_facts` kept."""
        return cls(
            Counter({name: pair[0] for name, pair in kept.items()}),
            Counter({name: pair[1] for name, pair in kept.items()}),
        )


def _names(facts: Facts) -> Iterator[str]:
    yield f"site {facts.site_id}"
    if facts.seller_id is not None:
        yield f"seller {facts.seller_id}"
    yield from {f"entry {entry}" for entry, _ in facts.terms}


def features(facts: Facts, past: Past) -> dict[str, float]:
    """Name -> number, most of them within -1 and 1."""
    entries = sorted({entry for entry, _ in facts.terms})
    odds = [past.odds(f"entry {entry}") for entry in entries] or [0.0]
    made = {
        "score": facts.score / 100,
        "hits": log1p(facts.hits) / 3,  # 20 hits: 1
        "entries": log1p(len(entries)) / 2,  # 6 entries: 1
        "price": float(facts.has_price),
        "picture": float(facts.has_picture),
        "site": past.odds(f"site {facts.site_id}") / 3,  # twenty times more right than wrong: 1
        "seller": past.odds(f"seller {facts.seller_id}") / 3 if facts.seller_id is not None else 0.0,
        "entry.mean": sum(odds) / len(odds) / 3,
        "entry.best": max(odds) / 3,
        f"verdict={facts.verdict}": 1.0,
        f"intent={facts.intent}": 1.0,
        f"category={facts.category}": 1.0,
    }
    made |= {f"channel={channel}": 1.0 for _, channel in facts.terms}
    made |= {f"flag={flag}": 1.0 for flag in facts.flags}
    return made | _pairs(facts.text)


def _pairs(text: str) -> dict[str, float]:
    """Pairs of neighbouring characters, in buckets; the longer the text, the less each of them says."""
    letters = "".join(letter for letter in text[:LONGEST] if letter.isalnum())
    raw = letters.encode("utf-32-le", "surrogatepass")
    counts = Counter(crc32(raw[at : at + 8]) % BUCKETS for at in range(0, len(raw) - 4, 4))
    whole = sqrt(sum(count * count for count in counts.values())) or 1.0
    return {f"text.{bucket}": count / whole for bucket, count in counts.items()}


def examples(cases: Iterable[Case], past: Past) -> Iterator[tuple[Case, dict[str, float]]]:
    """Each case with its features as they were before it was decided; `past` ends with all of them.

    Cases come oldest first. Those decided in the same moment, as in bulk, do not know of each other.
    """
    for _, same in groupby(cases, key=lambda case: case.at):
        together = list(same)
        yield from [(case, features(case.facts, past)) for case in together]
        for case in together:
            past.note(case.facts, right=case.right)


def probability(weights: Mapping[str, float], numbers: Mapping[str, float]) -> float:
    """How likely a lead is right, 0 to 1; what the model does not know counts nothing."""
    total = weights.get("", 0.0) + sum(weights.get(name, 0.0) * value for name, value in numbers.items())
    return 1 / (1 + exp(-min(max(total, COLD), HOT)))


def top_category(hits: Sequence[Any]) -> str:
    """Of the hit that weighs most; of equals the first."""
    top = max(hits, key=lambda hit: hit.weight, default=None)
    return "" if top is None else str(top.category)
