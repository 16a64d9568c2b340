"""The evidence folder: files named by their SHA-256, written once, never overwritten, kept once.

A file is written under ``tmp/``, synced, made read-only and linked to ``objects/ab/cd/<sha256>``. Its name in ``tmp/``
stays until the rows that speak of it are committed: what a kill leaves behind is found there, without a search of the
whole store (see `storage.evidence.sweeping`).
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from storage.evidence.disk import (
    BLOCK,
    MEGABYTE,
    Digests,
    digest,
    digest_file,
    free_mb,
    full_sentence,
    held,
    make_folder,
    speaking_of,
    sync_folder,
)
from storage.exceptions import DiskFull, EvidenceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.config import EvidenceConfig, StorageConfig

NAME = re.compile("[0-9a-f]{64}")
PREFIX = re.compile("[0-9a-f]{2}")
FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe in the folder must not hang us
WRITE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
MARKS = ("removing",)  # in ``tmp/``, but left by whoever removes files, see `storage.evidence.removing`
READ_ONLY = 0o444  # nobody changes evidence by mistake; the folders above let only their owner in


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that lies in the evidence folder."""

    sha256: str
    sm3: str
    size: int


@dataclass(frozen=True, slots=True)
class Leftover:
    """What a writer that was killed may have left."""

    label: str
    """How it is called in the folder, or in the bucket."""
    name: str | None
    """Of the kept file that it belongs to; None when it never got so far."""
    size: int
    """Bytes that only it takes."""


class Objects:
    """The files of the evidence folder. Safe to share between threads and processes."""

    def __init__(self, folder: Path, config: EvidenceConfig) -> None:
        """Make the folder. Raises EvidenceError."""
        self.folder = folder
        self.config = config
        self.objects = folder / "objects"
        self.tmp = folder / "tmp"
        self.lock = folder / "lock"
        with speaking_of(folder):
            for one in (folder, self.objects, self.tmp):
                make_folder(one)

    @classmethod
    def of(cls, config: StorageConfig) -> Objects:
        """The evidence store of an installation, a folder or a bucket. Raises EvidenceError."""
        if config.evidence.store is None:
            return cls(config.evidence_dir, config.evidence)
        from storage.evidence.objects_bucket import BucketObjects  # its client takes 0.3 s to load

        return BucketObjects(config.evidence_dir, config.evidence)

    def path(self, sha256: str) -> Path:
        """Where a file lies or would lie. Raises EvidenceError: not a SHA-256 in hex."""
        if not NAME.fullmatch(sha256):
            raise EvidenceError(f"不是证据文件的名称（应为 SHA-256）：{sha256[:80]!r}")
        return self.objects / sha256[:2] / sha256[2:4] / sha256

    def open(self, sha256: str) -> BinaryIO:
        """A kept file, to read. No symbolic link is followed. Raises EvidenceError: missing, unreadable, no file."""
        path = self.path(sha256)
        with speaking_of(path), self._folder_of(sha256) as folder:
            descriptor = os.open(sha256, READ_FLAGS, dir_fd=folder)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                raise EvidenceError(f"证据文件夹里有不是文件的东西：{path}")
            return os.fdopen(descriptor, "rb")

    def read(self, sha256: str) -> bytes:
        """A kept file's content. Raises EvidenceError."""
        with self.open(sha256) as file, speaking_of(self.path(sha256)):
            return file.read()

    def has(self, sha256: str) -> bool:
        """Whether there is a file of this name; its content is not looked at."""
        try:
            found = self.path(sha256).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        return stat.S_ISREG(found.st_mode)

    def size(self, sha256: str) -> int:
        """Bytes of a kept file. Raises EvidenceError: missing."""
        with speaking_of(self.path(sha256)):
            return self.path(sha256).lstat().st_size

    def settled(self) -> Iterator[str]:
        """The names of all kept files that no writer can be about to name in a row. Only for whoever is `alone`."""
        return self.names()

    def names(self) -> Iterator[str]:
        """The names of all kept files, in order. Raises EvidenceError."""
        with speaking_of(self.objects):
            for first in _entries(self.objects, PREFIX):
                for second in _entries(self.objects / first, PREFIX):
                    found = _entries(self.objects / first / second, NAME)
                    yield from (name for name in found if name.startswith(first + second))

    def strangers(self) -> Iterator[str]:
        """Whatever lies in the folder and not at a place of its own, as paths below `folder`. Raises EvidenceError."""
        with speaking_of(self.objects):
            for folder, folders, files in os.walk(self.objects, onerror=_fail):
                place = Path(folder)
                linked = [name for name in folders if (place / name).is_symlink()]
                for path in (place / name for name in sorted((*files, *linked))):
                    if not NAME.fullmatch(path.name) or self.path(path.name) != path or path.is_symlink():
                        yield str(path.relative_to(self.folder)).encode(errors="replace").decode()

    def put(self, content: bytes | Path) -> Kept:
        """Keep one file that nothing else belongs to. Raises DiskFull, EvidenceError.

        Until a row names it, `sweep` may take it away: whoever writes rows does so within `writing`.
        """
        with self.writing() as batch:
            return batch.put(content)

    @contextmanager
    def writing(self) -> Iterator[Batch]:
        """Keep files and, before the block ends, commit the rows that name them. Raises DiskFull, EvidenceError."""
        with speaking_of(self.folder):
            lock = held(self.lock, shared=True)
            lock.__enter__()
        try:
            batch = self._batch()
            yield batch
            batch.finish()
        finally:
            lock.__exit__(None, None, None)

    def _batch(self) -> Batch:
        return Batch(self)

    @contextmanager
    def alone(self, patience: float) -> Iterator[bool]:
        """Keep all writers out; False when there were some for all of `patience` seconds. Raises EvidenceError."""
        with speaking_of(self.folder):
            lock = held(self.lock, shared=False, patience=patience)
            free = lock.__enter__()
        try:
            yield free
        finally:
            lock.__exit__(None, None, None)

    def leftovers(self) -> list[Leftover]:
        """What killed writers left. Only for whoever is `alone`. Raises EvidenceError."""
        with speaking_of(self.tmp):
            found = sorted(self.tmp.iterdir())
            paths = [path for path in found if path.name not in MARKS and path.is_file() and not path.is_symlink()]
        return [Leftover(path.name, self._placed(path), path.lstat().st_size) for path in paths]

    def forget(self, leftover: Leftover) -> None:
        """Take a leftover away; the kept file stays. Raises EvidenceError."""
        with speaking_of(self.tmp):
            (self.tmp / leftover.label).unlink()

    def _placed(self, path: Path) -> str | None:
        """The name under which a temporary file is kept; None when it never got so far."""
        with speaking_of(path):
            if path.lstat().st_nlink == 1:
                return None
            with path.open("rb") as file:
                name = digest_file(file, fast=True).sha256
        return name if self.has(name) else None

    def remove(self, sha256: str) -> bool:
        """Take a file away for good; False when there was none. Only for whoever is `alone`. Raises EvidenceError."""
        if not self.has(sha256):
            return False
        with speaking_of(self.path(sha256)), self._folder_of(sha256) as folder:
            os.unlink(sha256, dir_fd=folder)
            sync_folder(folder)
        return True

    @contextmanager
    def _folder_of(self, sha256: str, *, make: bool = False) -> Iterator[int]:
        """The folder of a file, reached without following a link."""
        descriptor = os.open(self.objects, FOLDER_FLAGS)
        try:
            for part in (sha256[:2], sha256[2:4]):
                above, descriptor = descriptor, _step(descriptor, part, make=make)
                os.close(above)
            yield descriptor
        finally:
            os.close(descriptor)

    def link(self, temporary: Path, sha256: str) -> bool:
        """Give a finished file its name; False when that name is taken. For `Batch`."""
        with self._folder_of(sha256, make=True) as folder:
            try:
                os.link(temporary, sha256, dst_dir_fd=folder, follow_symlinks=False)
            except FileExistsError:
                return False
            sync_folder(folder)
        return True


