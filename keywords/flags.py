"""Flags: what the campaign plans tell the departments to look at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keywords.context import Cue
    from keywords.entries import Entry

PROTECTED = "protected"
FOOD = "food"
MIGRATORY = "migratory"
WORST = "worst"
LABELS = {
    PROTECTED: "国家重点保护野生动物",
    FOOD: "以食用为目的的陆生野生动物",
    MIGRATORY: "野外来源的候鸟",
    WORST: "象牙、犀牛角、虎、穿山甲及其制品",
}
EATEN = frozenset({"eat", "serve"})
CAUGHT = frozenset({"wild"})
SEVEREST = 3  # severity of the lexicon's entries on the species of `WORST` and their like
NAMED_WORST = ("象", "犀", "虎", "穿山甲")
BIRDS = frozenset("鸟雀鹰隼鸮雁鸭鹤鹭鹳鸠鸽鹀鹂鹛鹎鸫鸲鹟莺燕鹬鸻鸥鹗雕鹞鹮鸨鸡鹊鸦鹑眉鹨鹡鸰伯劳百灵云雀点颏靛颏")


def of(entries: Sequence[Entry], cues: Mapping[str, Sequence[Cue]]) -> tuple[str, ...]:
    """Return the flags of what was found, the plan's order. `entries`: of the hits."""
    animals = [entry for entry in entries if entry.category.endswith(("animal", "animal_product"))]
    land = [entry for entry in animals if entry.category == "terrestrial_animal" or entry.agency == "forestry"]
    found = {
        PROTECTED: any(
            "国家一级" in entry.level or "国家二级" in entry.level or "国家重点" in entry.level for entry in animals
        ),
        FOOD: bool(land) and not EATEN.isdisjoint(cues),
        MIGRATORY: not CAUGHT.isdisjoint(cues) and any(not BIRDS.isdisjoint(entry.term) for entry in land),
        WORST: any(entry.severity >= SEVEREST and _names_worst(entry.term) for entry in animals),
    }
    return tuple(flag for flag, raised in found.items() if raised)


def _names_worst(term: str) -> bool:
    return any(name in term for name in NAMED_WORST)
