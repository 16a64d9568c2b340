"""Verify evidence: the chain, rows against the chain, manifests against rows, files against manifests.

What is wrong is a list of faults in the order in which a person would follow them: the chain first, then captures by
number, then files that nobody knows.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from storage.evidence import captures, chain, custody, manifests, sweeping, timestamps
from storage.evidence.chain import Chain, Fault
from storage.evidence.checks import check_file
from storage.evidence.models import Timestamp
from storage.evidence.records import StoredFile, Unreadable, UnreadableLink
from storage.exceptions import DamagedRow, EvidenceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from storage.database import Database
    from storage.evidence.objects import Objects
    from storage.evidence.records import Capture

MOST_WORKERS = 8  # threads: a disk is no faster for more
PATIENCE = 5.0  # s to wait for writers before files that nobody knows are looked at a second time


@dataclass(slots=True)
class Verification:
    """What a verification found."""

    captures: int = 0
    files: int = 0
    """Files read; equal content is kept and read once."""
    size: int = 0
    """Bytes read."""
    links: int = 0
    """Of the custody chain."""
    stamps: int = 0
    """Time stamps (RFC 3161) that there are; 0 where no authority is configured."""
    faults: list[Fault] = field(default_factory=list)
    """In order: the first is the first broken link."""

    @property
    def ok(self) -> bool:
        """Whether everything is as it was kept."""
        return not self.faults


class Verifier:
    """Verifies the captures of one store; of files that several captures share, each is read once."""

    def __init__(self, db: Database, objects: Objects, *, fast: bool = False, ca: Path | None = None) -> None:
        """`fast` leaves SM3 and the digests of WARC records out: SHA-256 of each file says that it is unchanged.

        `ca` is the root certificate of the time stamps' authority.
        """
        self._db = db
        self._objects = objects
        self._fast = fast
        self._ca = ca
        self._named: set[str] = set()
        self._checked: dict[tuple[str, str, int, str], Future[list[str]]] = {}
        self._lock = threading.Lock()
        self._chain = Chain()
        self._done = Verification()

    def run(
        self,
        only: Iterable[int] | None = None,
        *,
        listing: tuple[str, str] | None = None,
        tell: Callable[[Verification], None] = lambda _: None,
    ) -> Verification:
        """Verify everything or a part; the chain is always followed as a whole.

        Args:
            only: ids of captures; None for all.
            listing: site and key: beside `only`, all captures that the chain ascribes to this listing.
            tell: is called now and then with what is done so far.

        Raises:
            StorageError: the database cannot be read.
        """
        newest = captures.newest_id(self._db)
        # after `newest`: it knows all captures up to that one
        self._chain = chain.read(self._db, self._objects.folder, listing)
        if only is not None:
            only = {*only, *self._chain.of_listing}
        self._done.links = self._chain.links
        self._done.faults += self._chain.faults
        seen = self._check_all(_chosen(self._db, only, newest), tell)
        self._done.faults += self._rowless(
            {*(self._chain.sealed if only is None else only)} & self._chain.sealed.keys() - seen
        )
        files = None if only is None else self._named
        self._done.faults += timestamps.check(self._db, self._objects, self._ca, files)
        if only is None:
            self._done.faults += self._unknown_files()
        self._done.stamps = _count_stamps(self._db)
        return self._done

    def _check_all(
        self, pages: Iterable[Sequence[Capture | Unreadable]], tell: Callable[[Verification], None]
    ) -> set[int]:
        seen: set[int] = set()
        with ThreadPoolExecutor(min(len(os.sched_getaffinity(0)), MOST_WORKERS)) as pool:
            for page in pages:
                for capture, faults in zip(page, pool.map(self._capture_faults, page), strict=True):
                    seen.add(capture.id)
                    self._done.captures += 1
                    self._done.faults += self._standing(capture, faults)
                    tell(self._done)
        return seen

    def _standing(self, capture: Capture | Unreadable, faults: list[Fault]) -> list[Fault]:
        """What remains when a fault is looked at again: retention may have taken files away meanwhile."""
        if not faults or isinstance(capture, Unreadable):
            return faults
        try:
            again = captures.get(self._db, capture.id)
        except DamagedRow:
            return faults
        return faults if again is None or again == capture or again.removed_at is None else []

    def _capture_faults(self, capture: Capture | Unreadable) -> list[Fault]:
        place = f"第 {capture.id} 号固定"
        if isinstance(capture, Unreadable):
            return [Fault("capture", place, "数据库记录被改动或损坏，读不出", capture.id)]
        self._named |= {capture.digest, *(file.sha256 for file in capture.files)}
        found = [Fault("capture", place, what, capture.id) for what in self._seal_faults(capture)]
        manifest_file = StoredFile("manifest", "record", "application/json", -1, capture.digest, "")
        files, wrong = self._against_manifest(capture, manifest_file)
        found += [Fault("capture", place, what, capture.id) for what in wrong]
        if capture.removed_at is not None:
            return found
        for file in files:
            found += [Fault("file", f"{place} {file.name}", what, capture.id) for what in self._file_faults(file)]
        return found

    def _seal_faults(self, capture: Capture) -> Iterator[str]:
        digest = self._chain.sealed.get(capture.id)
        if digest is None:
            digest = self._sealed_meanwhile(capture.id)
        if digest is None:
            yield "保管链中没有它的封存记录（链尾被截断，或这次固定是伪造的）"
        elif not digest:
            yield "它的封存记录被改动或损坏，读不出，无法与清单核对"
        elif digest != capture.digest:
            yield "清单的哈希与保管链所记不符（记录被改动）"
        if capture.removed_at is not None and capture.id not in self._chain.deleted:
            yield "标为已按保留期删除，但保管链中没有删除记录"

    def _sealed_meanwhile(self, capture_id: int) -> str | None:
        for one in custody.remains(self._db, capture_id=capture_id):
            if one.action in chain.SEALS:
                return "" if isinstance(one, UnreadableLink) else str(one.detail.get("digest"))
        return None

    def _against_manifest(self, capture: Capture, file: StoredFile) -> tuple[Sequence[StoredFile], list[str]]:
        try:
            content = self._objects.read(file.sha256)
        except (EvidenceError, OSError):
            return capture.files, ["清单文件不见了或读不出来"]
        self._count(len(content))
        try:
            manifest = manifests.read(content)
        except ValueError:
            return capture.files, ["清单文件被改动或损坏"]
        if manifests.digest(content) != capture.digest:
            return capture.files, ["清单文件被改动：SHA-256 不符"]
        different = manifests.differences(manifest, capture)
        return manifest.files, [f"数据库记录与清单不符（{'、'.join(different)}被改动）"] if different else []

    def _file_faults(self, file: StoredFile) -> list[str]:
        name = (file.sha256, file.sm3, file.size, file.role)
        with self._lock:
            mine = name not in self._checked
            answer = self._checked.setdefault(name, Future())
        if mine:  # whoever comes second waits for the first, who is at it already
            try:
                answer.set_result(check_file(self._objects, file, fast=self._fast))
            except BaseException as error:  # whatever it was: who waits for the answer must not wait for ever
                answer.set_exception(error)
                raise
            self._count(file.size)
        return answer.result()

    def _count(self, size: int) -> None:
        with self._lock:
            self._done.files += 1
            self._done.size += size

    def _rowless(self, ids: set[int]) -> Iterator[Fault]:
        for number in sorted(ids):
            if not captures.has(self._db, number):
                what = "保管链记有它的封存，数据库中却没有它的记录（被删除）"
                yield Fault("capture", f"第 {number} 号固定", what, number)

    def _unknown_files(self) -> Iterator[Fault]:
        sealed, others = sweeping.orphans(self._db, self._objects)
        with self._objects.alone(PATIENCE):  # what was being written is named by now
            left = set(sweeping.unnamed(self._db, sorted({*sealed, *others})))
        for name in sorted(left & set(sealed)):
            yield Fault("orphan", f"清单 {name}", "数据库中没有这次固定的记录（被删除，或尚待恢复）")
        for name in sorted(left & others):
            yield Fault("orphan", f"文件 {name}", "来历不明的文件，没有任何记录提到它")
        for name in self._objects.strangers():
            yield Fault("orphan", f"文件 {name}", "来历不明的文件，证据文件夹里不该有它")


def _chosen(db: Database, only: Iterable[int] | None, newest: int) -> Iterator[Sequence[Capture | Unreadable]]:
    if only is not None:
        yield list(captures.each(db, only))
        return
    after = 0
    while page := captures.page(db, after=after, up_to=newest):
        yield page
        after = page[-1].id


def _count_stamps(db: Database) -> int:
    with db.read() as connection:
        return int(connection.execute(select(func.count()).select_from(Timestamp)).scalar_one())


def note_outcome(  # noqa: PLR0913 -- the columns of a link
    db: Database, done: Verification, *, scope: dict[str, Any], fast: bool, actor: str, now: datetime
) -> None:
    """Add to the custody chain that, and with what outcome, evidence was verified. Raises StorageError."""
    detail = {"scope": scope, "captures": done.captures, "files": done.files, "bytes": done.size, "links": done.links}
    detail["stamps"] = done.stamps
    detail |= {"hashes": ["SHA-256"] if fast else ["SHA-256", "SM3"], "faults": len(done.faults)}
    if done.faults:
        detail["first"] = str(done.faults[0])
    custody.note(db, at=now, actor=actor, action="verified", detail=detail)
