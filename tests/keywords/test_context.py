from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.context import ContextReader
from tests.detectors import rules

READER = ContextReader({"sell": {"words": ["出售"], "covers": []}, "secrecy": {"words": ["懂"], "covers": ["看不懂"]}})


@pytest.mark.parametrize(
    ("folded", "group"),
    [
        ("3000元", "price"),
        ("价2900", "price"),
        ("300一斤", "price"),
        ("一千二块", "price"),
        ("两只", "quantity"),
        ("13800001234", "contact_number"),
        ("qq20003344", "contact_number"),
        ("微信demowx12", "contact_number"),
        ("450带架子", "figure"),
        ("出售", "sell"),
    ],
)
def test_cues_are_read(folded: str, group: str) -> None:
    assert group in READER.read(folded)


def test_a_covered_cue_is_no_cue() -> None:
    assert "secrecy" not in READER.read("看不懂")
    assert "secrecy" in READER.read("看不懂懂")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("出售穿山甲鳞片，镇上当面交易", False),
        ("出售穿山甲鳞片，晚上当面看货", False),
        ("穿山甲鳞片出售，马上当天发货", False),
        ("山上当归地里下的钢丝套出售", False),
        ("收象牙手串，古玩城街上当铺隔壁", False),
        ("出售象牙手镯，网上上当过一次", True),
        ("出售象牙手镯，路上当心上当", True),
        ("出售穿山甲鳞片，上次买的上当了", True),
    ],
)
def test_being_cheated_is_no_pair_of_characters_across_two_words(text: str, told: bool) -> None:
    one = rules().detect(text)
    assert [factor.matched for factor in one.factors if factor.name == "report"] == (["上当"] if told else [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("出象牙手镯，微信abc12345，可快递", False),
        ("出象牙手镯，微信12345abc，可快递", False),
        ("出象牙手镯，微信demo_12345，可快递", False),
        ("出象牙手镯，编号8123456，可快递", False),
        ("有人出象牙手镯，已打12345举报", True),
        ("有人出象牙手镯，12315管吗", True),
    ],
)
def test_a_hotline_is_no_part_of_a_number_or_an_account(text: str, told: bool) -> None:
    one = rules().detect(text)
    assert bool([factor for factor in one.factors if factor.matched in {"12345", "12315"}]) == told


def test_a_currency_sign_is_a_price() -> None:
    assert "price" in READER.read("手串", signed=True)


@pytest.mark.parametrize("piece", ["1", "一", "qq", "微信a", "1一", "价"])
def test_hostile_repeats_end(piece: str) -> None:
    READER.read(piece * 400_000)


@given(st.lists(st.lists(st.sampled_from(["出", "售", "懂", "看不", "1"]), max_size=8).map("".join), max_size=9))
@settings(max_examples=60, deadline=None)
def test_texts_read_together_are_read_alike(texts: list[str]) -> None:
    assert READER.possible_all(texts) == [READER.possible(text) for text in texts]
