"""The window's cut is jieba's own, HMM off."""

from __future__ import annotations

from math import log

import jieba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.segment import segment

PIECES = [
    "低价",
    "出猎套",
    "象牙",
    "白",
    "狩",
    "猎",
    "套装",
    "本地",
    "枪战",
    "a",
    "T恤",
    "12",
    "v5",
    "的",
    "研究生命",
    "中国科学院",
    "甲",
    "㗎",
    "穿山甲",
]
WINDOWS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).map("".join)


@pytest.fixture(scope="module")
def tokenizer() -> jieba.Tokenizer:
    found = jieba.Tokenizer()
    found.FREQ, found.total = found.gen_pfdict(found.get_dict_file())
    found.initialized = True
    for word in ("猎套", "象牙", "地枪"):
        found.add_word(word)
    return found


@given(window=WINDOWS)
@settings(max_examples=300, deadline=None)
def test_it_cuts_like_jieba(tokenizer: jieba.Tokenizer, window: str) -> None:
    words = segment(window, tokenizer.FREQ, log(tokenizer.total))
    if words is None:
        assert "㗎" in window  # not one piece to jieba: it is asked itself
    else:
        assert words == tuple(tokenizer.cut(window, HMM=False))
