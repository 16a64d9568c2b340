from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.highlight import AROUND, LONGEST, Mark, Piece, boxed, hidden_name, pieces


def shown(found: list[Piece]) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(one.text, one.style, one.hits) for one in found]


def test_a_hit_stands_at_its_exact_span():
    assert shown(pieces("出售猫头鹰,活体", [Mark(2, 5, "hit", 1)])) == [
        ("出售", "", ()), ("猫头鹰", "hit", (1,)), (",活体", "", ()),
    ]  # fmt: skip


def test_offsets_are_code_points_behind_astral_characters():
    found = pieces("🐘🦷𠮷出售象牙", [Mark(0, 2, "hit", 1), Mark(5, 7, "hit", 2)])
    assert shown(found) == [("🐘🦷", "hit", (1,)), ("𠮷出售", "", ()), ("象牙", "hit", (2,))]


def test_nested_and_overlapping_hits_name_all_that_cover_a_place():
    found = pieces("abcdef", [Mark(0, 4, "hit", 1), Mark(1, 2, "hit", 2), Mark(3, 6, "hit", 3), Mark(1, 5, "factor")])
    assert [(one.text, one.hits, one.opens) for one in found] == [
        ("a", (1,), (1,)), ("b", (1, 2), (2,)), ("c", (1,), ()), ("d", (1, 3), (3,)), ("e", (3,), ()), ("f", (3,), ()),
    ]  # fmt: skip
    assert {one.style for one in found} == {"hit"}


def test_hidden_characters_are_named_and_counted_inside_a_hit():
    found = pieces("象\u200b\u200b\u200b牙\u202e反", [Mark(0, 5, "hit", 1)])
    assert [(one.kind, one.text, one.opens) for one in found] == [
        ("text", "象", (1,)), ("hidden", "零宽空格×3", ()), ("text", "牙", ()), ("hidden", "强制右至左", ()), ("text", "反", ()),
    ]  # fmt: skip
    assert found[1].style == "hit"
    assert found[3].style == ""


@pytest.mark.parametrize("char", ["\u00ad", "\u200d", "\u2067", "\ufeff", "\x00", "\u3164", "\ud800", "\ue000", "\u115f",
                                  "\U000e0041", "\u2028", "\x1b", "\u034f"])  # fmt: skip
def test_what_cannot_be_seen_is_a_box(char):
    (before, box, after) = pieces(f"象{char}牙")
    assert (before.text, after.text) == ("象", "牙")
    assert box.kind == "hidden"
    assert char not in box.text
    assert box.text == hidden_name(char)


def test_what_could_not_be_read_is_told_from_what_cannot_be_seen():
    assert [one.text for one in pieces("象\ufffd牙\u200b")] == ["象", "乱码字符", "牙", "零宽空格"]


def test_a_quote_is_cut_by_its_characters():
    assert [one.text for one in boxed("象\u200b牙手串", 4)] == ["象", "零宽空格", "牙…"]
    assert [one.text for one in boxed("象牙手串", 4)] == ["象牙手串"]
    assert boxed("") == []


def test_a_selector_of_an_emoji_stays_and_one_between_letters_does_not():
    assert [one.kind for one in pieces("❤️出")] == ["text"]
    assert [one.kind for one in pieces("象\ufe0f牙")] == ["text", "hidden", "text"]


def test_a_long_text_is_cut_except_around_hits():
    text = "无" * (LONGEST * 3) + "象牙" + "无" * LONGEST
    start = LONGEST * 3
    found = pieces(text, [Mark(start, start + 2, "hit", 1)])
    assert [one.kind for one in found] == ["text", "gap", "text", "text", "text", "gap"]
    assert found[3].text == "象牙"
    assert found[1].text == str(LONGEST * 2 - AROUND)
    assert sum(len(one.text) for one in found if one.kind == "text") < LONGEST + 3 * AROUND


def test_marks_beyond_the_text_are_left_out():
    assert shown(pieces("象牙", [Mark(-1, 1, "factor"), Mark(1, 9, "hit", 1), Mark(1, 1, "hit", 2)])) == [
        ("象牙", "", ())
    ]


@given(
    st.text(alphabet="象牙a\u200b\u202e🐘\n", max_size=60),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12),
)
@settings(max_examples=200, deadline=None)
def test_no_character_is_lost_and_each_is_covered_by_exactly_its_hits(text, spans):
    marks = [Mark(start, end, "hit", number) for number, (start, end) in enumerate(spans, 1)]
    place = 0
    for one in pieces(text, marks):
        length = len(one.text) if one.kind == "text" else int(one.text.partition("×")[2] or 1)
        for at in range(place, place + length):
            over = {m.number for m in marks if m.start <= at < m.end <= len(text)}
            assert set(one.hits) == over
        if one.kind == "text":
            assert one.text == text[place : place + length]
        place += length
    assert place == len(text)
