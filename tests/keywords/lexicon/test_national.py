from __future__ import annotations

import yaml

from keywords.lexicon.national import Index, compact, facts_of, is_common, other_names

ROW = {
    "name_zh": "蒙原羚", "latin": "Procapra gutturosa", "level": "一级", "agency": "forestry", "wild_only": "1",
    "former_names": "黄羊", "alt_names": "", "note": "原名“黄羊”",
}  # fmt: skip
INDEX = Index([
    {"latin": "Procapra gutturosa", "appendix_2017": "III"},
    {"latin": "Ovis ammon", "appendix_2017": "I/II"},
    {"latin": "Cuora", "appendix_2017": "II"},
    {"latin": "Melopsittacus undulatus", "appendix_2017": "NC"},
])  # fmt: skip


def test_one_row_becomes_one_entry() -> None:
    entry = yaml.safe_load(compact(facts_of(ROW, {"cn": "一级"}, INDEX)))[0]
    assert entry == {
        "term": "蒙原羚",
        "taxon": "Procapra gutturosa",
        "protection": {"cn": "一级", "cites": "III", "cites_date": "2017-04-21", "wild_only": True},
        "agency": "forestry",
        "aliases": ["黄羊"],
    }


def test_populations_of_several_appendices_are_told() -> None:
    facts = facts_of(ROW | {"latin": "Ovis ammon"}, {}, INDEX)
    assert facts["protection"]["cites"] == "I"
    assert "I/II" in facts["note"]


def test_a_genus_stands_for_its_species_and_synonyms_count() -> None:
    assert INDEX.of(["Cuora aurocapitata"]).number == "II"
    assert INDEX.of(["Cuora spp."]).number == "II"
    assert INDEX.of(["Unknown name", "Procapra gutturosa"]).number == "III"
    assert INDEX.of(["Melopsittacus undulatus"]) is None


def test_names_in_brackets_are_names_unless_they_spell_a_character() -> None:
    assert other_names({"name_zh": "白颊鼯鼠（黑龙江鼯鼠）"}) == ["白颊鼯鼠", "黑龙江鼯鼠"]
    assert other_names({"name_zh": "西藏马鹿（包括白臀鹿）"}) == ["西藏马鹿", "白臀鹿"]
    assert other_names({"name_zh": "吉氏小扁（虫责）"}) == []
    assert other_names({"name_zh": "闭壳龟属所有种"}) == ["闭壳龟属"]


def test_two_characters_or_a_counted_name_need_more_context() -> None:
    assert is_common(ROW, set())  # 黄羊
    assert not is_common(ROW | {"former_names": ""}, set())
    assert is_common(ROW | {"former_names": ""}, {"蒙原羚"})
