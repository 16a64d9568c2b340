from __future__ import annotations

from referrals.papers.emoji_names import NAMES, in_words, unjoined


def test_what_offers_are_written_with_is_told_in_words():
    assert in_words("🐘🦷 出 3000元/只") == "〔大象表情〕〔牙齿表情〕 出 3000元/只"
    assert (
        in_words(unjoined("👨\u200d👩\u200d👧 ❤\ufe0f 👍\U0001f3fd"))
        == "〔男人表情〕〔女人表情〕〔女孩表情〕 〔红心表情〕 〔点赞表情〕"
    )


def test_the_rest_stays_as_it_is():
    assert in_words(unjoined("出象牙 𠮷野家 ABC 123 \u200d \ufe0f")) == "出象牙 𠮷野家 ABC 123 \u200d \ufe0f"


def test_each_name_is_one_of_chinese_characters():
    assert len(NAMES) > 200
    assert all(len(char) == 1 and ord(char) > 0x2000 and name.isalpha() for char, name in NAMES.items())
    assert all("\u4e00" <= char <= "\u9fff" for name in NAMES.values() for char in name)
