from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from referrals.papers.inert import CUT, LONGEST, inert, or_blank


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.characters(), max_size=60))
def test_nothing_harmful_is_left_and_nothing_else_is_touched(text):
    shown = inert(text)
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} and char != "\n" for char in shown)
    assert not any(char in "\u202e\u202d\u2066\u2067\u200b\u200e\ufeff\uffff" for char in shown)
    shown.encode()  # no lone surrogate


def test_ordinary_text_stays_and_long_text_is_cut_and_says_so():
    assert inert("象牙 手串\n3000元/只 =1+1 <w:br/> #emph[x] $x$") == "象牙 手串\n3000元/只 =1+1 <w:br/> #emph[x] $x$"
    assert inert("甲" * 10_000) == "甲" * LONGEST + CUT
    assert inert("a\x1b[31m\u202eb\x00") == "a〔U+001B〕[31m〔U+202E〕b〔U+0000〕"


def test_blanks_are_there_to_be_written_on():
    assert or_blank("") == or_blank("  ") == or_blank(None) == "______"
    assert or_blank("x") == "x"
