"""Spread: sums over many texts are what a look at each text gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.match import COVER, ENOUGH, NAMED, PART, SAID, Marks, dense
from keywords.spread import spread

KINDS = np.array([NAMED, SAID, SAID, SAID | NAMED, PART, COVER], dtype=np.uint8)
EVIDENCE = np.array([0.0, 7.0, 4.5, ENOUGH, 0.0, 0.0])
MARKS = Marks(KINDS, EVIDENCE)
LENGTH = 300
PLACES = st.tuples(st.integers(0, LENGTH - 5), st.integers(1, 5), st.integers(0, len(KINDS) - 1))
TEXTS = st.lists(st.lists(PLACES, max_size=25), min_size=1, max_size=6)


@given(TEXTS)
@settings(max_examples=80, deadline=None)
def test_each_text_gets_what_lies_in_it(texts) -> None:
    own = [
        sorted({(start, start + size, what) for start, size, what in found}, key=lambda place: (place[1], place[0]))
        for found in texts
    ]
    joined = [
        (start + number * (LENGTH + 1), end + number * (LENGTH + 1), what)
        for number, found in enumerate(own)
        for start, end, what in found
    ]
    found = spread(joined, [LENGTH + number * (LENGTH + 1) for number in range(len(own))], MARKS)
    for number, places in enumerate(own):
        kinds = [int(KINDS[what]) for _, _, what in places]
        assert found.own(number) == places
        assert found.kinds[number] == np.bitwise_or.reduce(np.array([0, *kinds]))
        assert found.parts[number] == sum(bool(kind & PART) for kind in kinds)
        assert abs(found.evidence[number] - sum(EVIDENCE[what] for _, _, what in places)) < 1e-9
        said = dense([(start, end, EVIDENCE[what]) for start, end, what in places if KINDS[what] & SAID])
        assert found.said.get(number, frozenset()) == said


def test_what_is_far_apart_or_alone_is_not_dense() -> None:
    alone = [(0, 2, 1), (10, 12, 1)]
    apart = [(0, 2, 1), (4, 6, 1), (LENGTH - 4, LENGTH - 2, 1), (LENGTH - 2, LENGTH, 1)]
    overlapping = [(0, 3, 1), (1, 3, 1), (2, 4, 1), (3, 5, 1), (4, 5, 2)]
    close = [(0, 2, 1), (20, 22, 1), (40, 42, 1)]
    texts = [alone, apart, overlapping, close]
    joined = [
        (start + n * (LENGTH + 1), end + n * (LENGTH + 1), what)
        for n, one in enumerate(texts)
        for start, end, what in one
    ]
    found = spread(joined, [LENGTH + n * (LENGTH + 1) for n in range(len(texts))], MARKS)
    assert found.said == {3: {(0, 2), (20, 22), (40, 42)}}


def test_texts_without_anything() -> None:
    found = spread([], [3, 7], MARKS)
    assert found.kinds == [0, 0]
    assert found.said == {}
    assert found.own(1) == []
