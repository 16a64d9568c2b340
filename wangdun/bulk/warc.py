"""Web archives: WARC with pages as they were fetched, WET with their texts, a Common Crawl file as it is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final

from wangdun.bulk.members import members
from wangdun.bulk.unpacking import AHEAD, GZIP
from wangdun.inputs import Unit, read_line

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PAGE: Final = 16 << 20  # bytes of one archived page, four times what the crawler itself reads
HTML_TYPES: Final = ("text/html", "application/xhtml+xml")
CUT_OFF: Final = "WARC 文件在这里断掉，这条记录不完整"
UNPACKABLE: Final = "WARC 文件的这一段压缩数据已损坏，跳到下一条记录"
CUT: Final = f"这条记录超过 {MAX_PAGE >> 20} MB，只检测开头的部分"
ENDINGS: Final = (".warc", ".wet")


def warc_units(name: str, file: io.BufferedReader) -> Iterator[Unit]:
    """Texts of a web archive; what is broken is said, and the next record read where it can be found.

    `file` is not unpacked: each record of a packed archive is unpacked by itself.
    """
    count = Count(name)
    if file.peek(2)[:2] != GZIP:
        yield from _records(file, count)
        return
    for member in members(file):
        raw: Any = member
        yield from _records(io.BufferedReader(raw, AHEAD), count)
        if member.broken:
            yield count.bad(UNPACKABLE)


class Count:
    """The number of the record."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = 0

    def bad(self, why: str) -> Unit:
        """Something is wrong with it."""
        return Unit(self.name, self.number, "bad", body=why)


def _records(file: io.BufferedReader, count: Count) -> Iterator[Unit]:
    from warcio.archiveiterator import ArchiveIterator

    begun = count.number
    try:
        records = ArchiveIterator(file)
        for number, record in enumerate(records, start=begun + 1):
            count.number = number
            if record.rec_headers.get_header("Content-Length") is None:  # torn or overwritten within its headers
                yield count.bad(CUT_OFF)
                continue
            yield from _texts(record, count)
            while record.raw_stream.read(AHEAD):  # what the library would skip itself, without looking
                pass
            if getattr(record.raw_stream, "limit", 0) > 0:  # the record promises more than there is
                yield count.bad(CUT_OFF)
        if records.next_line:  # a record had begun
            count.number += 1
            yield count.bad(CUT_OFF)
    except Exception as error:  # noqa: BLE001 -- on damaged bytes warcio fails with whatever it stumbles over
        count.number += 1
        yield count.bad(f"WARC 文件从这里起损坏（{type(error).__name__}）")


def _texts(record: Any, count: Count) -> Iterator[Unit]:
    if record.rec_type == "response":
        headers = record.http_headers
        kind = (headers.get_header("Content-Type") if headers else None) or ""
        if _bare(kind) in HTML_TYPES:
            page, whole = _content(record)
            yield Unit(count.name, count.number, "html", raw=page, id=_address(record), content_type=kind)
            if not whole:
                yield count.bad(CUT)
    elif record.rec_type == "conversion" and _bare(record.rec_headers.get_header("Content-Type") or "") == "text/plain":
        raw, whole = _content(record)
        text, lost = read_line(raw)
        if text.strip():
            yield Unit(count.name, count.number, "text", id=_address(record), body=text.rstrip("\r\n"), lost=lost)
        if not whole:
            yield count.bad(CUT)


def _content(record: Any) -> tuple[bytes, bool]:
    """(content without its packing, whether that is all of it)."""
    stream = record.content_stream()
    found: bytes = stream.read(MAX_PAGE)
    return found, len(found) < MAX_PAGE or not stream.read(1)


def _bare(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _address(record: Any) -> str:
    return record.rec_headers.get_header("WARC-Target-URI") or ""
