from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.fragments import Texts

WHOLE = "出售猫头鹰，微信 abc12345 电话 13800001234"
SHOWN = "出售猫头鹰，微信 ab*****5 电话 138****1234"
TEXTS = Texts(WHOLE, SHOWN)


def test_a_quote_that_lost_its_label_is_masked_by_its_place():
    start = WHOLE.index("abc")
    assert TEXTS.quoted("abc12345 电话", start, start + 11) == "ab*****5 电话"


def test_a_quote_without_a_place_is_looked_for():
    assert TEXTS.quoted("abc12345 电话", -1, -1) == "ab*****5 电话"
    assert TEXTS.anywhere("猫头鹰") == "猫头鹰"


def test_a_folded_quote_of_a_masked_place_says_nothing():
    start = WHOLE.index("abc")
    assert TEXTS.quoted("ABC12345", start, start + 8) == "********"
    assert TEXTS.quoted("maotouying", 2, 5) == "maotouying"


def test_other_letters_betray_nothing():
    texts = Texts("加 ＤＥＭＯ_YeWei 聊", "加 ＤＥ*******i 聊")
    assert texts.anywhere("yewei") == "*****"
    assert texts.anywhere("聊") == "聊"


def test_explanations_keep_the_words_of_the_lexicon():
    start = WHOLE.index("abc")
    factor = {"label": "学习判断：措辞", "weight": 1.5, "matched": "abc12345", "start": start, "end": start + 8}
    said = TEXTS.explained({"factors": [factor], "flags": ["minor"]})
    assert said["factors"] == [factor | {"matched": "ab*****5"}]
    assert said["flags"] == ["minor"]


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (5, 2), (0, 10**9), (None, None), ("0", "3")])
def test_places_that_are_none_do_no_harm(start, end):
    assert TEXTS.quoted("abc12345", start, end) == "ab*****5"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WHOLE)), st.integers(0, len(WHOLE)))
def test_every_piece_is_masked_as_the_whole_is(start, end):
    piece = WHOLE[start:end]
    if piece:
        assert TEXTS.quoted(piece, start, end) == SHOWN[start:end]
        assert len(TEXTS.anywhere(piece)) == len(piece)


def test_what_is_shown_in_full_stays_in_full():
    assert Texts(WHOLE, WHOLE).explained({"claims": [{"number": "abc12345"}]}) == {"claims": [{"number": "abc12345"}]}
