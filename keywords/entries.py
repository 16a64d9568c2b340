"""Entries as the detector holds them: plain facts, compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DOWN = {"strong": "medium", "medium": "weak", "weak": "weak"}
NATIONWIDE = "全国"


@dataclass(frozen=True, slots=True)
class Entry:
    """One lexicon entry."""

    id: str
    term: str
    kind: str
    category: str
    agency: str
    strength: str
    severity: int
    requires: frozenset[str]
    common: bool
    exclude_near: tuple[str, ...]
    unlawful: frozenset[str]
    """Writings without a lawful everyday use."""
    level: str
    clause: str
    """Legal source and conditions, for people."""

    @property
    def rank(self) -> tuple[int, int]:
        """Order of importance, higher first."""
        return ("weak", "medium", "strong").index(self.strength), self.severity


def _clause(facts: Mapping[str, Any]) -> str:
    scope = facts.get("scope", {})
    law = scope.get("clause") or " ".join(filter(None, (facts.get("source"), facts.get("date"))))
    parts = (law, facts.get("level"), scope.get("region"), scope.get("condition"))
    return "；".join(part for part in parts if part)


def read_entry(facts: Mapping[str, Any], places: tuple[str, ...]) -> Entry:
    """Return an entry from compiled facts; `places`: the local province and waters, empty = unknown."""
    region = facts.get("scope", {}).get("region", NATIONWIDE)
    strength = facts.get("strength", "medium")
    if places and NATIONWIDE not in region and not any(place in region for place in places):
        strength = DOWN[strength]  # banned elsewhere: still worth a look, never an alert by itself
    return Entry(
        id=facts["id"],
        term=facts["term"],
        kind=facts.get("kind", "species"),
        category=facts.get("category", "terrestrial_animal"),
        agency=facts.get("agency", "forestry"),
        strength=strength,
        severity=facts.get("severity", 1),
        requires=frozenset(facts.get("requires", ())),
        common=facts.get("common", False),
        exclude_near=tuple(facts.get("exclude_near", ())),
        unlawful=frozenset(facts.get("unlawful", ())),
        level=facts.get("level", ""),
        clause=_clause(facts),
    )
