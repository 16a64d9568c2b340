"""Flags: what the campaign plans tell the departments to look at first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keywords.context import Cue
    from keywords.entries import Entry
    from keywords.match import Candidate

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
FED = frozenset({"肉", "冷冻", "冻的"})  # said of what a pet is fed as well as of what people eat
KEPT = frozenset({"pet_goods", "common_pet", "lost_pet"})  # groups by which a text speaks of pets
# Names of birds that stay where they are all the year, though a character of theirs is in migrants' names, too.
RESIDENT = (
    "画眉",
    "噪鹛",
    "麻雀",
    "喜鹊",
    "野鸡",
    "山鸡",
    "雉鸡",
    "锦鸡",
    "竹鸡",
    "松鸡",
    "榛鸡",
    "原鸡",
    "白头鹎",
    "红耳鹎",
    "雕鸮",
)
FOR_PREY = frozenset({"", "的", "用", "专用"})  # between the name of an animal and the trap for it: 画眉专用粘网
SEVEREST = 3  # severity of the lexicon's entries on the species of `WORST` and their like
NAMED_WORST = ("象", "犀", "虎", "穿山甲")
BIRDS = frozenset("鸟雀鹰隼鸮雁鸭鹤鹭鹳鸠鸽鹀鹂鹛鹎鸫鸲鹟莺燕鹬鸻鸥鹗雕鹞鹮鸨鸡鹊鸦鹑眉鹨鹀鹡鸰伯劳百灵云雀点颏靛颏")


def of(entries: Sequence[Entry], cues: Mapping[str, Sequence[Cue]]) -> tuple[str, ...]:
    """Return the flags of what was found, the plan's order. `entries`: of the hits."""
    animals = [entry for entry in entries if entry.category.endswith(("animal", "animal_product"))]
    land = [entry for entry in animals if entry.category == "terrestrial_animal" or entry.agency == "forestry"]
    found = {
        PROTECTED: any(
            "国家一级" in entry.level or "国家二级" in entry.level or "国家重点" in entry.level for entry in animals
        ),
        FOOD: bool(land) and _is_eaten(cues),
        MIGRATORY: not CAUGHT.isdisjoint(cues) and any(_is_migrant(entry.term) for entry in land),
        WORST: any(entry.severity >= SEVEREST and _names_worst(entry.term) for entry in animals),
    }
    return tuple(flag for flag, raised in found.items() if raised)


def without_prey(pairs: Sequence[tuple[Candidate, Entry]], text: str) -> list[Entry]:
    """Return the entries of the hits without animals that only say what a trap is for."""
    traps = [candidate.span[0] for candidate, entry in pairs if entry.kind == "gear"]
    return [
        entry
        for candidate, entry in pairs
        if entry.kind == "gear"
        or not any(text[candidate.span[1] : start] in FOR_PREY for start in traps if start >= candidate.span[1])
    ]


def _is_eaten(cues: Mapping[str, Sequence[Cue]]) -> bool:
    """Tell whether people are to eat it: a pet that is fed meat is no food."""
    if EATEN.isdisjoint(cues):
        return False
    return "serve" in cues or KEPT.isdisjoint(cues) or any(cue.word not in FED for cue in cues["eat"])


def _is_migrant(term: str) -> bool:
    return not BIRDS.isdisjoint(term) and not any(name in term for name in RESIDENT)


def _names_worst(term: str) -> bool:
    return any(name in term for name in NAMED_WORST)
