"""The outer wordings stand for all: the same is read around them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.learned.features import windows
from keywords.match import CLOSE, ENOUGH, dense
from keywords.wordings import longest, outer, valid

if TYPE_CHECKING:
    from keywords.detector import Detector

PLACES = st.lists(st.tuples(st.integers(0, 440), st.integers(2, 6)), min_size=1, max_size=12)


@given(PLACES, st.integers(10, 450), st.lists(st.integers(0, 449), max_size=9))
@settings(max_examples=300, deadline=None)
def test_the_same_is_read_around_the_outer_ones(
    detector: Detector, places: list[tuple[int, int]], length: int, gaps: list[int]
) -> None:
    text = "".join("好。" if at in gaps else "好" for at in range(length))
    folded = detector._folder.trace(text)
    inside = {(start, start + size) for start, size in places if start + size <= length}
    all_of_them = longest(text, folded, inside)
    assert bool(all_of_them) == bool(outer(text, folded, inside))
    assert windows(outer(text, folded, inside), length) == windows(all_of_them, length)
    assert {*all_of_them} <= {*valid(text, folded, inside)} <= inside
    assert all(first[1] <= then[0] for first, then in itertools.pairwise(all_of_them))


def test_wordings_add_up_only_close_to_each_other() -> None:
    half = ENOUGH / 2
    assert dense([(0, 2, half), (CLOSE - 2, CLOSE, half)]) == {(0, 2), (CLOSE - 2, CLOSE)}
    assert dense([(0, 2, half), (CLOSE - 1, CLOSE + 1, half)]) == frozenset()
    assert dense([(0, 3, half), (1, 4, half), (9, 11, half)]) == {(0, 3), (9, 11)}
    assert dense([(0, 3, half), (1, 4, ENOUGH), (500, 502, half)]) == {(1, 4)}
