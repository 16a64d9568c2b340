"""Packing: a table with little in it takes little room, and nothing in it is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.kernel.binding import open_library, pack

if TYPE_CHECKING:
    from keywords.detector import Detector

ROWS = st.lists(
    st.one_of(st.sampled_from([0, 1, 1 << 63, (1 << 64) - 1]), st.integers(0, (1 << 64) - 1)), min_size=1, max_size=60
)


@given(ROWS)
@settings(max_examples=100, deadline=None)
def test_rows_that_are_packed_do_not_meet(fast: Detector, rows: list[int]) -> None:
    library = open_library()
    assert fast
    assert library
    packed = pack(library, np.array(rows, dtype=np.uint64))
    if packed is None:  # they did not fit
        assert sum(row.bit_count() for row in rows) > 16 * len(rows)
        return
    moved, size = packed
    taken = [int(start) + bit for start, row in zip(moved, rows, strict=True) for bit in range(64) if row >> bit & 1]
    assert len(taken) == len(set(taken))
    assert max(taken, default=0) < size
    assert (moved + 64 <= size).all()


def test_what_is_known_of_wordings_lies_close_together(fast: Detector) -> None:
    assert fast._looker
    kept = fast._looker._tables.kept
    table = fast._facts.model.table
    numbers = table.nonzero()[0]
    places = kept["moved"][numbers >> 6] + (numbers & 63)
    assert kept["grams"][places].tolist() == table[numbers].tolist()
    assert kept["grams"].size < 1.3 * numbers.size
    fast.detect_many(["出象牙手串，老料，私聊，" * 9, "今天下班顺路去菜市场买了排骨和玉米，" * 9] * 3)
    assert (fast._looker._workplace().arrays["left"] == kept["grams"]).all()
