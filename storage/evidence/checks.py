"""Whether one kept file is still what was kept: pure reading, no database."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from storage.evidence.disk import BLOCK, digest_file
from storage.exceptions import EvidenceError

if TYPE_CHECKING:
    from warcio.recordloader import ArcWarcRecord

    from storage.evidence.objects import Objects
    from storage.evidence.records import StoredFile

WARC = "warc"


def check_file(objects: Objects, file: StoredFile, *, fast: bool = False) -> list[str]:
    """What is wrong with a file, in Chinese; nothing when it is as it was kept. `fast` leaves SM3 and the records of a WARC out."""
    try:
        with objects.open(file.sha256) as opened:
            content = (
                BytesIO(opened.read()) if file.role == WARC and not fast else opened
            )  # read once, though looked at twice
            found = digest_file(content, fast=fast)
    except (EvidenceError, OSError) as error:
        return [str(error) if isinstance(error, EvidenceError) else f"证据文件读不出来（{error.strerror}）"]
    wrong = [
        *([f"大小不符：应为 {file.size} 字节，实为 {found.size}"] if found.size != file.size else []),
        *(["SHA-256 不符，文件被改动或损坏"] if found.sha256 != file.sha256 else []),
        *(["SM3 不符"] if not fast and found.sm3 != file.sm3 else []),
    ]
    if wrong or fast or file.role != WARC:
        return wrong
    return check_warc(content.getvalue()) if isinstance(content, BytesIO) else []


def check_warc(content: bytes) -> list[str]:
    """What warcio finds wrong with a WARC file: block and payload digests of each record, truncation."""
    wrong: list[str] = []
    records = 0
    try:
        iterator = ArchiveIterator(BytesIO(content), check_digests=True)
        for record in iterator:
            stream = record.content_stream()
            while stream.read(BLOCK):
                pass
            records += 1
            if record.digest_checker.passed is False:
                wrong.append(f"WARC 第 {records} 条记录的摘要不符：{'; '.join(record.digest_checker.problems)}")
            elif record.digest_checker.passed is None and _has_digest(record):
                wrong.append(f"WARC 第 {records} 条记录不完整")  # warcio takes a cut record for a shorter one
        if iterator.offset != len(content) and not wrong:
            wrong.append(f"WARC 第 {records + 1} 条记录不完整")
    except (ArchiveLoadFailed, ValueError, EOFError, zlib.error) as error:
        wrong.append(f"WARC 第 {records + 1} 条记录读不出来：{error}")
    return wrong if records or wrong else ["WARC 文件里没有记录"]


def _has_digest(record: ArcWarcRecord) -> bool:
    headers = record.rec_headers
    given = headers.get_header("WARC-Block-Digest") or headers.get_header("WARC-Payload-Digest")
    return bool(given) and record.rec_type != "revisit" and headers.get_header("Content-Length") != "0"
