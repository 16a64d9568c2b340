"""The evidence store in a bucket that speaks S3: the same names, the same promises as the folder.

Beside ``objects/ab/cd/<sha256>`` the bucket holds marks, empty objects:

``pending/<sha256>-<token>``   written before the object, taken away when the rows that name it are committed; what a
                               kill leaves is found there, as it is by the names in ``tmp/`` of a folder
``removing/<sha256>``          there while an object is taken away

No lock reaches all machines that write. Whoever uses an object that is there already first leaves its own mark, then
looks for ``removing/``; whoever takes one away first writes ``removing/``, then looks for marks: since a bucket shows
at once what was written (Amazon S3 and its like since 2020), at least one of the two sees the other.
"""

from __future__ import annotations

import secrets
import tempfile
import time
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, cast

from storage.evidence.bucket import Bucket
from storage.evidence.disk import BLOCK, Digests, digest, digest_file, speaking_of
from storage.evidence.objects import NAME, Batch, Kept, Leftover, Objects
from storage.exceptions import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.config import EvidenceConfig

OBJECTS, PENDING, REMOVING = "objects/", "pending/", "removing/"
SMALL = 4 << 20  # bytes: up to here an object that is read stays in memory, beyond it lies in a file without a name
GRACE = 6 * 3600.0  # s: no writer takes so long between its mark and its rows; on other machines nobody can ask it
POLL = 0.2  # s between two looks whether an object is still being taken away
PATIENCE = 60.0  # s: taking one away takes a second; a mark that stays longer was left by a kill


class BucketObjects(Objects):
    """The files of the evidence bucket; locks, heads and copies in use lie in the folder of this machine."""

    grace = GRACE

    def __init__(self, folder: Path, config: EvidenceConfig) -> None:
        """Make the folder; the bucket itself is not asked. Raises EvidenceError."""
        super().__init__(folder, config)
        self.bucket = Bucket(config.store or "", config.endpoint)
        self.cache = folder / "cache"

    def key(self, sha256: str) -> str:
        """Where a file lies in the bucket, below the store's prefix. Raises EvidenceError: not a SHA-256 in hex."""
        if not NAME.fullmatch(sha256):
            raise EvidenceError(f"不是证据文件的名称（应为 SHA-256）：{sha256[:80]!r}")
        return f"{OBJECTS}{sha256[:2]}/{sha256[2:4]}/{sha256}"

    def path(self, sha256: str) -> Path:
        """A copy on this machine, fetched when there is none, checked against its name. Raises EvidenceError."""
        self.key(sha256)
        path = self.cache / sha256
        if path.is_file() and not path.is_symlink():
            return path
        with speaking_of(self.cache):
            self.cache.mkdir(mode=0o700, exist_ok=True)
            temporary = self.cache / f"{secrets.token_hex(8)}.part"
            try:
                self._fetch(sha256, temporary)
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        return path

    def open(self, sha256: str) -> BinaryIO:
        """A kept file, to read. Raises EvidenceError: missing, unreadable."""
        key = self.key(sha256)
        with speaking_of(self.tmp):
            file = tempfile.SpooledTemporaryFile(SMALL, dir=str(self.tmp))  # noqa: SIM115 -- whoever asked closes it
            try:
                for block in self.bucket.blocks(key, BLOCK):
                    file.write(block)
            except BaseException:  # whatever it was, nobody else closes it
                file.close()
                raise
            file.seek(0)
        return cast("BinaryIO", file)

    def read(self, sha256: str) -> bytes:
        """A kept file's content. Raises EvidenceError."""
        return b"".join(self.bucket.blocks(self.key(sha256), BLOCK))

    def has(self, sha256: str) -> bool:
        """Whether there is a file of this name; its content is not looked at. Raises EvidenceError."""
        return self.bucket.head(self.key(sha256)) is not None

    def size(self, sha256: str) -> int:
        """Bytes of a kept file. Raises EvidenceError: missing."""
        found = self.bucket.head(self.key(sha256))
        if found is None:
            raise EvidenceError(f"证据文件不存在：{self.bucket.place}/{self.key(sha256)}")
        return found

    def names(self) -> Iterator[str]:
        """The names of all kept files, in order. Raises EvidenceError."""
        for one in self.bucket.entries(OBJECTS):
            if (name := self._name(one.key)) is not None:
                yield name

    def settled(self) -> Iterator[str]:
        """As `Objects.settled`: what is young, or has a young mark, may be about to be named from another machine."""
        marked = {_sha256(one.key) for one in self.bucket.entries(PENDING) if one.age < self.grace}
        for one in self.bucket.entries(OBJECTS):
            name = self._name(one.key)
            if name is not None and name not in marked and one.age >= self.grace:
                yield name

    def strangers(self) -> Iterator[str]:
        """Keys below ``objects/`` that are no place of a file. Raises EvidenceError."""
        for one in self.bucket.entries(OBJECTS):
            if self._name(one.key) is None:
                yield one.key.encode(errors="replace").decode()

    def leftovers(self) -> list[Leftover]:
        """Marks of writers that were killed, and copies that are not in use any more. Raises EvidenceError."""
        self._clear_copies()
        left = [one.key for one in self.bucket.entries(PENDING) if one.age >= self.grace]
        found = ((key, _sha256(key)) for key in left)
        return [Leftover(key, name if NAME.fullmatch(name) and self.has(name) else None, 0) for key, name in found]

    def forget(self, leftover: Leftover) -> None:
        """Take a mark away. Raises EvidenceError."""
        self.bucket.remove(leftover.label)

    def remove(self, sha256: str) -> bool:
        """Take a file away for good; False when there was none, or somebody is about to name it. Raises EvidenceError.

        In a bucket that keeps versions it stays as an old version, until the bucket's own rules end it.
        """
        if not self.has(sha256):
            return False
        self.bucket.put(REMOVING + sha256)
        try:
            if any(one.age < self.grace for one in self.bucket.entries(f"{PENDING}{sha256}-")):
                return False
            self.bucket.remove(self.key(sha256))
        finally:
            self.bucket.remove(REMOVING + sha256)
        with suppress(OSError):
            (self.cache / sha256).unlink(missing_ok=True)
        return True

    def wait_for_removal(self, sha256: str) -> None:
        """For `BucketBatch`: return when nobody takes the file away any more. Raises EvidenceError."""
        until = time.monotonic() + PATIENCE
        while self.bucket.head(REMOVING + sha256) is not None:
            if time.monotonic() > until:
                self.bucket.remove(REMOVING + sha256)
                return
            time.sleep(POLL)

    def _batch(self) -> BucketBatch:
        return BucketBatch(self)

    def _name(self, key: str) -> str | None:
        name = key.rpartition("/")[2]
        return name if NAME.fullmatch(name) and self.key(name) == key else None

    def _fetch(self, sha256: str, target: Path) -> None:
        found = Digests(fast=True)
        with target.open("xb") as file:
            for block in self.bucket.blocks(self.key(sha256), BLOCK):
                found.update(block)
                file.write(block)
        if found.sha256 != sha256:
            raise EvidenceError(damaged(self, sha256))
        target.chmod(0o400)

    def _clear_copies(self) -> None:
        with speaking_of(self.cache):
            for path in self.cache.iterdir() if self.cache.is_dir() else ():
                path.unlink(missing_ok=True)


