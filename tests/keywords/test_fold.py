from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.fold import Folder

FOLDER = Folder({"🐘": "象", "🦷": "牙"})
ANY_TEXT = st.text(st.characters(), max_size=60) | st.text("象牙*　Ａa鷹⻆🐘🦷\u200b\ud800\0\n", max_size=30)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("象*牙", "象牙"),
        ("象\u200b\u2060牙", "象牙"),
        ("Ｘｉàng", "xiang"),
        ("貓頭鷹", "猫头鹰"),
        ("犀⻆", "犀角"),
        ("🅧🅰🇽", "xax"),
        ("ɪᴀɴɢ", "iang"),
        ("穿丶山丨甲", "穿山甲"),
        ("ㅤ象ﾠ牙", "象牙"),
        ("亀 変", "龟变"),
        ("\ud800象\0牙\udfff", "象牙"),
        ("①㊗", "1祝"),
    ],
)
def test_disguised_writings_fold_to_the_plain_one(written: str, folded: str) -> None:
    assert FOLDER.fold(written)[0] == folded


def test_emoji_are_dropped_but_remembered() -> None:
    assert FOLDER.fold("出🐘🦷")[::2] == ("出", True)
    assert FOLDER.fold("出😀")[::2] == ("出", False)


def test_pictured_reading_shows_the_characters() -> None:
    folded = FOLDER.trace("出🐘 🦷", pictured=True)
    assert folded.text == "出象牙"
    assert folded.span(1, 3) == (1, 4)


def test_span_includes_junk_inside_and_none_around() -> None:
    text = "【象 ** 牙】"
    folded = FOLDER.trace(text)
    start, end = folded.span(0, 2)
    assert text[start:end] == "象 ** 牙"


@given(ANY_TEXT)
def test_folding_is_idempotent(text: str) -> None:
    once = FOLDER.fold(text)[0]
    assert FOLDER.fold(once)[0] == once


@given(ANY_TEXT)
@settings(max_examples=100)
def test_trace_and_fold_agree_and_index_rises(text: str) -> None:
    folded = FOLDER.trace(text)
    assert folded.text == FOLDER.fold(text)[0]
    places = folded.index.tolist()
    assert places == sorted(set(places))
    assert all(0 <= place < len(text) for place in places)
