from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.fold import Folder, text_of
from keywords.learned.features import (
    BITS,
    CONTACT,
    NUMBER,
    OBJECT,
    REACH,
    mask,
    windows,
    wording,
)

if TYPE_CHECKING:
    from keywords.detector import Detector

FOLDER = Folder({})
WHOLE = [(0, 10_000)]


def shown(folded: str, *objects: tuple[int, int, int]) -> str:
    text = text_of(mask(folded, [(0, len(folded))], objects).codes)
    return text.replace(chr(NUMBER), "#").replace(chr(CONTACT), "@").replace(chr(OBJECT), "O")


@pytest.mark.parametrize(
    ("folded", "text"),
    [
        ("出价3000元", "出价#元"),
        ("电话13800001234", "电话@"),
        ("微信demo12", "微信@"),
        ("一克3", "一克#"),
        ("xiang牙", "xiang牙"),
        ("a1好", "a1好"),
    ],
)
def test_figures_and_contacts_are_all_alike(folded: str, text: str) -> None:
    assert shown(folded) == text


def test_an_object_is_shown_as_what_it_is() -> None:
    masked = mask("低价出象牙手串", [(0, 7)], [(3, 5, OBJECT)])
    assert shown("低价出象牙手串", (3, 5, OBJECT)) == "低价出O手串"
    assert masked.places.tolist() == [0, 1, 2, 3, 5, 6]


def test_only_the_surroundings_are_read() -> None:
    text = "好" * 500
    stretches = windows([(250, 252)], 500)
    assert stretches == [(250 - REACH, 252 + REACH)]
    assert mask(text, stretches, []).codes.size == 2 + 2 * REACH


@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 9)).map(lambda s: (s[0], s[0] + s[1])), max_size=8))
def test_stretches_are_apart_in_order_and_hold_every_span(spans: list[tuple[int, int]]) -> None:
    found = windows(spans, 1000)
    assert all(a[1] < b[0] for a, b in pairwise(found))
    assert all(0 <= low < high <= 1000 for low, high in found)
    for start, end in spans:
        wanted = max(0, start - REACH), min(1000, end + REACH)
        assert any(low <= wanted[0] and wanted[1] <= high for low, high in found)


def test_wording_is_each_run_of_one_to_four_characters_once() -> None:
    said = wording(FOLDER.fold("好好好好好").codes)
    assert sorted(said.lengths.tolist()) == [1, 2, 3, 4]
    assert set(said.starts.tolist()) == {0}
    assert wording(FOLDER.fold("").codes).numbers.size == 0
    assert sorted(wording(FOLDER.fold("懂的").codes).lengths.tolist()) == [1, 1, 2]


@given(st.text("出象牙手串懂的来私聊一", max_size=30))
@settings(max_examples=100)
def test_the_same_run_has_the_same_number_anywhere(text: str) -> None:
    codes, alone = FOLDER.fold(text).codes, set()
    said = wording(codes)
    assert len(set(said.numbers.tolist())) == said.numbers.size
    assert all(0 <= number < 1 << BITS for number in said.numbers.tolist())
    for start in range(len(codes)):
        alone |= set(wording(codes[start : start + 4]).numbers.tolist())
    assert set(said.numbers.tolist()) == alone


def test_the_named_factors_say_what_the_rules_found(detector: Detector) -> None:
    case = detector.study("低价出象*牙手串，一克三百，私聊，对象牙疼")
    assert case
    look = detector.look(case)
    assert look
    wanted = {
        "bias",
        "points",
        "strength_2",
        "channel_inserted",
        "category_animal_product",
        "dropped_covered",
        "cue_attached",
        "near_craft",
    }
    assert wanted <= look.named.keys()
    assert not {"nothing", "untraded", "plain", "cue_news"} & look.named.keys()
    assert look.named["points"] > 0.5


def test_talk_far_from_the_object_is_not_near(detector: Detector) -> None:
    far = detector.study("象牙" + "好" * 60 + "包邮现货私聊")
    assert far
    look = detector.look(far)
    assert look
    assert "cue_sell" in look.named
    assert "near_sell" not in look.named


def test_nothing_suspicious_is_not_looked_at(detector: Detector) -> None:
    case = detector.study("今天下班顺路去菜市场买了排骨和玉米")
    assert case is None or detector.look(case) is None