class BucketBatch(Batch):
    """Files that are kept in the bucket together with the rows that name them."""

    def __init__(self, objects: BucketObjects) -> None:
        super().__init__(objects)
        self._store = objects
        self._marks: list[str] = []

    def put(self, content: bytes | Path) -> Kept:
        """Keep one file; equal content is kept once.

        Raises:
            EvidenceError: the bucket cannot be written, or a file of that name is there already and is damaged.
        """
        made = _digests(content)
        mark = f"{PENDING}{made.sha256}-{secrets.token_hex(8)}"
        self._store.bucket.put(mark)
        self._marks.append(mark)
        if self._store.has(made.sha256):
            self._store.wait_for_removal(made.sha256)
        if not self._placed(content, made):
            self._compare(made)
        return Kept(made.sha256, made.sm3, made.size)

    def finish(self) -> None:
        """Forget the marks: rows name the files now."""
        while self._marks:
            with suppress(
                EvidenceError
            ):  # a mark that stays costs nothing: a later sweep finds that rows know the file
                self._store.bucket.remove(self._marks.pop())

    def _placed(self, content: bytes | Path, made: Digests) -> bool:
        """Write the file; False when there is one of that name."""
        key = self._store.key(made.sha256)
        if self._store.has(made.sha256):
            return False
        if isinstance(content, bytes):
            vouched = self._store.bucket.put_once(key, content, made.sha256, made.size)
        else:
            with speaking_of(content), content.open("rb") as file:
                vouched = self._store.bucket.put_once(key, file, made.sha256, made.size)
        if vouched == "":  # the server says nothing of what it holds: it is read back
            self._compare(made)
        return vouched is not None

    def _compare(self, made: Digests) -> None:
        found = Digests(fast=True)
        for block in self._store.bucket.blocks(self._store.key(made.sha256), BLOCK):
            found.update(block)
        if found.sha256 != made.sha256:
            raise EvidenceError(damaged(self._store, made.sha256))


def damaged(objects: BucketObjects, sha256: str) -> str:
    """What is said of an object that is not what its name says."""
    place = f"{objects.bucket.place}/{objects.key(sha256)}"
    return f"已有的证据文件被改动或损坏，请运行 wangdun evidence verify：{place}"


def _sha256(key: str) -> str:
    return key.removeprefix(PENDING).partition("-")[0]


def _digests(content: bytes | Path) -> Digests:
    if isinstance(content, bytes):
        return digest(content)
    with speaking_of(content), content.open("rb") as file:
        return digest_file(file)
