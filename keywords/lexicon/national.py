"""Imports the three national lists: `python -m keywords.lexicon.national FOLDER` reads their TSV files, writes YAML.

The lists are facts published by the State; the YAML names source and date. Run again when a list changes.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
COMMON_FROM = 1  # hits in ordinary text from which a name is taken for an everyday word
Row = dict[str, str]
PACKS = {
    "national_animals_2021": ("国家重点保护野生动物名录（国家林业和草原局、农业农村部公告2021年第3号）", "2021-02-01"),
    "national_plants_2021": ("国家重点保护野生植物名录（国家林业和草原局、农业农村部公告2021年第15号）", "2021-09-07"),
    "sanyou_2023": ("有重要生态、科学、社会价值的陆生野生动物名录（国家林业和草原局公告2023年第17号）", "2023-06-26"),
}


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a TSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def everyday_words(folder: Path) -> set[str]:
    """Return the names that were counted in ordinary text."""
    counted = rows(folder / "collision_counts.tsv")
    return {row["term"] for row in counted if sum(int(v) for k, v in row.items() if k.endswith(".txt")) >= COMMON_FROM}


def compact(row: Row, level: str, category: str, common: set[str]) -> str:
    """Return one entry as one line of YAML."""
    name = row["name_zh"].strip()
    facts = {"term": name, "taxon": row["latin"].strip(), "level": level, "category": category}
    if row.get("agency") == "fishery":
        facts |= {"agency": "agriculture"}
    others = [
        part for key in ("former_names", "alt_names") for part in (row.get(key) or "").split("|") if len(part) > 1
    ]
    if others:
        facts["aliases"] = f"[{', '.join(others)}]"
    if name in common or len(name) == 2:  # two characters are everyday words too often
        facts["common"] = "true"
    return "  - {" + ", ".join(f"{key}: {quoted(value)}" for key, value in facts.items() if value) + "}"


def quoted(value: str) -> str:
    """Return a YAML flow scalar; lists and plain words stay bare."""
    if value.startswith("[") or not set(value) & set(":,{}[]'#&*!|>%@`\""):
        return value
    return "'" + value.replace("'", "''") + "'"


def animal(row: Row) -> tuple[str, str]:
    """Return level and category of a listed animal."""
    level = f"国家{row['level']}" + ("（仅限野外种群）" if row["wild_only"] == "1" else "")
    return level, "aquatic_animal" if row["agency"] == "fishery" else "terrestrial_animal"


def write(name: str, lines: list[str]) -> None:
    """Write one pack."""
    source, date = PACKS[name]
    kind = "plant" if "plants" in name else "terrestrial_animal"
    cues = "[wild, no_papers, secrecy]" if kind == "plant" else "[live, wild, no_papers, secrecy, eat, serve, craft]"
    head = [
        f"about: 由 python -m keywords.lexicon.national 从《{source}》导入，勿手改；俗名、暗语写在其他文件",
        f"defaults: {{term: '*', kind: species, category: {kind}, agency: forestry, strength: weak, severity: 1,",
        f"  source: {source}, date: '{date}', verified: true, disguise: false, requires: {cues}}}",
        "entries:",
    ]
    (HERE / f"{name}.yaml").write_text("\n".join(head + lines) + "\n", encoding="utf-8")


def main() -> None:
    """Write the three packs from the folder named on the command line."""
    folder = Path(sys.argv[1])
    common = everyday_words(folder)
    animals = rows(folder / "protected_animals_2021.tsv")
    write("national_animals_2021", [compact(row, *animal(row), common) for row in animals])
    plants = rows(folder / "protected_plants_2021.tsv")
    write("national_plants_2021", [compact(row, f"国家{row['level']}", "", common) for row in plants])
    listed = rows(folder / "sanyou_2023.tsv")
    lines = [
        compact(row, "三有" + ("（仅限野外种群）" if row["wild_only"] == "1" else ""), "", common) for row in listed
    ]
    write("sanyou_2023", lines)


if __name__ == "__main__":
    main()
