"""Imports the three national lists and CITES: `python -m keywords.lexicon.national FOLDER` reads their TSV files.

The lists are facts published by the State and by CITES; the YAML written names source and date. Run again when a list
changes. The CITES index at hand is of 2017, so its date stands wherever an appendix is shown.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from keywords.lexicon.packs import HERE, pack_files, read_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

COMMON_FROM = 1  # hits in ordinary text from which a name is taken for an everyday word
CITES_DATE = "2017-04-21"
CITES = "cites_2017"
Row = dict[str, str]
Facts = dict[str, object]
PACKS = {
    "national_animals_2021": ("国家重点保护野生动物名录（国家林业和草原局、农业农村部公告2021年第3号）", "2021-02-01"),
    "national_plants_2021": ("国家重点保护野生植物名录（国家林业和草原局、农业农村部公告2021年第15号）", "2021-09-07"),
    "sanyou_2023": ("有重要生态、科学、社会价值的陆生野生动物名录（国家林业和草原局公告2023年第17号）", "2023-06-26"),
    CITES: ("CITES 附录（其后的修订未收，须核对现行附录）", CITES_DATE),
}
CUES = {"plant": "[wild, no_papers, secrecy]", "animal": "[live, wild, no_papers, secrecy, eat, serve, craft, trade]"}
STRICT_CUES = "[wild, no_papers, secrecy]"  # foreign species: the name alone says nothing about the law here
# 国家畜禽遗传资源目录（农业农村部，2020）：farmed ones are ordinary livestock, whatever is done with them
LIVESTOCK = frozenset(
    {"Cervus nippon", "Cervus canadensis", "Phasianus colchicus", "Anas platyrhynchos", "Nyctereutes procyonoides"}
)
AGENCIES = {"fishery": "agriculture", "agriculture": "agriculture", "forestry": "forestry"}
AQUATIC = frozenset({"Actinopteri", "Amphibia", "Anthozoa", "Bivalvia", "Cephalopoda", "Elasmobranchii", "Hydrozoa"})
NOTES = {"扬子鳄": "主办部门以正式名录为准"}  # sources differ
WILD = "仅限野外种群"  # in the TSV's notes; the column wild_only says it too


class Appendix(NamedTuple):
    """Where CITES lists a taxon."""

    number: str
    """I, II or III: the strictest of its populations."""
    mixed: str
    """All of them where populations differ, as ``I/II``; else empty."""


class Index:
    """CITES by Latin name."""

    def __init__(self, found: Iterable[Row]) -> None:
        self._ways = {row["latin"]: way for row in found if (way := _appendix(row["appendix_2017"]))}

    def of(self, latins: Iterable[str]) -> Appendix | None:
        """Return the listing of a taxon under any of its names, or of its whole genus where that has one appendix."""
        names = [latin.removesuffix(" spp.").strip() for latin in latins if latin.strip()]
        for name in names:
            if name in self._ways:
                return self._ways[name]
        genus = self._ways.get(names[0].split()[0]) if names else None
        return genus if genus and not genus.mixed else None


def _appendix(text: str) -> Appendix | None:
    listed = [part for part in text.split("/") if part != "NC"]
    return Appendix(listed[0], text if "/" in text else "") if listed else None


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a TSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def everyday_words(folder: Path) -> set[str]:
    """Return the names that were counted in ordinary text."""
    counted = rows(folder / "collision_counts.tsv")
    return {row["term"] for row in counted if sum(int(v) for k, v in row.items() if k.endswith(".txt")) >= COMMON_FROM}


def other_names(row: Row) -> list[str]:
    """Return former and other names, what stands in brackets, and the genus of an entry for all its species."""
    name = row["name_zh"].strip()
    found = [part for key in ("former_names", "alt_names") for part in (row.get(key) or "").split("|")]
    bracket = re.fullmatch(r"(.+)（(?:包括)?([^虫].+)）", name)  # （虫责） spells a character, it is no name
    found += bracket.groups() if bracket else ()
    if name.endswith("所有种"):
        found.append(name.removesuffix("所有种"))
    return [part.strip() for part in dict.fromkeys(found) if part.strip() and part.strip() != name]


def facts_of(row: Row, protection: dict[str, str], index: Index) -> Facts:
    """Return what all lists say of a taxon; the appendix is added to `protection`."""
    appendix = index.of((row["latin"], *(row.get("latin_synonyms") or "").split("|")))
    if appendix:
        protection |= {"cites": appendix.number, "cites_date": CITES_DATE}
    if row.get("wild_only") == "1":
        protection["wild_only"] = "true"
    condition = (row.get("note") or "").strip()
    livestock = row["latin"].strip() in LIVESTOCK
    return {
        "term": row["name_zh"].strip(),
        "taxon": row["latin"].strip(),
        "protection": protection,
        "agency": AGENCIES.get(row.get("agency") or ""),
        "aliases": other_names(row),
        "scope": {"condition": condition} if condition and not condition.startswith(("原名", WILD)) else {},
        "note": "；".join(_notes(row, appendix)),
        "livestock": "true" if livestock else "",
        "requires": STRICT_CUES.strip("[]").split(", ") if livestock else [],
    }


def _notes(row: Row, appendix: Appendix | None) -> Iterator[str]:
    if appendix and appendix.mixed:
        yield f"CITES 附录按种群而异：{appendix.mixed}"
    if row.get("agency") == "":
        yield "名录未标明主管部门，暂列林业"
    if row["name_zh"] in NOTES:
        yield NOTES[row["name_zh"]]


def is_common(row: Row, common: set[str]) -> bool:
    """Tell whether a name is an everyday word, too: counted in ordinary text, or of two characters."""
    return any(name in common or len(name) == 2 for name in (row["name_zh"].strip(), *other_names(row)))


def compact(facts: Mapping[str, object]) -> str:
    """Return one entry as one line of YAML."""
    return f"  - {_flow(facts)}"


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(one)}" for key, one in value.items() if one) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    text = str(value)
    if not set(text) & set(":,{}[]'#&*!|>%@`\"") and not text[:1].isdigit():
        return text
    return "'" + text.replace("'", "''") + "'"


def animal_lines(folder: Path, index: Index, common: set[str]) -> Iterator[str]:
    """Yield the entries of the list of animals."""
    for row in rows(folder / "protected_animals_2021.tsv"):
        facts = facts_of(row, {"cn": row["level"]}, index)
        category = "aquatic_animal" if row["agency"] == "fishery" else ""
        yield compact(facts | {"category": category, "common": "true" if is_common(row, common) else ""})


def plant_lines(folder: Path, index: Index, common: set[str]) -> Iterator[str]:
    """Yield the entries of the list of plants."""
    for row in rows(folder / "protected_plants_2021.tsv"):
        facts = facts_of(row, {"cn": row["level"]}, index)
        yield compact(facts | {"common": "true" if is_common(row, common) else ""})


def sanyou_lines(folder: Path, index: Index, common: set[str]) -> Iterator[str]:
    """Yield the entries of the list of animals of value."""
    for row in rows(folder / "sanyou_2023.tsv"):
        facts = facts_of(row, {"sanyou": "true"}, index)
        yield compact(facts | {"common": "true" if is_common(row, common) else ""})


def cites_lines(folder: Path, index: Index) -> Iterator[str]:
    """Yield the species that CITES alone lists.

    Names with a curated name within are left out: that one is found anyway and says more than a weak, longer one would.
    """
    listed = [
        row for name in ("protected_animals_2021", "protected_plants_2021") for row in rows(folder / f"{name}.tsv")
    ]
    listed += rows(folder / "sanyou_2023.tsv")
    latins = {name for row in listed for name in (row["latin"], *(row.get("latin_synonyms") or "").split("|"))}
    known = {name for path in pack_files() if path.stem in PACKS and path.stem != CITES for name in _names(path)}
    curated = {name for path in pack_files() if path.stem not in PACKS for name in _names(path) if len(name) > 1}
    aquatic = _aquatic_families(folder)
    for row in rows(folder / f"{CITES}.tsv"):
        way = index.of([row["latin"]])
        if way is None or row["rank"] != "SPECIES" or row["latin"] in latins or row["name_zh"] in known:
            continue
        if any(name in row["name_zh"] for name in curated):
            continue
        known.add(row["name_zh"])  # some have the same name under two Latin ones
        facts = facts_of(row, {}, index)
        wet = aquatic.get(row["family_latin"], row["class_latin"] in AQUATIC)
        facts |= {"agency": "agriculture", "category": "aquatic_animal"} if wet else {}
        yield compact(facts | {"common": "true"})


def _names(path: Path) -> Iterator[str]:
    for entry in read_entries(path):
        yield from (entry.term, *entry.aliases)


def _aquatic_families(folder: Path) -> dict[str, bool]:
    """Return family -> whether the State's list gives most of its species to the fishery authority."""
    agencies = {row["latin"]: row["agency"] for row in rows(folder / "protected_animals_2021.tsv")}
    votes: Counter[str] = Counter()
    for row in rows(folder / f"{CITES}.tsv"):
        if row["latin"] in agencies:
            votes[row["family_latin"]] += 1 if agencies[row["latin"]] == "fishery" else -1
    return {family: vote > 0 for family, vote in votes.items()}


def write(name: str, lines: Iterable[str]) -> None:
    """Write one pack."""
    source, date = PACKS[name]
    kind = "plant" if "plants" in name else "terrestrial_animal"
    cues = STRICT_CUES if name == CITES else CUES["plant" if kind == "plant" else "animal"]
    verified = "false" if name == CITES else "true"
    head = [
        f"about: 由 python -m keywords.lexicon.national 从《{source}》导入，勿手改；俗名、暗语写在其他文件",
        f"defaults: {{term: '*', kind: species, category: {kind}, agency: forestry, strength: weak, severity: 1,",
        f"  source: {source}, date: '{date}', verified: {verified}, disguise: false, requires: {cues}}}",
        "entries:",
    ]
    (HERE / f"{name}.yaml").write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")


def main() -> None:
    """Write the four packs from the folder named on the command line."""
    folder = Path(sys.argv[1])
    common, index = everyday_words(folder), Index(rows(folder / f"{CITES}.tsv"))
    write("national_animals_2021", animal_lines(folder, index, common))
    write("national_plants_2021", plant_lines(folder, index, common))
    write("sanyou_2023", sanyou_lines(folder, index, common))
    write(CITES, list(cites_lines(folder, index)))


if __name__ == "__main__":
    main()
