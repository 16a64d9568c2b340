"""Ground: memory for tables that are looked up at random, in few large pages where the machine gives them.

Each page of memory that is used takes a place among the few that a core knows the way to; of four kilobytes each a
table of one megabyte takes 256 of them, of two megabytes each it takes one. That is a third of the time of a text.
"""

from __future__ import annotations

import mmap
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

PAGE = 1 << 21  # bytes of a large page of the common machines
LINE = 64  # bytes that are read at once
PIECE = 4 * PAGE  # that is taken at a time; what is not written takes no memory


class Ground:
    """Gives out memory, one piece behind the other; each lasts as long as it is used."""

    def __init__(self) -> None:
        """Take nothing yet."""
        self._piece = np.zeros(0, dtype=np.uint8)

    def zeros(self, count: int, dtype: DTypeLike) -> NDArray[Any]:
        """Return an array of zeros."""
        kind = np.dtype(dtype)
        size = count * kind.itemsize
        if size > self._piece.size:
            self._piece = _taken(size)
        found = self._piece[:size].view(kind)
        self._piece = self._piece[-(-size // LINE) * LINE :]
        return found

    def copy(self, array: NDArray[Any]) -> NDArray[Any]:
        """Return a copy of a flat array."""
        found = self.zeros(array.size, array.dtype)
        found[:] = array
        return found


def _taken(size: int) -> NDArray[np.uint8]:
    """Return so many bytes at least, which begin at a large page."""
    size = -(-max(size, PIECE) // PAGE) * PAGE
    if not hasattr(mmap, "MADV_HUGEPAGE"):
        return np.zeros(size, dtype=np.uint8)
    memory = mmap.mmap(-1, size + PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)  # shared memory has small ones
    with suppress(OSError):  # a system without them
        memory.madvise(mmap.MADV_HUGEPAGE)
    piece = np.frombuffer(memory, dtype=np.uint8)
    first = -piece.ctypes.data % PAGE
    return piece[first : first + size]
