"""Time stamps of what is kept: what still lacks one, storing one, checking all.

The manifest of each capture is stamped, which names every file with its hashes; and its WARC, which another office may
hold without the manifest. Once a day the head of the custody chain is, too.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from sqlalchemy import exists, or_, select

from storage.evidence import custody, heads
from storage.evidence.chain import Fault
from storage.evidence.models import Capture, CaptureFile, Custody, Timestamp
from storage.evidence.soundness import UNREADABLE
from storage.evidence.tokens import Authority, TimestampError
from storage.exceptions import EvidenceError
from storage.statements import insert

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection, Row, Select

    from storage.database import Database
    from storage.evidence.objects import Objects
    from storage.evidence.tokens import Token

    Stamp: TypeAlias = Row[int, str, str, str, datetime]

ACTOR = "时间戳程序"
ZONE = ZoneInfo("Asia/Shanghai")  # a day is the office's
PAGE = 500  # stamps checked at a time
STAMPS = select(Timestamp.id, Timestamp.sha256, Timestamp.token_sha256, Timestamp.authority, Timestamp.at)


@dataclass(frozen=True, slots=True)
class Unstamped:
    """A kept file without a time stamp."""

    sha256: str
    capture_id: int


def unstamped(db: Database, limit: int) -> list[Unstamped]:
    """Manifests and WARC files without a stamp, the newest first: a stamp is worth most when it is fresh."""
    manifest = exists().where(Timestamp.sha256 == Capture.digest)
    warc = exists().where(Timestamp.sha256 == CaptureFile.sha256)
    query = select(Capture.id, Capture.digest, CaptureFile.sha256, manifest, warc).where(Capture.removed_at.is_(None))
    query = query.join(CaptureFile, (CaptureFile.capture_id == Capture.id) & (CaptureFile.role == "warc"), isouter=True)
    lacking = or_(~manifest, CaptureFile.sha256.is_not(None) & ~warc)
    query = query.where(lacking).order_by(Capture.id.desc()).limit(limit)
    found: dict[str, Unstamped] = {}
    with db.read() as connection:
        for number, digest, file, has_manifest, has_warc in connection.execute(query):
            if not has_manifest:
                found.setdefault(digest, Unstamped(digest, number))
            if file is not None and not has_warc:
                found.setdefault(file, Unstamped(file, number))
    return list(found.values())[:limit]


def store(  # noqa: PLR0913 -- one fact each
    db: Database, objects: Objects, one: Unstamped, token: Token, *, url: str, now: datetime
) -> None:
    """Keep a verified token: a file, a row, a link of custody.

    Raises:
        DiskFull, EvidenceError: the evidence folder cannot be written.
        StorageError: the database cannot.
    """
    _store(db, objects, one.sha256, token, capture_id=one.capture_id, url=url, now=now)


def store_head(  # noqa: PLR0913 -- one fact each
    db: Database, objects: Objects, head: bytes, token: Token, *, url: str, now: datetime
) -> None:
    """Keep the written-down head of the chain and its token. Raises as `store`."""
    with objects.writing() as batch:  # the row that names it is written within
        kept = batch.put(head)
        _store(db, objects, kept.sha256, token, capture_id=None, url=url, now=now)


def _store(  # noqa: PLR0913 -- the columns of a stamp
    db: Database, objects: Objects, digest: str, token: Token, *, capture_id: int | None, url: str, now: datetime
) -> None:
    with objects.writing() as batch:
        kept = batch.put(token.content)
        authority = token.authority or url
        row = {"sha256": digest, "token_sha256": kept.sha256, "authority": authority, "at": token.at, "stored_at": now}
        detail = {
            "sha256": digest,
            "token": kept.sha256,
            "authority": authority,
            "url": url,
            "at": token.at.isoformat(),
        }
        detail |= {"day": f"{now.astimezone(ZONE):%Y-%m-%d}", "what": "head" if capture_id is None else "file"}
        with db.write() as connection:
            connection.execute(insert(connection, Timestamp).values(row))
            custody.append(connection, at=now, actor=ACTOR, action="stamped", capture_id=capture_id, detail=detail)


def head_to_stamp(db: Database, folder: Path, now: datetime) -> bytes | None:
    """Today's head as a file's content; None when there is no chain yet, or this day's head has its stamp.

    Raises:
        EvidenceError: the head cannot be written to `folder`.
        StorageError: the database cannot be read.
    """
    query = select(Custody.detail).where(Custody.action == "stamped", Custody.capture_id.is_(None))
    with db.read() as connection:
        last = connection.execute(query.order_by(Custody.id.desc()).limit(1)).scalar()
    if last is not None and last.get("day") == f"{now.astimezone(ZONE):%Y-%m-%d}":
        return None
    path = heads.write_head(db, folder, now)
    return None if path is None else path.read_bytes()


def check(db: Database, objects: Objects, ca: Path | None, only: Container[str] | None = None) -> list[Fault]:
    """Everything that is wrong with the kept time stamps; none are needed for an empty list.

    `only` holds the SHA-256 of stamped files; None means all.

    Without a root certificate their signatures cannot be checked, which is one fault. Raises StorageError.
    """
    rows, damaged = [], []
    for number, row in _rows(db):
        if row is None:
            damaged.append(Fault("timestamp", f"时间戳 {number}", "数据库记录被改动或损坏，读不出"))
        elif only is None or row.sha256 in only:
            rows.append(row)
    if not rows:
        return damaged
    try:
        authority = Authority(ca)
    except TimestampError as error:
        return [Fault("timestamp", "时间戳", str(error)), *damaged]
    wrong = ((row.id, _wrong(objects, authority, row)) for row in rows)
    return [*(Fault("timestamp", f"时间戳 {number}", what) for number, what in wrong if what), *damaged]


def _rows(db: Database) -> Iterator[tuple[int, Stamp | None]]:
    """Id and row of each time stamp; None for one that cannot be read."""
    after = 0
    while True:
        query = STAMPS.where(Timestamp.id > after).order_by(Timestamp.id).limit(PAGE)
        with db.read() as connection:
            page = _page(connection, query)
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1][0]


def _page(connection: Connection, query: Select[int, str, str, str, datetime]) -> list[tuple[int, Stamp | None]]:
    with suppress(*UNREADABLE):
        return [(row.id, row) for row in connection.execute(query).all()]
    ids = connection.scalars(query.with_only_columns(Timestamp.id)).all()
    return [(number, _single(connection, number)) for number in ids]


def _single(connection: Connection, number: int) -> Stamp | None:
    with suppress(*UNREADABLE):
        return connection.execute(STAMPS.where(Timestamp.id == number)).one()
    return None


def _wrong(objects: Objects, authority: Authority, row: Stamp) -> str:
    try:
        content = objects.read(row.token_sha256)
    except EvidenceError:
        return f"时间戳文件不见了或读不出来：{row.token_sha256}"
    try:
        token = authority.check(content, row.sha256)
    except (TimestampError, ValueError) as error:
        return str(error) if isinstance(error, TimestampError) else "所盖文件的哈希被改动"
    if token.at != row.at:
        return "数据库所记的时间与时间戳不符（记录被改动）"
    return "" if token.authority in {"", row.authority} else "数据库所记的机构与时间戳不符（记录被改动）"
