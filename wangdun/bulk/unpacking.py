"""Packed files as the bytes they hold: gzip of one member or many, zstd; what comes before a tear is handed out."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

AHEAD: Final = 1 << 16  # bytes read at a time, and enough to tell encodings by
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
PACKED_ENDINGS: Final = (".gz", ".zst")
TORN: Final = "压缩文件不完整或已损坏"


class _Unpacked(gzip.GzipFile):
    """Gzip that hands out all that comes before a tear, and remembers the tear."""

    torn = False

    def readinto(self, buffer: Any) -> int:
        """Fill a part of `buffer`; 0 at the end, good or bad."""
        try:
            data = self.read1(len(buffer))
        except (EOFError, zlib.error, gzip.BadGzipFile):
            self.torn = True
            return 0
        buffer[: len(data)] = data
        return len(data)


class _Zstd(io.RawIOBase):
    """The same of zstd, of one frame or many."""

    torn = False

    def __init__(self, file: io.BufferedReader) -> None:
        import pyarrow as pa

        self._file = pa.CompressedInputStream(file, "zstd")

    def readable(self) -> bool:
        """It is made to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a part of `buffer`; 0 at the end, good or bad."""
        try:
            data = self._file.read(len(buffer))
        except (OSError, ValueError):  # pyarrow's errors are of these kinds
            self.torn = True
            return 0
        buffer[: len(data)] = data
        return len(data)


def plain_name(name: str) -> str:
    """The name in lower case without what says how it is packed."""
    found = name.lower()
    for ending in PACKED_ENDINGS:
        found = found.removesuffix(ending)
    return found


@contextmanager
def open_input(name: str, *, packed: bool = False) -> Iterator[io.BufferedReader]:
    """Open a file (``-`` for standard input), unpacked unless `packed`.

    Raises:
        OSError: it cannot be opened; or at the end of the block, when it was torn and all that came before handed out.
    """
    with ExitStack() as stack:
        raw: Any = sys.stdin.buffer if name == "-" else open(name, "rb")  # noqa: SIM115, PTH123 -- the stack closes it
        file: io.BufferedReader = stack.enter_context(raw)
        start = b"" if packed else file.peek(len(ZSTD))[: len(ZSTD)]
        unpacked: Any = None
        if start.startswith(GZIP):
            unpacked = _Unpacked(fileobj=file)
        elif start == ZSTD:
            unpacked = _Zstd(file)
        if unpacked is None:
            yield file
            return
        yield stack.enter_context(io.BufferedReader(unpacked, AHEAD))
        if unpacked.torn:
            raise OSError(TORN)
