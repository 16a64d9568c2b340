from __future__ import annotations

import random
import re

import pytest

from keywords.fold import Folder
from keywords.learned.disguises import SYMBOLS, Disguiser, offers, talk
from keywords.lexicon.schema import Entry

DISGUISER = Disguiser()
ENTRIES = [
    Entry(term="穿山甲", id="a:穿山甲", category="terrestrial_animal"),
    Entry(term="犀牛角", id="a:犀牛角", kind="product", category="animal_product"),
    Entry(term="猎套", id="g:猎套", kind="gear", category="hunting_gear"),
]


def hide(channel: str, term: str, seed: int = 1) -> str | None:
    return DISGUISER.channels[channel](term, random.Random(seed))


@pytest.mark.parametrize(
    ("channel", "term", "written"),
    [
        ("plain", "穿山甲", "穿山甲"),
        ("space", "穿山甲", "穿 山 甲"),
        ("pinyin", "穿山甲", "chuanshanjia"),
        ("wide_pinyin", "猎套", "ｌｉｅｔａｏ"),
        ("initials", "穿山甲", "csj"),
        ("initials", "猎套", None),
        ("reversed", "穿山甲", "甲山穿"),
        ("reversed", "猎套", None),
    ],
)
def test_each_way_of_writing(channel: str, term: str, written: str | None) -> None:
    assert hide(channel, term) == written


@pytest.mark.parametrize("channel", ["symbol", "space", "zero_width", "traditional"])
def test_these_fold_back_to_the_term(channel: str) -> None:
    written = hide(channel, "穿山龟")
    assert written
    assert written != "穿山龟"
    assert Folder({}).fold(written).text == "穿山龟"


def test_symbols_stand_between_all_characters() -> None:
    written = hide("symbol", "穿山甲")
    assert written
    assert re.fullmatch(f"穿([{re.escape(SYMBOLS)}])山\\1甲", written)


@pytest.mark.parametrize("channel", ["homophone", "split", "lookalike", "mixed_pinyin"])
def test_one_character_is_replaced(channel: str) -> None:
    written = {hide(channel, "猫头鹰", seed) for seed in range(20)} - {None}
    assert written
    assert "猫头鹰" not in written
    assert all(sum(char in (text or "") for char in "猫头鹰") >= 2 - (channel == "split") for text in written)


def test_an_emoji_stands_for_one_character() -> None:
    assert {hide("emoji", "象棋", seed) for seed in range(9)} == {"🐘棋"}
    assert hide("emoji", "棋") is None


def test_an_offer_holds_the_writing_and_is_for_its_kind() -> None:
    texts = list(offers(ENTRIES, DISGUISER, random.Random(1), "space"))
    assert [one.entry for one in texts] == [entry.id for entry in ENTRIES]
    assert all(one.offer and one.written in one.text and "{" not in one.text for one in texts)
    assert not any("克" in one.text for one in offers([ENTRIES[2]] * 16, DISGUISER, random.Random(1), "plain"))


def test_talk_offers_nothing() -> None:
    texts = list(talk(ENTRIES, random.Random(1)))
    assert all(not one.offer and one.term in one.text for one in texts)


def test_the_same_seed_makes_the_same_texts() -> None:
    for channel in DISGUISER.channels:
        first, again = (list(offers(ENTRIES, Disguiser(), random.Random(9), channel)) for _ in range(2))
        assert first == again


def test_account_names_and_telephones_are_invented() -> None:
    texts = " ".join(one.text for one in offers(ENTRIES * 60, DISGUISER, random.Random(2), "plain"))
    assert {number[:3] + number[4:8] for number in re.findall(r"1[3-9]\d \d{4} \d{4}", texts)} <= {"1380000"}
