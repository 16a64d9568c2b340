from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.fold import code_points
from keywords.sound import MANY, SoundMatcher

SOUNDS = {
    "穿": "chuan",
    "川": "chuan",
    "山": "shan",
    "衫": "shan",
    "甲": "jia",
    "假": "jia",
    "绣": "xiu",
    "秀": "xiu",
    "眼": "yan",
    "演": "yan",
}
MATCHER = SoundMatcher({"穿山甲": 7, "绣眼": 9}, SOUNDS)


def heard(text: str) -> list[tuple[int, int, int]]:
    return list(MATCHER.find(text, code_points(text)))


def test_three_characters_may_all_differ() -> None:
    assert heard("卖川衫假") == [(1, 4, 7)]


def test_two_characters_need_one_original() -> None:
    assert heard("秀眼") == [(0, 2, 9)]
    assert heard("秀演") == []


def test_the_term_itself_is_not_a_homophone() -> None:
    assert heard("穿山甲") == []


def test_an_ordinary_word_is_not_heard() -> None:
    matcher = SoundMatcher({"绣眼": 9}, SOUNDS, ["秀眼"])
    assert list(matcher.find("秀眼", code_points("秀眼"))) == []


@given(st.text("穿川山衫甲假绣秀眼演卖\uffff", max_size=30))
@settings(max_examples=200, deadline=None)
def test_every_homophone_is_found_where_it_stands(text: str) -> None:
    terms = {"穿山甲": 7, "绣眼": 9, "山甲": 3, "穿山甲绣": 4}
    expected = [
        (start, start + len(term), entry)
        for end in range(len(text) + 1)
        for start in range(end)
        for term, entry in terms.items()
        if len(term) == end - start
        and [SOUNDS.get(char) for char in text[start:end]] == [SOUNDS[char] for char in term]
        and text[start:end] != term
        and (len(term) > 2 or any(a == b for a, b in zip(text[start:end], term, strict=True)))
    ]
    matcher = SoundMatcher(terms, SOUNDS)
    assert matcher.find(text, code_points(text)) == expected
    long = text + "\uffff" * MANY
    assert matcher.find(long, code_points(long)) == expected
    assert SoundMatcher({}, SOUNDS).find(text, code_points(text)) == []
