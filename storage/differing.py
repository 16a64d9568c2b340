"""What two lexicons say differently about one text. Pure."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from storage.columns import clean, encode_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.records import DetectionRecord, HitRecord

Kind: TypeAlias = Literal["new", "raised", "lowered", "lapsed", "restored", "reworded", "decided", "below"]
"""What a change is to the queue: `reworded` moves nothing, `decided` is only told, `below` concerns no lead."""
KINDS: tuple[Kind, ...] = get_args(Kind)
RANKS = ("none", "mention", "review", "alert")
HIT_TEXTS = ("entry", "term", "kind", "category", "channel", "matched", "clause")
LEAST_LEAD = RANKS.index("review")


@dataclass(frozen=True, slots=True)
class Term:
    """One lexicon entry that a text gained or lost."""

    entry: str
    term: str
    hits: int


@dataclass(frozen=True, slots=True)
class FactorChange:
    """One reason that weighs otherwise than before."""

    label: str
    """Chinese, for people."""
    before: float
    """Points; 0 where it did not count."""
    after: float


@dataclass(frozen=True, slots=True)
class Differences:
    """Why the verdict is another one."""

    gained: tuple[Term, ...]
    lost: tuple[Term, ...]
    factors: tuple[FactorChange, ...]

    def as_facts(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)

    @classmethod
    def of_facts(cls, facts: dict[str, Any]) -> Differences:
        """What `as_facts` gave."""
        return cls(
            tuple(Term(**one) for one in facts["gained"]),
            tuple(Term(**one) for one in facts["lost"]),
            tuple(FactorChange(**one) for one in facts["factors"]),
        )


def says_nothing(record: DetectionRecord | None) -> bool:
    """No verdict and no hit: nothing that would need an explanation."""
    return record is None or (record.verdict == "none" and not record.hits)


def is_lead(record: DetectionRecord | None) -> bool:
    """It deserves a person's eyes."""
    return record is not None and rank(record.verdict) >= LEAST_LEAD


def rank(verdict: str) -> int:
    """0 for none up to 3 for alert."""
    return RANKS.index(verdict) if verdict in RANKS else 0


def as_stored(record: DetectionRecord) -> DetectionRecord:
    """The record as the database gives it back, so that both can be compared: plain JSON, floats, clean text."""
    hits = tuple(
        replace(hit, **_cleaned(hit), weight=float(hit.weight), detail=_plain(hit.detail)) for hit in record.hits
    )
    return replace(record, score=float(record.score), hits=hits, explanation=_plain(record.explanation))


def _cleaned(hit: HitRecord) -> dict[str, Any]:
    return {name: clean(getattr(hit, name)) for name in HIT_TEXTS}


def _plain(facts: dict[str, Any]) -> Any:
    return json.loads(encode_json(facts))


def agree(one: DetectionRecord | None, other: DetectionRecord | None) -> bool:
    """They say the same for the same reasons, whatever the lexicon versions; both as the database gives them back.

    The order in which reasons are listed does not matter: it follows the order of a file.
    """
    if one is None or other is None or says_nothing(one) or says_nothing(other):
        return says_nothing(one) and says_nothing(other)
    if _verdict(one) != _verdict(other) or one.hits != other.hits:
        return False
    return one.explanation == other.explanation or _unordered(one.explanation) == _unordered(other.explanation)


def _verdict(record: DetectionRecord) -> tuple[Any, ...]:
    return record.verdict, record.score, record.intent, record.departments


def _unordered(explanation: dict[str, Any]) -> dict[str, Any]:
    return {
        name: sorted(map(encode_json, value)) if isinstance(value, list) else value
        for name, value in explanation.items()
    }


def differences(before: DetectionRecord | None, after: DetectionRecord | None) -> Differences:
    """Terms gained and lost, factors that weigh otherwise."""
    old, new = _terms(before), _terms(after)
    return Differences(_listed(new - old), _listed(old - new), _factor_changes(before, after))


def _terms(record: DetectionRecord | None) -> Counter[tuple[str, str]]:
    return Counter((hit.entry, hit.term) for hit in record.hits) if record else Counter()


def _listed(terms: Counter[tuple[str, str]]) -> tuple[Term, ...]:
    return tuple(Term(entry, term, hits) for (entry, term), hits in sorted(terms.items()))


def _factor_changes(before: DetectionRecord | None, after: DetectionRecord | None) -> tuple[FactorChange, ...]:
    old, new = _factors(before), _factors(after)
    keys = dict.fromkeys((*old, *new))
    return tuple(
        FactorChange(label, old.get((name, label), 0.0), new.get((name, label), 0.0))
        for name, label in keys
        if old.get((name, label), 0.0) != new.get((name, label), 0.0)
    )


def _factors(record: DetectionRecord | None) -> dict[tuple[str, str], float]:
    """Weight by name and label; only of explanations of the known shape."""
    sums: dict[tuple[str, str], float] = {}
    for factor in _listed_factors(record):
        key = (str(factor.get("name", "")), str(factor.get("label", "")))
        sums[key] = sums.get(key, 0.0) + float(factor.get("weight", 0.0))
    return sums


def _listed_factors(record: DetectionRecord | None) -> Iterable[dict[str, Any]]:
    return record.explanation.get("factors", ()) if record else ()


def kind_of(verdict: str, score: float, after: DetectionRecord, *, lapsed: bool) -> Kind:
    """What the change is to an undecided lead with that verdict and score; `lapsed`: it had been let go before."""
    if lapsed:
        return "restored" if is_lead(after) else "reworded"
    if not is_lead(after):
        return "lapsed"
    old, new = (rank(verdict), score), (rank(after.verdict), after.score)
    if old == new:
        return "reworded"
    return "raised" if new > old else "lowered"
