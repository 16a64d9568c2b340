"""Binding: the kernel's structures and functions as Python sees them."""

from __future__ import annotations

import ctypes
import sys
from ctypes import POINTER, Structure, addressof, byref, c_char_p, c_double, c_int64, c_uint64, c_void_p
from math import log
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from keywords.kernel.build import built
from keywords.kernel.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MOST_BITS = 20  # PAIR_BITS, THREE_BITS and EDGE_BITS, as in kernel.h, like all that follows
MOST_NODES = 0x3FFFFF
MOST_LETTERS = 64  # of a dictionary's word
LETTER = np.dtype([("code", "<u4"), ("sound", "<u2"), ("kept", "u1"), ("pictured", "u1")])
WORD = np.dtype([
    ("evidence", "<f8"), ("groups", "<i8"), ("hides", "<i8"), ("pattern", "<i4"), ("kind", "u1"), ("ordinary", "u1"),
    ("digits", "u1"), ("unused", "u1"),
])  # fmt: skip
MEANING = np.dtype([("entry", "<i4"), ("channel", "u1"), ("gated", "u1"), ("unlawful", "u1"), ("unused", "u1")])
ENTRY = np.dtype([
    ("requires", "<i8"), ("wanted", "<i8"), ("near", "<i8"), ("near_end", "<i8"), ("id", "<i4"), ("strength", "u1"),
    ("severity", "u1"), ("kind", "u1"), ("category", "u1"), ("any_trade", "u1"), ("common", "u1"), ("thing", "u1"),
    ("odd", "u1"), ("unused", "u1", 4),
])  # fmt: skip
KIT = np.dtype([("requires", "<i8"), ("near", "<i8"), ("near_end", "<i8"), ("entry", "<i4"), ("within", "<i4")])
BANNED = 128  # of a kit's part
STATUS, SIZE, PICTURED, KIND, FOUND, HEARD, SPOKEN = range(7)
COLUMNS = 7
NOTHING, TOLD, MENTION, REVIEW, ALERT, UNREADY, CLOSELY, ASK, REFUSED = range(9)
OFFERED, UNJUDGED = 1, 2
LISTS = 22  # of words that the rules look for beside a candidate
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
        setattr(self, name, self.keep(name, array))

    def keep(self, name: str, array: NDArray[Any]) -> int:
        """Return the address of an array, which lasts as long as the structure."""
        if not array.flags.c_contiguous:
            raise ValueError(name)
        kept: dict[str, Any] = self.__dict__.setdefault("kept", {})
        kept[name] = array
        return int(array.ctypes.data)


class Trie(_Memory):
    """Words by their letters."""

    _fields_: ClassVar = [
        *((name, c_void_p) for name in ("slots", "first", "words", "pairs", "twos", "threes", "edges")),
        *((name, c_uint64) for name in ("shift", "mask", "bit_mask")),
    ]


class Words(Structure):
    """A list of words."""

    _fields_: ClassVar = [
        ("ends", c_void_p),
        ("codes", c_void_p),
        ("count", c_int64),
        ("firsts", c_uint64 * 4),
        ("lasts", c_uint64 * 4),
    ]


class Rules(_Memory):
    """All that it judges candidates by."""

    _fields_: ClassVar = [
        ("dictionary", Trie),
        ("weights", c_void_p),
        ("alone", c_double),
        *((name, c_void_p) for name in ("meanings", "meaning", "entries", "kits")),
        ("lists", Words * LISTS),
        *((name, c_void_p) for name in (
            "sets", "points", "cue", "cues", "near", "worth", "worth_twice", "kind", "category", "channel",
        )),
    ]  # fmt: skip


class Tables(_Memory):
    """All that it finds words by."""

    def grams_worth(self) -> NDArray[np.int8]:
        """Return what the known n-grams are worth, in their places."""
        worth: NDArray[np.int8] = self.kept.get("grams", np.zeros(0, dtype=np.int8))
        return worth

    _fields_: ClassVar = [
        ("words", Trie),
        ("spoken", Trie),
        ("drawn", Trie),
        *((name, c_void_p) for name in (
            "letter", "fold", "known_as", "word", "terms", "term_codes", "codes", "entries", "parts", "roles",
            "at_least", "known", "moved", "grams", "said", "rules",
        )),
        *((name, c_double) for name in ("step", "evidence_length", "base", "offered", "told", "limit")),
        ("kits", c_int64),
        ("settles", c_int64),
        ("first_drawn", c_int64),
        ("first_joined", c_int64),
    ]  # fmt: skip


