"""Memory for tables: what is given out is zero, in its place, and nobody else's."""

from __future__ import annotations

import mmap

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.kernel import ground

SIZES = st.lists(st.tuples(st.sampled_from(["u1", "<u2", "<i4", "<f8"]), st.integers(0, 3000)), max_size=20)


@given(SIZES)
@settings(max_examples=50, deadline=None)
def test_no_two_arrays_meet(sizes) -> None:
    land = ground.Ground()
    given_out = [land.zeros(count, kind) for kind, count in sizes]
    for number, array in enumerate(given_out, start=1):
        assert not array.any()
        assert array.ctypes.data % ground.LINE == 0 or not array.size
        array[:] = number
    for number, array in enumerate(given_out, start=1):
        assert (array.dtype, array.size) == (np.dtype(sizes[number - 1][0]), sizes[number - 1][1])
        assert (array == number).all()


@pytest.mark.parametrize("without", [False, True])
def test_more_than_a_piece_is_given_in_one(monkeypatch, without: bool) -> None:
    if without:
        monkeypatch.delattr(mmap, "MADV_HUGEPAGE", raising=False)
    land = ground.Ground()
    land.zeros(10, np.uint8)
    large = land.zeros(ground.PIECE + 5, np.uint8)
    large[-1] = 7
    assert (large.size, int(large.sum())) == (ground.PIECE + 5, 7)
    assert land.copy(np.arange(5, dtype=np.int64)).tolist() == [0, 1, 2, 3, 4]
    assert int(large.sum()) == 7


def test_a_system_without_large_pages_is_as_good(monkeypatch) -> None:
    class Poor(mmap.mmap):
        def madvise(self, *_: int) -> None:
            raise OSError

    monkeypatch.setattr(mmap, "mmap", Poor)
    assert not ground.Ground().zeros(100, np.int64).any()
