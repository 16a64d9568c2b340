from __future__ import annotations

from keywords.fold import code_points
from keywords.sound import SoundMatcher

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
