from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keywords.context import Cue
from keywords.entries import read_entry
from keywords.flags import FOOD, LABELS, MIGRATORY, PROTECTED, WORST, of, without_prey
from keywords.match import Candidate, Way

if TYPE_CHECKING:
    from keywords.detector import Detector
    from keywords.entries import Entry


def entry(term: str, **facts: Any) -> Entry:
    return read_entry({"id": f"x:{term}", "term": term, **facts}, ())


def cues(*groups: str) -> dict[str, list[Cue]]:
    return {group: [Cue(group, "词", 0, 1)] for group in groups}


@pytest.mark.parametrize(
    ("protection", "flagged"),
    [
        ({"cn": "一级"}, True),
        ({"cn": "二级", "wild_only": True}, True),
        ({"sanyou": True}, False),
        ({"cites": "I", "cites_date": "2017-04-21"}, False),
        ({}, False),
    ],
)
def test_national_protection_is_a_flag(protection: dict[str, Any], flagged: bool) -> None:
    assert (PROTECTED in of([entry("某兽", protection=protection)], {})) is flagged


def test_protected_plants_and_gear_are_no_animals() -> None:
    plant = entry("某兰", category="plant", protection={"cn": "一级"})
    assert of([plant, entry("猎套", kind="gear", category="hunting_gear", severity=3)], cues("eat", "wild")) == ()


@pytest.mark.parametrize("cue", ["eat", "serve"])
def test_land_animals_to_be_eaten_are_a_flag(cue: str) -> None:
    assert of([entry("麂子")], cues(cue)) == (FOOD,)
    assert of([entry("麂子")], cues("sell", "price")) == ()
    assert of([entry("娃娃鱼", category="aquatic_animal", agency="agriculture")], cues(cue)) == ()


def test_birds_that_were_caught_are_a_flag() -> None:
    assert of([entry("黄胸鹀"), entry("红隼")], cues("wild")) == (MIGRATORY,)
    assert of([entry("红隼")], cues("sell")) == ()
    assert of([entry("麂子")], cues("wild")) == ()


@pytest.mark.parametrize("term", ["画眉鸟", "麻雀", "野鸡", "雕鸮"])
def test_birds_that_stay_are_no_migrants(term: str) -> None:
    assert of([entry(term)], cues("wild")) == ()


def test_a_pet_that_is_fed_meat_is_no_food() -> None:
    fed = {"eat": [Cue("eat", "肉", 0, 1)]}
    assert of([entry("猫头鹰")], fed | cues("pet_goods")) == ()
    assert of([entry("猫头鹰")], fed) == (FOOD,)
    assert of([entry("猫头鹰")], {"eat": [*fed["eat"], Cue("eat", "炖汤", 3, 5)]} | cues("pet_goods")) == (FOOD,)


def test_prey_in_the_name_of_a_trap_is_not_on_offer() -> None:
    def pair(text: str, term: str, **facts: Any) -> tuple[Candidate, Entry]:
        start = text.index(term)
        span = start, start + len(term)
        return Candidate(Way(0, "exact", gated=False), *span, span, term, term, "exact"), entry(term, **facts)

    gear = {"kind": "gear", "category": "hunting_gear"}
    for text, left in (("画眉专用粘网", 1), ("画眉粘网", 1), ("画眉，粘网都出", 2), ("粘网 画眉", 2)):
        pairs = [pair(text, "画眉"), pair(text, "粘网", **gear)]
        assert len(without_prey(pairs, text)) == left


@pytest.mark.parametrize("term", ["象牙", "犀牛角", "虎骨", "穿山甲"])
def test_the_worst_are_flagged_by_severity_and_name(term: str) -> None:
    assert of([entry(term, category="animal_product", severity=3)], {}) == (WORST,)
    assert of([entry(term, category="animal_product", severity=1)], {}) == ()


def test_another_severe_species_is_not_among_the_worst() -> None:
    assert of([entry("麝香", category="animal_product", severity=3)], {}) == ()


def test_flags_stand_in_the_order_of_the_plan() -> None:
    tiger = entry("虎骨", category="animal_product", severity=3, protection={"cn": "一级"})
    bird = entry("黄胸鹀", protection={"cn": "二级"})
    assert of([bird, tiger], cues("eat", "wild")) == (PROTECTED, FOOD, MIGRATORY, WORST)
    assert list(LABELS) == [PROTECTED, FOOD, MIGRATORY, WORST]


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("出老象牙手串，一克三百，私聊", {WORST}),
        ("收购穿山甲鳞片 高价 私聊", {WORST}),
        ("求购犀牛角 价高", {WORST}),
        ("虎骨酒 自家泡的 500一斤 微信", {WORST}),
        ("本店招牌菜果子狸现杀，包厢订座电话联系", {FOOD}),
        ("山里刚抓的红隼 野生 300 面交", {MIGRATORY, PROTECTED}),
        ("山里刚抓的画眉鸟 野生 300 面交", {PROTECTED}),
        ("低价出猎套 200个起 私聊", set()),
    ],
)
def test_the_product_raises_them(rules: Detector, text: str, flags: set[str]) -> None:
    found = set(rules.detect(text).flags)
    assert flags <= found
    assert bool(found) == bool(flags)
