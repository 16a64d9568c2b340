"""The lexicon tests itself: every entry's own examples hold, and every file keeps the rules."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from keywords.lexicon.compile import COMPILED, HERE, load_compiled, pack_files, read_entries, source_version
from keywords.lexicon.reader import read_pack
from keywords.lexicon.schema import Cues
from keywords.results import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from keywords.detector import Detector
    from keywords.lexicon.schema import Entry

FLAGGED = {Verdict.ALERT, Verdict.REVIEW}
ENTRIES: list[Entry] = [entry for path in pack_files() for entry in read_entries(path)]
GENERATED = {"national_animals_2021", "national_plants_2021", "sanyou_2023", "cites_2017"}
LISTS = {"national_animals_2021": 988, "national_plants_2021": 495, "sanyou_2023": 1924}


def test_every_must_is_flagged_by_its_entry(rules: Detector) -> None:
    texts = [(entry.id, text) for entry in ENTRIES for text in entry.tests.must]
    assert len(texts) > 200
    missed = []
    for identity, text in texts:
        result = rules.detect(text)
        if result.verdict not in FLAGGED or identity not in {hit.entry for hit in result.hits}:
            missed.append((identity, text, result.verdict.value, result.score))
    assert missed == []


def test_no_must_not_is_flagged(rules: Detector) -> None:
    texts = [(entry.id, text) for entry in ENTRIES for text in entry.tests.must_not]
    assert len(texts) > 100
    assert [pair for pair in texts if rules.detect(pair[1]).verdict in FLAGGED] == []


def test_every_curated_entry_has_examples() -> None:
    bare = [entry.id for entry in ENTRIES if entry.id.split(":")[0] not in GENERATED and not entry.tests.must]
    assert bare == []


def test_ids_are_unique() -> None:
    assert [identity for identity, count in Counter(entry.id for entry in ENTRIES).items() if count > 1] == []


@pytest.mark.parametrize(("name", "count"), LISTS.items())
def test_national_lists_are_complete_and_dated(name: str, count: int) -> None:
    listed = list(read_entries(HERE / f"{name}.yaml"))
    assert len(listed) == count
    assert all(entry.source and entry.date and entry.protection and entry.taxon for entry in listed)
    assert all(entry.verified for entry in listed)


def test_the_lists_keep_the_official_counts_of_levels_and_wild_populations() -> None:
    animals = [entry.protection for entry in read_entries(HERE / "national_animals_2021.yaml")]
    assert Counter(entry.cn for entry in animals if entry) == {"一级": 235, "二级": 753}
    assert sum(entry.wild_only for entry in animals if entry) >= 60
    sanyou = [entry.protection for entry in read_entries(HERE / "sanyou_2023.yaml")]
    assert all(entry and entry.sanyou for entry in sanyou)
    assert sum(entry.wild_only for entry in sanyou if entry) == 10


def test_former_and_other_names_are_aliases() -> None:
    named = {entry.term: entry for path in pack_files() for entry in read_entries(path) if path.stem in LISTS}
    assert "黄羊" in named["蒙原羚"].aliases
    assert "蟒" in named["蟒蛇"].aliases
    assert "闭壳龟属" in named["闭壳龟属所有种"].aliases
    assert "黑龙江鼯鼠" in named["白颊鼯鼠（黑龙江鼯鼠）"].aliases


def test_an_appendix_of_cites_carries_its_date() -> None:
    listed = [entry for path in pack_files() for entry in read_entries(path) if entry.protection]
    cites = [entry for entry in listed if entry.protection and entry.protection.cites]
    assert len(cites) > 500
    assert all(entry.protection and entry.protection.cites_date == "2017-04-21" for entry in cites)
    foreign = list(read_entries(HERE / "cites_2017.yaml"))
    assert len(foreign) > 300
    assert not any(entry.verified or entry.strength != "weak" or not entry.common for entry in foreign)


def test_who_is_in_charge_follows_the_list() -> None:
    plants = Counter(entry.agency for entry in read_entries(HERE / "national_plants_2021.yaml"))
    assert plants == {"forestry": 367, "agriculture": 128}


def test_every_entry_says_what_it_is() -> None:
    vague = [entry.id for entry in ENTRIES if not (entry.kind and entry.category and entry.agency and entry.strength)]
    assert vague == []


def test_required_cues_exist() -> None:
    known = {*read_pack(HERE / "context.yaml", Cues).groups, "trade"}
    assert {cue for entry in ENTRIES for cue in entry.requires or ()} <= known


def test_unverified_trade_names_say_so() -> None:
    assert all(entry.verified is not None for entry in ENTRIES)


def test_the_packaged_file_is_current() -> None:
    packaged = json.loads(gzip.decompress(COMPILED.read_bytes()))
    assert packaged["version"] == source_version(), "run: python -m keywords.lexicon.compile"
    assert load_compiled() == packaged


def test_an_outdated_packaged_file_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "more.yaml"
    path.write_text("entries: []\n", encoding="utf-8")
    assert source_version([path]) != source_version()


def test_one_character_names_never_match_alone(rules: Detector) -> None:
    single = [entry.term for entry in ENTRIES if len(entry.term) == 1]
    assert len(single) >= 15
    assert [term for term in single if rules.detect(f"{term} 一只 活的 私聊 没证").hits] == []
