from __future__ import annotations

from keywords.lexicon.variants import Disguises

DISGUISES = Disguises(
    {"象": "xiang", "牙": "ya", "鹅": "e", "穿": "chuan", "山": "shan", "甲": "jia"}, {"象": ("⺈豕",)}, {"牙": "芽"}
)


def test_pinyin_split_lookalike_and_order() -> None:
    made = {(variant.text, variant.channel) for variant in DISGUISES.of("象牙")}
    assert {("象ya", "pinyin"), ("xiang牙", "pinyin"), ("xiangya", "pinyin")} <= made
    assert {("⺈豕牙", "split"), ("象芽", "lookalike"), ("牙象", "reordered")} <= made


def test_whole_pinyin_is_gated_and_mixed_is_not() -> None:
    gates = {variant.text: variant.gated for variant in DISGUISES.of("象牙")}
    assert gates["xiangya"]
    assert not gates["象ya"]


def test_one_letter_syllables_stand_for_nothing() -> None:
    assert not [variant for variant in DISGUISES.of("鹅甲") if variant.text.startswith("e")]


def test_neighbours_swap_in_longer_terms() -> None:
    assert "穿甲山" in {variant.text for variant in DISGUISES.of("穿山甲")}


def test_terms_with_foreign_letters_have_no_variants() -> None:
    assert list(DISGUISES.of("pcp枪")) == []
