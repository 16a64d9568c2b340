"""Entries as the detector holds them: plain facts, compiled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keywords.places import PROVINCES

if TYPE_CHECKING:
    from collections.abc import Mapping

STRENGTHS = ("weak", "medium", "strong")
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
    """Level of protection, for people."""
    clause: str
    """Legal source, level, place and conditions, for people."""
    exempt: tuple[str, ...] = ()
    """Forms that are not banned."""
    verified: bool = True
    """Checked against the official text."""
    livestock: bool = False
    """Its farmed kind is ordinary livestock: claims of farming and of papers are no reason to look."""
    here: bool = True
    """The ban holds in the local province and waters, as far as they are known."""

    @property
    def rank(self) -> tuple[int, int]:
        """Order of importance, higher first."""
        return STRENGTHS.index(self.strength), self.severity


def level_text(facts: Mapping[str, Any]) -> str:
    """Return the level of protection for people: what the entry says, else what its protection adds up to."""
    own: str = facts.get("level", "")
    protection = facts.get("protection", {})
    parts = [own] if own else _national(protection)
    if protection.get("cites"):
        dated = protection.get("cites_date")
        parts.append(f"CITES 附录{protection['cites']}" + (f"（据{dated}版）" if dated else ""))
    return "，".join(parts)


def _national(protection: Mapping[str, Any]) -> list[str]:
    wild = "（仅限野外种群）" if protection.get("wild_only") else ""
    names = (f"国家{protection['cn']}" if protection.get("cn") else "", "三有" if protection.get("sanyou") else "")
    return [name + wild for name in names if name]


def _clause(facts: Mapping[str, Any], *, here: bool) -> str:
    scope = facts.get("scope", {})
    protection = facts.get("protection", {})
    dated = (protection.get("source") or facts.get("source"), protection.get("date") or facts.get("date"))
    parts = (
        scope.get("clause") or " ".join(filter(None, dated)),
        level_text(facts),
        "、".join(limits(scope)),
        scope.get("condition"),
        f"不禁用：{'、'.join(scope['exempt'])}" if scope.get("exempt") else "",
        "" if here else "本地不在适用范围",
        "" if facts.get("verified") else "未经正式文本核对",
    )
    return "；".join(part for part in parts if part)


def limits(scope: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where a ban holds, for people; nothing where nothing is said."""
    placed = (*scope.get("provinces", ()), *scope.get("waters", ()))
    return placed or ((scope.get("region", NATIONWIDE),) if scope else ())


def holds_here(scope: Mapping[str, Any], places: tuple[str, ...]) -> bool:
    """Tell whether a ban holds in the local province and waters; an unknown province or no places at all: it may."""
    provinces, waters = tuple(scope.get("provinces", ())), tuple(scope.get("waters", ()))
    region = scope.get("region", NATIONWIDE)
    if not places or not (provinces or waters or NATIONWIDE not in region):
        return True
    if provinces and not any(place in PROVINCES for place in places):
        return True
    named = (*provinces, *waters) or (region,)
    return any(place in name or name in place for place in places for name in named)


def read_entry(facts: Mapping[str, Any], places: tuple[str, ...]) -> Entry:
    """Return an entry from compiled facts; `places`: the local province and waters, empty = unknown."""
    here = holds_here(facts.get("scope", {}), places)
    strength = facts.get("strength", "medium")
    return Entry(
        id=facts["id"],
        term=facts["term"],
        kind=facts.get("kind", "species"),
        category=facts.get("category", "terrestrial_animal"),
        agency=facts.get("agency", "forestry"),
        strength=strength if here else DOWN[strength],  # still worth a look, never an alert by itself
        severity=facts.get("severity", 1),
        requires=frozenset(facts.get("requires", ())),
        common=facts.get("common", False),
        exclude_near=tuple(facts.get("exclude_near", ())),
        unlawful=frozenset(facts.get("unlawful", ()) if here else ()),
        level=level_text(facts),
        clause=_clause(facts, here=here),
        exempt=tuple(facts.get("scope", {}).get("exempt", ())),
        verified=facts.get("verified", False),
        livestock=facts.get("livestock", False),
        here=here,
    )


def anchor_entry() -> Entry:
    """Return what suspicious talk counts as: it names no object, so it says little about duties."""
    return Entry(
        id="context:wording",
        term="可疑用语",
        kind="context",
        category="context",
        agency="forestry",
        strength="weak",
        severity=1,
        requires=frozenset(),
        common=False,
        exclude_near=(),
        unlawful=frozenset(),
        level="",
        clause="",
    )
