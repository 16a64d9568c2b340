from __future__ import annotations

import pytest

from keywords.config import KeywordsConfig
from keywords.lexicon.compile import load_compiled
from wangdun.exceptions import UsageError
from wangdun.lexicon.showing import find

COMPILED = load_compiled()


def found(name, **settings):
    return find(name, KeywordsConfig(**settings), COMPILED)


@pytest.mark.parametrize(
    ("name", "how"),
    [("猎套", "名称"), ("gear_hunting:猎套", "编号"), ("钢丝套", "原词"), ("钢 絲 套", "原词"), ("犭昔套", "拆字")],
)
def test_an_entry_is_found_by_any_of_its_writings(name, how):
    ways = {one.placed.entry.id: one.how for one in found(name)}
    assert ways["gear_hunting:猎套"] == how


def test_one_character_is_found_as_a_name():
    assert "national_animals_2021:蟒蛇" in {one.placed.entry.id for one in found("蟒")}


def test_all_facts_are_told():
    (one,) = (one for one in found("蒙原羚") if one.placed.path.stem == "national_animals_2021")
    facts = one.as_facts()
    assert facts["entry"]["protection"]["cn"] == "一级"
    assert facts["entry"]["aliases"] == ["黄羊"]
    assert facts["line"] > 4
    assert facts["verified"] is True
    assert "国家一级" in facts["clause"]
    assert sorted(facts["writings"]["exact"]) == ["蒙原羚", "黄羊"]


def test_writings_that_need_a_context_are_marked():
    (one,) = (one for one in found("gear_hunting:猎套"))
    assert any(text.endswith("*") for text in one.writings["pinyin"])
    assert "套猎*" in one.writings["reordered"]


def test_what_is_unknown_is_refused_with_near_names():
    with pytest.raises(UsageError, match=r"相近的有：.*猎套"):
        found("猎套套")
    with pytest.raises(UsageError, match="没有"):
        found("\ud800" * 100)


def test_a_disabled_entry_says_by_what(tmp_path):
    path = tmp_path / "local.yaml"
    path.write_text("disable: [猎套]\n", encoding="utf-8")
    config = KeywordsConfig(overlay=(path,))
    (one,) = find("gear_hunting:猎套", config, load_compiled([path]))
    assert one.disabled == "local.yaml:1"
    assert one.as_facts()["disabled_by"] == "local.yaml:1"