class Work(_Memory):
    """All that the kernel writes."""

    _fields_: ClassVar = [
        *((name, c_void_p) for name in (
            "codes", "places", "letters", "sounds", "shown", "keys", "seen", "left", "kinds", "found", "heard", "spoken",
            "nearby", "rows", "evidence",
        )),
        ("room", c_int64),
        ("most_places", c_int64),
    ]  # fmt: skip


class Workplace:
    """The memory of one thread."""

    def __init__(self, room: int, places: int, texts: int, tables: Tables) -> None:
        """`room`: characters, a power of two; `places`: findings of each kind; `texts`: of one call."""
        self._work = Work(room=room, most_places=places)
        self.arrays: dict[str, NDArray[Any]] = {
            name: np.zeros(room * many + 2, dtype=kind) for name, kind, many in FIELDS
        }
        self.arrays |= {name: np.zeros((places, 3), dtype=np.int32) for name in ("found", "heard", "spoken")}
        self.arrays["nearby"] = np.zeros((places, 4), dtype=np.int64)
        self.arrays["kinds"] = np.zeros(tables.kits + 1, dtype=np.uint64)
        self.arrays["left"] = tables.grams_worth().copy()
        self.arrays["rows"] = np.zeros((texts, COLUMNS), dtype=np.int64)
        self.arrays["evidence"] = np.zeros(room + texts)
        for name, array in self.arrays.items():
            self._work.point(name, array)
        self.address = addressof(self._work)
        self.codes, self.places, self.rows = self.arrays["codes"], self.arrays["places"], self.arrays["rows"]
        self.found, self.heard, self.spoken = self.arrays["found"], self.arrays["heard"], self.arrays["spoken"]
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
    library.wd_read.argtypes = [POINTER(Trie), c_char_p, c_int64, c_double, c_void_p, c_int64, c_int64]
    library.wd_look.argtypes = [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_int64]
    library.wd_pack.argtypes = [c_void_p, c_int64, c_void_p, c_void_p, c_int64]
    for function in (library.wd_build, library.wd_read, library.wd_look, library.wd_pack):
        function.restype = c_int64
    return library


def _bare(most: int, ground: Ground) -> Trie:
    """Return an empty trie for so many nodes, with half as many places again at least."""
    bits = max(8, (most + most // 2).bit_length())
    known = min(bits + 2, MOST_BITS)  # a word's first letters are one bit of many: others meet it seldom
    trie = Trie(shift=64 - bits, mask=(1 << bits) - 1, bit_mask=(1 << known) - 1)
    trie.point("slots", ground.zeros(1 << bits, np.uint64))
    trie.point("first", ground.zeros(1 << 16, np.uint32))
    trie.point("words", ground.zeros(most, np.int32))
    for name in ("pairs", "twos", "threes", "edges"):
        trie.point(name, ground.zeros((1 << known) // 64, np.uint64))
    return trie


def plant(
    library: ctypes.CDLL, letters: NDArray[np.uint16], sizes: Sequence[int] | NDArray[np.int64], ground: Ground
) -> Trie | None:
    """Return the trie of words, given one after another; None where they are too many. A word's number counts from 1."""
    most = letters.size + 2
    if most > MOST_NODES:
        return None
    trie = _bare(most, ground)
    offsets = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64)
    nodes = library.wd_build(byref(trie), letters.ctypes.data, offsets.ctypes.data, offsets.size - 1, most)
    if nodes <= 0:
        return None
    trie.point("words", trie.kept["words"][:nodes])
    return trie


def pack(library: ctypes.CDLL, known: NDArray[np.uint64]) -> tuple[NDArray[np.uint32], int] | None:
    """Return where each row of 64 bits goes so that no two set bits meet, and how many bits there are then.

    None: too many rows are full.
    """
    moved = np.zeros(known.size, dtype=np.uint32)
    taken = np.zeros(known.size + 2, dtype=np.uint64)  # two more: a row is tried only where another one follows
    size = library.wd_pack(known.ctypes.data, known.size, moved.ctypes.data, taken.ctypes.data, taken.size)
    return (moved, size) if size > 0 else None


def plant_dictionary(library: ctypes.CDLL, lines: bytes, total: int) -> tuple[Trie, NDArray[np.float64]] | None:
    """Return the trie of a dictionary's words, and by word the logarithm of its share of `total`; None: too many.

    `lines`: words, all beginnings of words among them, and their counts by turns.
    """
    count = lines.count(b"\n") // 2 + 2
    most = count + MOST_LETTERS
    if most > MOST_NODES:
        return None
    trie, weights = _bare(most, Ground()), np.zeros(count + 1)
    words = library.wd_read(byref(trie), lines, len(lines), log(total), weights.ctypes.data, weights.size, most)
    return (trie, weights) if words >= 0 else None
