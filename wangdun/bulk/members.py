"""Gzip files of many members, as web archives are: each by itself, so that a broken one costs no other."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC: Final = b"\x1f\x8b\x08"
AHEAD: Final = 1 << 16  # bytes read at a time
MOST_BROKEN: Final = 1000  # of a file: bytes that only look like members must not take hours
OUT: Final = 1 << 16  # bytes unpacked at a time: a bomb swells no further
FORMAT: Final = zlib.MAX_WBITS | 16  # of zlib: gzip, its check sum compared


class Member(io.RawIOBase):
    """What one member holds; read to its end before the next one begins."""

    def __init__(self, packed: Packed) -> None:
        self._packed = packed
        self._unpack = zlib.decompressobj(FORMAT)
        self._begun = False
        self.broken = False
        self.cut = False
        """Broken because the file ends here."""

    def readable(self) -> bool:
        """It is made to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a part of `buffer`; 0 at the end, good or bad."""
        while not self._unpack.eof and not self.broken:
            given = self._unpack.unconsumed_tail or self._packed.take()
            if not given:
                self.broken = self.cut = True
                break
            try:
                data = self._unpack.decompress(given, min(len(buffer), OUT))
            except zlib.error:
                self.broken = True
                self._packed.give_back(given if self._begun else given[1:])  # not this very beginning once more
                break
            self._begun = True
            if self._unpack.eof:
                self._packed.give_back(self._unpack.unused_data)
            if data:
                buffer[: len(data)] = data
                return len(data)
        return 0


class Packed:
    """The packed bytes, of which one can give back what belongs to the next member."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self._rest = b""

    def take(self) -> bytes:
        """Some bytes; none at the end. Raises OSError."""
        rest, self._rest = self._rest, b""
        return rest or self._file.read1(AHEAD)

    def give_back(self, rest: bytes) -> None:
        """What was not needed."""
        self._rest = rest

    def more(self) -> bool:
        """Whether there is anything left but padding."""
        while not self._rest.strip(b"\0"):
            self._rest = self._file.read1(AHEAD)
            if not self._rest:
                return False
        return True

    def seek_member(self) -> bool:
        """Go on to what looks like the beginning of a member; False when there is none. Raises OSError."""
        while True:
            at = self._rest.find(MAGIC)
            if at >= 0:
                self._rest = self._rest[at:]
                return True
            more = self._file.read1(AHEAD)
            if not more:
                return False
            self._rest = self._rest[-len(MAGIC) + 1 :] + more


def members(file: io.BufferedReader) -> Iterator[Member]:
    """Each member in turn; after a broken one the next that begins in what was not unpacked. Raises OSError."""
    packed = Packed(file)
    broken = 0
    while packed.more() and broken < MOST_BROKEN:
        member = Member(packed)
        yield member
        while member.read(AHEAD):  # what nobody wanted
            pass
        broken += member.broken
        if member.broken and not packed.seek_member():
            return
