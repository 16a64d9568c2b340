"""The watched folder for networks that are closed: packages are dropped there, answers picked up.

A package is one zip; its manifest is written after it, so that whoever sees a manifest sees a whole package. Files that
come in are read when they no longer grow, once for each content, and moved to ``done`` or, with a text that says why, to
``refused``.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from storage.referral import pickups
from storage.referral.deliveries import Attempt
from wangdun.exceptions import UsageError, WangdunError
from wangdun.files import replacing
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from storage.database import Database
    from storage.referral.deliveries import Message

STEADY: Final = 3.0  # seconds without change: copying over a network pauses for less
LARGEST: Final = 20 * 1024 * 1024  # bytes; a returned form with thousands of rows has one or two
DONE, REFUSED = "done", "refused"
UNFINISHED: Final = (".tmp", ".part", ".crdownload", ".filepart")  # what copying programs call it until it is whole
LONGEST_NAME: Final = 60  # characters of a name that are kept: Chinese ones take three bytes each, a disk allows 255
BLOCK: Final = 1024 * 1024  # bytes read at once
UNSAFE: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f\ud800-\udfff]')  # what some file system does not take
logger = logging.getLogger(__name__)


class Refused(WangdunError):  # noqa: N818 -- it is an answer
    """Raised by readers when a file cannot be taken; `str()` is Chinese and names what is wrong."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file came to."""

    referral_id: int | None
    said: str
    """Chinese, one line."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One file that was picked up."""

    name: str
    outcome: str
    """read, refused, known."""
    said: str


def drop(folder: Path, message: Message, write: Callable[[Path], object]) -> Attempt:
    """Put the package of a referral into `folder`; `write` makes the zip at the path it is given.

    Doing it twice leaves the same two files.
    """
    number = str(message.payload.get("referral", {}).get("number", message.referral_id))
    stem = f"{safe_name(number)}-{str(message.payload.get('id', message.id))[:8]}"
    package, manifest = folder / f"{stem}.zip", folder / f"{stem}.json"
    try:
        if manifest.exists():
            return Attempt(ok=True)
        if not folder.is_dir():
            return Attempt(ok=False, error=f"没有这个文件夹：{folder}")
        with replacing(package, force=True) as temporary:
            temporary.unlink()  # whoever makes the zip wants to make the file
            write(temporary)
        told = {**message.payload, "file": package.name, "size": package.stat().st_size, "sha256": _hash(package)}
        with replacing(manifest, force=True) as temporary:
            text = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
            temporary.write_bytes(text.encode("utf-8", "replace"))
    except OSError as error:
        return Attempt(ok=False, error=f"无法写入 {folder}：{why(error)}")
    except WangdunError as error:
        return Attempt(ok=False, error=str(error))
    return Attempt(ok=True)


def safe_name(text: str) -> str:
    """A name that every file system takes, at most 60 characters."""
    return UNSAFE.sub("_", text).strip(" .")[:60] or "_"


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Inbox:
    """The folder where answers come in. Called again and again by one thread."""

    def __init__(self, folder: Path, db: Database, read: Callable[[str, bytes, str], Taken]) -> None:
        """`read` gets name, content and SHA-256 of each new file, and raises Refused."""
        self.folder = folder
        self.db = db
        self.read = read
        self._seen: dict[str, tuple[tuple[int, int, int], float]] = {}

    def look(self, now: datetime, moment: float) -> list[Looked]:
        """Pick up what has not changed for `STEADY` seconds; `moment` is a clock that only goes forward.

        Raises:
            UsageError: the folder is not there or cannot be read.
            StorageError: the database; the files stay.
        """
        try:
            stamps = dict(_stamps(self.folder))
        except OSError as error:
            raise UsageError(f"无法读取文件夹 {self.folder}：{why(error)}") from error
        self._seen = {name: self._since(name, stamp, moment) for name, stamp in stamps.items()}
        steady = [name for name, (_, since) in self._seen.items() if moment - since >= STEADY]
        return [self._pick_up(name, now) for name in sorted(steady)]

    def _since(self, name: str, stamp: tuple[int, int, int], moment: float) -> tuple[tuple[int, int, int], float]:
        before = self._seen.get(name)
        return before if before and before[0] == stamp else (stamp, moment)

    @staticmethod
    def waiting(folder: Path) -> list[str]:
        """Names of files that lie there to be read; none where the folder cannot be read."""
        try:
            return sorted(name for name, _ in _stamps(folder))
        except OSError:
            return []

    def _pick_up(self, name: str, now: datetime) -> Looked:
        del self._seen[name]
        try:
            looked = self._handled(name, now)
            self._put_away(name, looked, now)
        except OSError as error:  # a locked file, a full disk: it is looked at again
            logger.warning("watched folder: %r: %s", name, error)
            return Looked(name, "waiting", f"暂时无法处理：{why(error)}")
        return looked

    def _handled(self, name: str, now: datetime) -> Looked:
        content = self._content(name)
        sha256 = hashlib.sha256(content).hexdigest()
        before = pickups.find(self.db, sha256)
        if before is not None:
            return self._known(name, before)
        try:
            taken = self._checked(name, content, sha256)
        except Refused as error:
            pickups.note(self.db, name, sha256, "refused", now, detail={"why": str(error)})
            return Looked(name, "refused", str(error))
        pickups.note(self.db, name, sha256, "read", now, referral_id=taken.referral_id, detail={"said": taken.said})
        return Looked(name, "read", taken.said)

    @staticmethod
    def _known(name: str, before: pickups.Found) -> Looked:
        if before.outcome == "refused":
            return Looked(name, "refused", f"与以前退回的“{before.name}”内容相同：{before.detail.get('why', '')}")
        return Looked(name, "known", f"与已读取的“{before.name}”内容相同，没有再读一次")

    def _checked(self, name: str, content: bytes, sha256: str) -> Taken:
        if len(content) > LARGEST:
            raise Refused(f"文件太大：超过 {LARGEST // BLOCK} MB")
        if not content:
            raise Refused("文件是空的")
        return self.read(name, content, sha256)

    def _content(self, name: str) -> bytes:
        """At most a byte more than is allowed. No link is followed."""
        descriptor = os.open(self.folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(LARGEST + 1)

    def _put_away(self, name: str, looked: Looked, now: datetime) -> None:
        place = self.folder / (REFUSED if looked.outcome == "refused" else DONE)
        place.mkdir(exist_ok=True)
        target, number = place / f"{now:%Y%m%d-%H%M%S}-{name[-LONGEST_NAME:]}", 1
        while target.exists():
            number += 1
            target = place / f"{now:%Y%m%d-%H%M%S}-{number}-{name[-LONGEST_NAME:]}"
        (self.folder / name).rename(target)
        if looked.outcome == "refused":  # with a mark at its beginning, for the editor of Windows
            target.with_name(target.name + ".txt").write_text(f"{looked.said}\n", encoding="utf-8-sig")


def _stamps(folder: Path) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Regular files, no links, no hidden or unfinished ones."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "~$")) or entry.name.lower().endswith(UNFINISHED):
                continue
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # taken away since
                continue
            if stat.S_ISREG(status.st_mode):
                yield entry.name, (status.st_size, status.st_mtime_ns, status.st_ino)


def as_facts(found: list[Looked]) -> list[dict[str, Any]]:
    """JSON-ready."""
    return [{"name": one.name, "outcome": one.outcome, "said": one.said} for one in found]
