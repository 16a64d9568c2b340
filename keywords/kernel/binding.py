"""Binding: the kernel's structures and functions as Python sees them."""

from __future__ import annotations

import ctypes
import sys
from ctypes import POINTER, Structure, addressof, byref, c_double, c_int64, c_uint64, c_void_p
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from keywords.kernel.build import built

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

PAIR_BITS = EDGE_BITS = 20  # as in look.c, like all that follows
MOST_NODES = 0x3FFFFF
WORD = np.dtype([("evidence", "<f8"), ("groups", "<i8"), ("pattern", "<i4"), ("kind", "u1"), ("ordinary", "u1"), ("unused", "u1", 2)])  # fmt: skip
STATUS, SIZE, PICTURED, KIND, GROUPS, COVERED, FOUND, NAMES, HEARD, SPOKEN, NEARBY = range(11)
COLUMNS = 11
NOTHING, TOLD, OPEN, CLOSELY, ASK, REFUSED = range(6)
FIELDS = (
    ("codes", np.uint32, 1),
    ("places", np.int64, 1),
    ("letters", np.uint16, 1),
    ("sounds", np.uint16, 1),
    ("shown", np.uint32, 2),
    ("keys", np.uint32, 5),
    ("seen", np.uint32, 8),
)  # fmt: skip -- for each character


class _Memory(Structure):
    """A structure of addresses that keeps what they are of."""

    def point(self, name: str, array: NDArray[Any]) -> None:
        """Let a field be the address of an array, which must be in one piece."""
        if not array.flags.c_contiguous:
            raise ValueError(name)
        kept: dict[str, NDArray[Any]] = self.__dict__.setdefault("kept", {})
        kept[name] = array
        setattr(self, name, array.ctypes.data)


class Trie(_Memory):
    """Words by their letters."""

    _fields_: ClassVar = [
        *((name, c_void_p) for name in ("slots", "first", "words", "pairs", "edges")),
        ("shift", c_uint64),
        ("mask", c_uint64),
    ]


class Tables(_Memory):
    """All that the kernel reads."""

    _fields_: ClassVar = [
        ("words", Trie),
        ("spoken", Trie),
        *((name, c_void_p) for name in (
            "letter", "code", "fold", "sound", "word", "terms", "term_codes", "codes", "entries", "parts", "roles",
            "at_least", "known", "grams", "said",
        )),
        *((name, c_double) for name in ("step", "evidence_length", "base", "offered", "told", "limit")),
        ("kits", c_int64),
        ("settles", c_int64),
    ]  # fmt: skip


class Work(_Memory):
    """All that the kernel writes."""

    _fields_: ClassVar = [
        *((name, c_void_p) for name in (
            "codes", "places", "letters", "sounds", "shown", "keys", "seen", "kinds", "found", "heard", "spoken",
            "nearby", "rows", "evidence",
        )),
        ("room", c_int64),
        ("most_places", c_int64),
    ]  # fmt: skip


class Workplace:
    """The memory of one thread."""

    def __init__(self, room: int, places: int, texts: int, kits: int) -> None:
        """`room`: characters, a power of two; `places`: findings of each kind; `texts`: of one call."""
        self._work = Work(room=room, most_places=places)
        self.arrays: dict[str, NDArray[Any]] = {
            name: np.zeros(room * many + 1, dtype=kind) for name, kind, many in FIELDS
        }
        self.arrays |= {name: np.zeros((places, 3), dtype=np.int32) for name in ("found", "heard", "spoken")}
        self.arrays["nearby"] = np.zeros((places, 3), dtype=np.int64)
        self.arrays["kinds"] = np.zeros(kits + 1, dtype=np.uint64)
        self.arrays["rows"] = np.zeros((texts, COLUMNS), dtype=np.int64)
        self.arrays["evidence"] = np.zeros(room + texts)
        for name, array in self.arrays.items():
            self._work.point(name, array)
        self.address = addressof(self._work)
        self.result = np.zeros(1, dtype=np.int64)
        self.result_at = self.result.ctypes.data
        self.codes, self.places, self.rows = self.arrays["codes"], self.arrays["places"], self.arrays["rows"]
        self.found, self.heard, self.spoken = self.arrays["found"], self.arrays["heard"], self.arrays["spoken"]
        self.nearby = self.arrays["nearby"]
        self.evidence = self.arrays["evidence"][room:]


def open_library(path: Path | None = None) -> ctypes.CDLL | None:
    """Return the kernel; None where none was built for this source and this machine."""
    path = path or built()
    if not path.exists() or sys.byteorder != "little":
        return None
    try:
        library = ctypes.CDLL(str(path))
    except OSError:
        return None
    library.wd_build.argtypes = [POINTER(Trie), c_void_p, c_void_p, c_int64, c_int64]
    library.wd_look.argtypes = [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_int64]
    library.wd_tally.argtypes = [c_void_p, c_void_p, c_void_p, c_int64, c_void_p]
    library.wd_weigh.argtypes = [c_void_p, c_void_p, c_void_p, c_int64, c_void_p, c_int64, c_void_p]
    for function in (library.wd_build, library.wd_look, library.wd_tally, library.wd_weigh):
        function.restype = c_int64
    return library


def plant(library: ctypes.CDLL, letters: NDArray[np.uint16], sizes: Sequence[int]) -> Trie | None:
    """Return the trie of words, given one after another; None where they are too many. A word's number counts from 1."""
    most = letters.size + 2
    if most > MOST_NODES:
        return None
    bits = max(8, int(most).bit_length())  # twice as many places as nodes at least
    trie = Trie(shift=64 - bits, mask=(1 << bits) - 1)
    trie.point("slots", np.zeros(1 << bits, dtype=np.uint64))
    trie.point("first", np.zeros(1 << 16, dtype=np.uint32))
    trie.point("words", np.zeros(most, dtype=np.int32))
    trie.point("pairs", np.zeros((1 << PAIR_BITS) // 64, dtype=np.uint64))
    trie.point("edges", np.zeros((1 << EDGE_BITS) // 64, dtype=np.uint64))
    offsets = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
    nodes = library.wd_build(byref(trie), letters.ctypes.data, offsets.ctypes.data, offsets.size - 1, most)
    return trie if nodes > 0 else None
