"""What the evidence store asks of the operating system: hashes, locks, durable folders, plain words for its errors."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, BinaryIO, Protocol

from storage.exceptions import DiskFull, EvidenceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BLOCK = 1 << 20  # bytes read at a time: from 1 MB on a larger block is no faster
MEGABYTE = 1 << 20
POLL = 0.02  # seconds between two tries for a lock: writers hold it for some ten milliseconds

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # EFBIG: the limit of the process or of the file system
SENTENCES = {
    errno.EROFS: "证据文件夹所在磁盘为只读，证据没有写入：{place}",
    errno.EIO: "读写证据文件夹时磁盘出错，请检查磁盘：{place}",
    errno.EACCES: "没有权限读写证据文件夹：{place}",
    errno.EPERM: "证据文件夹所在磁盘不支持硬链接或没有权限，请放在本机磁盘（ext4、xfs）上：{place}",
    errno.ENOENT: "证据文件不存在：{place}",
    errno.ELOOP: "证据文件夹里有符号链接，不予打开：{place}",
    errno.ENOTDIR: "证据文件夹里有符号链接或同名文件，不予打开：{place}",
    errno.EMFILE: "打开的文件过多，证据没有写入：{place}",
}


class Hash(Protocol):
    """A running hash."""

    def update(self, data: bytes, /) -> None:
        """Take in more."""

    def hexdigest(self) -> str:
        """The hash of all so far, hex."""


class _BorrowedSm3:
    """SM3 (GB/T 32905-2016) where Python's OpenSSL was built without it."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.hashes import SM3
        from cryptography.hazmat.primitives.hashes import Hash as Running

        self._running = Running(SM3())

    def update(self, data: bytes, /) -> None:
        self._running.update(data)

    def hexdigest(self) -> str:
        return self._running.copy().finalize().hex()


@cache
def _sm3_maker() -> Callable[[], Hash]:
    try:
        hashlib.new("sm3")
    except ValueError:
        return _BorrowedSm3
    return lambda: hashlib.new("sm3")


def sm3() -> Hash:
    """A fresh SM3 hash."""
    return _sm3_maker()()


class Digests:
    """SHA-256 and, unless left out, SM3 of one stream, in one pass."""

    def __init__(self, *, fast: bool = False) -> None:
        self.size = 0
        self._sha256 = hashlib.sha256()
        self._sm3 = None if fast else sm3()

    def update(self, data: bytes) -> None:
        """Take in more."""
        self.size += len(data)
        self._sha256.update(data)
        if self._sm3 is not None:
            self._sm3.update(data)

    @property
    def sha256(self) -> str:
        """Hex."""
        return self._sha256.hexdigest()

    @property
    def sm3(self) -> str:
        """Hex; empty where it was left out."""
        return "" if self._sm3 is None else self._sm3.hexdigest()


def digest(content: bytes) -> Digests:
    """Both hashes of `content`."""
    made = Digests()
    made.update(content)
    return made


def digest_file(file: BinaryIO, *, fast: bool = False) -> Digests:
    """Both hashes of the rest of `file`; `fast` leaves SM3 out."""
    made = Digests(fast=fast)
    while block := file.read(BLOCK):
        made.update(block)
    return made


@contextmanager
def speaking_of(place: Path) -> Iterator[None]:
    """Raise DiskFull or EvidenceError, naming `place`, instead of the operating system's error."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(full_sentence(place)) from error
        sentence = SENTENCES.get(error.errno or 0, "证据文件夹读写失败（{reason}）：{place}")
        raise EvidenceError(sentence.format(place=place, reason=error.strerror)) from error


def full_sentence(place: Path, reserve: int = 0) -> str:
    """What a person is told when there is no room; `reserve` in MB is what must stay free."""
    kept = f"，须留出 {reserve} MB" if reserve else ""
    return f"磁盘空间不足：证据文件夹所在磁盘剩余 {free_mb(place)} MB{kept}，证据没有写入。请清理磁盘后继续：{place}"


def free_mb(place: Path) -> int:
    """Free megabytes for this user on the disk that holds `place`; 0 where nobody can tell."""
    try:
        found = os.statvfs(place)
    except OSError:
        return 0
    return found.f_bavail * found.f_frsize // MEGABYTE


def sync_folder(descriptor: int) -> None:
    """Make the names in a folder survive a power cut."""
    os.fsync(descriptor)


def make_folder(path: Path) -> None:
    """Make a folder that only its owner enters, durable at once."""
    if path.is_dir():
        return
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync_folder(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def held(path: Path, *, shared: bool, patience: float | None = None) -> Iterator[bool]:
    """Hold a lock on `path` that the kernel releases when the process dies; False when `patience` (s) ran out."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        if patience is None:
            fcntl.flock(descriptor, kind)
            yield True
        else:
            yield _taken(descriptor, kind, time.monotonic() + patience)
    finally:
        os.close(descriptor)


def _taken(descriptor: int, kind: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL)
        else:
            return True
