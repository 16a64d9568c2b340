"""The frames of a web archive: one record after another, each bounded, whatever the file claims.

Format: WARC 1.1, https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/ sections 4 and 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import io
    from collections.abc import Iterator

BEGINS: Final = b"WARC/"
LINE: Final = 1 << 16  # bytes of a header's line: addresses have a few thousand at most
HEAD: Final = 1 << 18  # bytes of all header lines
PIECE: Final = 1 << 20  # bytes skipped at a time
CUT_OFF: Final = "WARC 文件在这里断掉，这条记录不完整"
BROKEN: Final = "WARC 文件的这一段已损坏，跳到下一条记录"


@dataclass(frozen=True, slots=True)
class Frame:
    """One record, or what is wrong in its place."""

    headers: dict[str, str]
    """Names in lower case."""
    raw: bytes
    """Version and header lines, with the blank one behind them."""
    block: bytes
    """As much of the record's block as was wanted."""
    is_whole: bool
    """That is all of the block."""
    fault: str = ""
    """Chinese; empty for a good record."""


def frames(file: io.BufferedReader, most: int, *, lost: bool = False) -> Iterator[Frame]:
    """The records, blocks cut at `most` bytes; between broken ones and the next nothing is looked at. Raises OSError.

    `lost`: it was told already that what comes here is broken.
    """
    while line := file.readline(LINE):
        if not line.startswith(BEGINS):
            if line.strip() and not lost:
                yield _bad(BROKEN)
            lost = lost or bool(line.strip())
            continue
        lost = False
        frame = _frame(file, line, most)
        yield frame
        lost = frame.fault == BROKEN


def _bad(fault: str) -> Frame:
    return Frame({}, b"", b"", is_whole=False, fault=fault)


def _frame(file: io.BufferedReader, version: bytes, most: int) -> Frame:
    headers: dict[str, str] = {}
    raw = version
    while True:
        line = file.readline(LINE)
        raw += line
        if not line:
            return _bad(CUT_OFF)
        if not line.strip():
            break
        name, colon, value = line.partition(b":")
        if len(raw) > HEAD or not line.endswith(b"\n") or (not colon and line[:1] not in {b" ", b"\t"}):
            return _bad(BROKEN)
        headers[name.decode("utf-8", "replace").strip().lower()] = value.decode("utf-8", "replace").strip()
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit() and len(length) < 16):  # a petabyte is a lie
        return _bad(BROKEN)
    block = file.read(min(int(length), most))
    left = int(length) - len(block)
    if len(block) < min(int(length), most) or not _skip(file, left):
        return Frame(headers, raw, block, is_whole=False, fault=CUT_OFF)
    return Frame(headers, raw, block, is_whole=left == 0)


def _skip(file: io.BufferedReader, count: int) -> bool:
    """Whether there was so much."""
    while count > 0:
        data = file.read(min(count, PIECE))
        if not data:
            return False
        count -= len(data)
    return True