class Batch:
    """Files that are kept together with the rows that name them."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._names: list[Path] = []

    def put(self, content: bytes | Path) -> Kept:
        """Keep one file; equal content is kept once.

        Raises:
            DiskFull: there is no room; nothing of it is left.
            EvidenceError: the disk fails, or a file of that name is there already and is damaged.
        """
        if isinstance(content, bytes):
            made = digest(content)
            if self._objects.has(made.sha256):
                return self._existing(made)
        self._refuse_when_full(len(content) if isinstance(content, bytes) else _size(content))
        return self._write(content)

    def finish(self) -> None:
        """Forget the temporary names: rows name the files now."""
        while self._names:
            with suppress(OSError):  # a name that stays costs nothing: the next sweep finds that rows know the file
                self._names.pop().unlink()

    def _write(self, content: bytes | Path) -> Kept:
        temporary = self._objects.tmp / f"{os.getpid()}-{secrets.token_hex(8)}"
        try:
            with speaking_of(self._objects.folder):
                made = _write_durably(temporary, content)
                placed = self._objects.link(temporary, made.sha256)
        except BaseException:  # whatever it was, Ctrl-C too: nothing half-written stays
            _drop_unplaced(temporary)
            raise
        if placed:
            self._names.append(temporary)
            return _kept(made)
        _drop_unplaced(temporary)
        return self._existing(made)

    def _existing(self, made: Digests) -> Kept:
        with self._objects.open(made.sha256) as file, speaking_of(self._objects.path(made.sha256)):
            found = digest_file(file, fast=True)
        if found.sha256 != made.sha256:
            raise EvidenceError(
                f"已有的证据文件被改动或损坏，请运行 wangdun evidence verify：{self._objects.path(made.sha256)}"
            )
        return _kept(made)

    def _refuse_when_full(self, size: int) -> None:
        reserve = self._objects.config.keep_free_mb
        if free_mb(self._objects.folder) - size // MEGABYTE < reserve:
            raise DiskFull(full_sentence(self._objects.folder, reserve))


def _fail(error: OSError) -> None:
    raise error


def _kept(made: Digests) -> Kept:
    return Kept(made.sha256, made.sm3, made.size)


def _drop_unplaced(temporary: Path) -> None:
    """Take a temporary name away, unless it is how the next sweep finds a placed file that no row names."""
    with suppress(OSError):
        if temporary.lstat().st_nlink == 1:
            temporary.unlink()


def _size(path: Path) -> int:
    with speaking_of(path):
        return path.stat().st_size


def _blocks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _write_durably(path: Path, content: bytes | Path) -> Digests:
    made = Digests()
    descriptor = os.open(path, WRITE_FLAGS, 0o600)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        for block in _blocks(content):
            made.update(block)
            rest = memoryview(block)
            while rest:
                rest = rest[file.write(rest) :]
        os.fchmod(descriptor, READ_ONLY)
        os.fsync(descriptor)
    return made


def _step(above: int, part: str, *, make: bool) -> int:
    try:
        return os.open(part, FOLDER_FLAGS, dir_fd=above)
    except FileNotFoundError:
        if not make:
            raise
    with suppress(FileExistsError):  # another writer was faster
        os.mkdir(part, 0o700, dir_fd=above)
    sync_folder(above)
    return os.open(part, FOLDER_FLAGS, dir_fd=above)


def _entries(folder: Path, pattern: re.Pattern[str]) -> list[str]:
    if folder.is_symlink() or not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if pattern.fullmatch(path.name))
