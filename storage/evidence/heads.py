"""The head of the custody chain, written to small text files that can be printed, mailed or kept elsewhere.

Rows cut off the end of a chain leave no gap in it; a head that was written down before names a link that is gone.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from storage.evidence import custody
from storage.evidence.disk import make_folder, speaking_of, sync_folder
from storage.evidence.manifests import iso, software_version
from storage.exceptions import DamagedRow
from storage.failures import speaking_plainly

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from storage.database import Database
    from storage.evidence.records import CustodyEntry

FOLDER = "heads"
ZONE = ZoneInfo("Asia/Shanghai")  # a head belongs to the day of the office
LONGEST = 4096  # bytes: a head has some 400
LINE = re.compile(r"^(编号|哈希)[:\uff1a] *([0-9a-f]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Head:
    """One written-down head."""

    file: str
    number: int
    """Id of the link."""
    hash: str


def render(entry: CustodyEntry, now: datetime) -> str:
    """What is written and printed."""
    return "\n".join((
        "网盾证据保管链 链头",
        "",
        f"编号：{entry.id}",
        f"哈希：{entry.hash}",
        f"该条时间：{iso(entry.at)}",
        f"写出时间：{iso(now)}（{now.astimezone(ZONE):%Y-%m-%d %H:%M:%S} Asia/Shanghai）",
        f"软件：{software_version()}",
        "",
        "哈希为 SHA-256，涵盖该条及其之前的全部保管记录。",
        "以后核验时，保管链中编号相同的一条必须有相同的哈希；不同或没有，即说明记录被改动或删除。",
        "",
    ))  # fmt: skip


def write_head(db: Database, folder: Path, now: datetime) -> Path | None:
    """Write today's head to ``folder/heads/custody-2026-11-22.txt``, replacing an earlier one of the day.

    A head that the chain does not confirm any more is proof, and is never replaced: the new one then lies beside it as
    ``custody-2026-11-22.2.txt``. Returns None while the chain is empty, or its newest
    link cannot be read.

    Raises:
        EvidenceError: the folder cannot be written.
        StorageError: the database cannot be read.
    """
    _make_durable(db)
    try:
        entry = custody.head(db)
    except DamagedRow:  # a head must not vouch for it; the next link brings one again
        return None
    if entry is None:
        return None
    stem = f"custody-{now.astimezone(ZONE):%Y-%m-%d}"
    with speaking_of(folder / FOLDER):
        make_folder(folder / FOLDER)
        paths = (folder / FOLDER / f"{stem}{f'.{n}' if n > 1 else ''}.txt" for n in count(1))
        path = next(one for one in paths if not one.exists() or _is_confirmed(db, one))
        _replace(path, render(entry, now).encode())
    return path


def _is_confirmed(db: Database, path: Path) -> bool:
    head = _read(path)
    return isinstance(head, Head) and custody.hash_of(db, head.number) == head.hash


def _make_durable(db: Database) -> None:
    """A head must not name a link that a power cut takes away: SQLite's last commits may still be in memory."""
    if db.engine.dialect.name == "sqlite":
        with speaking_plainly(db.place), closing(db.engine.raw_connection()) as connection:  # outside a transaction
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").close()


def _replace(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync_folder(descriptor)
    finally:
        os.close(descriptor)


def written(folder: Path) -> list[Head | Path]:
    """All written heads, oldest first; a file that is no head any more as its path. Raises EvidenceError."""
    with speaking_of(folder / FOLDER):
        if not (folder / FOLDER).is_dir():
            return []
        return [_read(path) for path in sorted((folder / FOLDER).glob("custody-*.txt"))]


def _read(path: Path) -> Head | Path:
    try:
        with path.open("rb") as file:
            found = dict(LINE.findall(file.read(LONGEST).decode()))
    except (OSError, ValueError):
        return path
    number, hashed = found.get("编号", ""), found.get("哈希", "")
    if not number.isdigit() or len(number) > 19 or len(hashed) != 64:  # 19 digits: what a database can count to
        return path
    return Head(path.name, int(number), hashed)
