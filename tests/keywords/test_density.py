"""Density: many texts at once give what `match.dense` says of each."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.density import MOST, Wordings, dense_all
from keywords.match import dense

LENGTH = 400
EVIDENCE = st.sampled_from([7.0, 6.99, 4.5, 2.33, 0.0, 21.0])  # three of the first are just enough
WORDING = st.tuples(st.integers(0, LENGTH - 6), st.integers(1, 6), EVIDENCE)


def read(texts: list[list[tuple[int, int, float]]]) -> dict[int, frozenset[tuple[int, int]]]:
    rows = [
        (start + base, end + base, evidence, number, base)
        for number, said in enumerate(texts)
        for base in [number * (LENGTH + 1)]
        for start, end, evidence in sorted(said, key=lambda one: one[1])
    ]
    columns = list(zip(*rows, strict=True)) or [()] * 5
    kinds = (np.int64, np.int64, np.float64, np.intp, np.int64)
    return dense_all(Wordings(*(np.array(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True))))


@given(st.lists(st.lists(WORDING, max_size=20), max_size=3))
@settings(max_examples=60, deadline=None)
def test_texts_together_and_alone_give_the_same(texts) -> None:
    said = [
        [(*span, evidence) for span, evidence in {(start, start + size): what for start, size, what in one}.items()]
        for one in texts
    ]
    alone = {number: dense(one) for number, one in enumerate(said)}
    assert read(said) == {number: spans for number, spans in alone.items() if spans}


def test_a_text_with_very_many_is_read_by_itself() -> None:
    many = [(at, at + 2, 7.0) for at in range(0, 2 * MOST + 20, 2)]
    few = [(0, 2, 7.0), (3, 5, 7.0), (6, 8, 7.5)]
    assert len(many) > MOST
    assert read([few, many, few]) == {0: dense(few), 1: dense(many), 2: dense(few)}
