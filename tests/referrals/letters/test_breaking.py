from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referrals.letters.breaking import NEVER_FIRST, WIDEST, lines_of


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("涉嫌犯罪案件移送书", ["涉嫌犯罪案件移送书"]),
        ("某县林业局关于移送野生动物制品案件线索的函", ["某县林业局关于移送", "野生动物制品案件线索的函"]),
        ("某县林业局关于建议清理野生动物制品违法信息的函", ["某县林业局关于建议", "清理野生动物制品违法信息的函"]),
        (
            "某自治县林业和草原局关于移送陆生野生动物、水生野生动物、禁用猎具案件线索的函",
            ["某自治县林业和草原局关于移送", "陆生野生动物、水生野生动物、", "禁用猎具案件线索的函"],
        ),
    ],
)
def test_titles_break_at_good_places(title, lines):
    assert lines_of(title) == lines


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="某县林业局关于移送的、函（）野 x1", min_size=0, max_size=150))
def test_nothing_is_lost_and_no_line_begins_badly(title):
    flat = "".join(title.split())
    lines = lines_of(title)
    assert "".join("".join(lines).split()) == flat
    assert all(len(line) <= WIDEST for line in lines)
    if not set(flat) <= NEVER_FIRST:
        assert all(line for line in lines)
