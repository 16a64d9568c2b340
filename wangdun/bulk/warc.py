"""Web archives: WARC with pages as they were fetched, WET with their texts, a Common Crawl file as it is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from wangdun.bulk.members import members
from wangdun.bulk.records import CUT_OFF, frames
from wangdun.bulk.unpacking import AHEAD, GZIP
from wangdun.inputs import Unit, read_line

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from wangdun.bulk.members import Member
    from wangdun.bulk.records import Frame

MAX_PAGE: Final = 16 << 20  # bytes of one archived page, four times what the crawler itself reads
HEAD: Final = 1 << 16  # bytes: the headers of an answer end within, or it is none
HTML_TYPES: Final = ("text/html", "application/xhtml+xml")
UNPACKABLE: Final = "WARC 文件的这一段压缩数据已损坏，跳到下一条记录"
CUT: Final = f"这条记录超过 {MAX_PAGE >> 20} MB，只检测开头的部分"


def warc_units(name: str, file: io.BufferedReader) -> Iterator[Unit]:
    """Texts of a web archive; what is broken is said, and the next record read where it can be found.

    `file` is not unpacked: each record of a packed archive is unpacked by itself. Raises OSError.
    """
    count = Count(name)
    if file.peek(2)[:2] != GZIP:
        yield from _records(file, count)
        return
    lost = False  # each damage is told once, by whoever meets it first, however far it goes
    for member in members(file):
        raw: Any = member
        lost = yield from _records(io.BufferedReader(raw, AHEAD), count, member, lost=lost)
        if member.broken and not lost:
            yield count.bad(UNPACKABLE)
        lost = lost or member.broken


class Count:
    """The number of the record."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = 0

    def bad(self, why: str) -> Unit:
        """Something is wrong with it."""
        return Unit(self.name, self.number, "bad", body=why)


def _records(
    file: io.BufferedReader, count: Count, member: Member | None = None, *, lost: bool = False
) -> Generator[Unit, None, bool]:
    """Texts of records, and what is wrong with some. `lost`: a damage before this was told and may go on here.

    Returns the same for what comes next.
    """
    for frame in frames(file, MAX_PAGE + HEAD, lost=lost):
        count.number += 1
        lost = bool(frame.fault)
        try:
            yield from _texts(frame, count)
        except Exception as error:  # noqa: BLE001 -- on damaged bytes the library fails with whatever it stumbles over
            if not lost:
                yield count.bad(f"这条 WARC 记录已损坏（{type(error).__name__}）")
        if lost:
            fault = _fault(file, frame, member)
            yield from (count.bad(fault),) if fault else ()
        elif not frame.is_whole:
            yield count.bad(CUT)
    return lost


def _fault(file: io.BufferedReader, frame: Frame, member: Member | None) -> str:
    """What to say of a faulty record; nothing where the file as a whole is torn, which is told at its end."""
    if frame.fault != CUT_OFF:
        return frame.fault
    if member is not None:
        return UNPACKABLE if member.broken and not member.cut else CUT_OFF
    return "" if getattr(file.raw, "torn", False) else CUT_OFF


def _texts(frame: Frame, count: Count) -> Iterator[Unit]:
    kind = frame.headers.get("warc-type", "").lower()
    address = frame.headers.get("warc-target-uri", "")
    if kind == "response":
        yield from _page(frame, address, count)
    elif kind == "conversion" and _bare(frame.headers.get("content-type", "")) == "text/plain":
        text, lost = read_line(frame.block[:MAX_PAGE])
        if text.strip():
            yield Unit(count.name, count.number, "text", id=address, body=text.rstrip("\r\n"), lost=lost)
        if frame.is_whole and len(frame.block) > MAX_PAGE:
            yield count.bad(CUT)


def _page(frame: Frame, address: str, count: Count) -> Iterator[Unit]:
    from warcio.archiveiterator import ArchiveIterator

    start = frame.block[:HEAD]
    if b"\r\n\r\n" not in start and b"\n\n" not in start:  # nor would the library stop to look for the end of a line
        return
    record = next(iter(ArchiveIterator(io.BytesIO(frame.raw + frame.block))))
    content_type = (record.http_headers.get_header("Content-Type") if record.http_headers else None) or ""
    if _bare(content_type) not in HTML_TYPES:
        return
    stream = record.content_stream()
    page = stream.read(MAX_PAGE)
    torn = bool(frame.fault)
    yield Unit(count.name, count.number, "html", raw=page, id=address, content_type=content_type, torn=torn)
    if frame.is_whole and len(page) == MAX_PAGE and stream.read(1):
        yield count.bad(CUT)


def _bare(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
