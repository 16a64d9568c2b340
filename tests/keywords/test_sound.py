from __future__ import annotations

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


def test_three_characters_may_all_differ() -> None:
    assert list(MATCHER.find("卖川衫假")) == [(1, 4, 7)]


def test_two_characters_need_one_original() -> None:
    assert list(MATCHER.find("秀眼")) == [(0, 2, 9)]
    assert list(MATCHER.find("秀演")) == []


def test_the_term_itself_is_not_a_homophone() -> None:
    assert list(MATCHER.find("穿山甲")) == []
