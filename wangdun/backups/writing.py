"""Files of a backup as they are written: hashed on the way, durable, read again."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from wangdun.backups.exceptions import BrokenBackup
from wangdun.backups.manifest import Part

BLOCK = 1 << 20  # bytes read at a time: from 1 MB on a larger block is no faster
PRIVATE = 0o600  # a backup holds contacts of people


class Sink(Protocol):
    """What can be written to."""

    def write(self, data: bytes, /) -> object:
        """Take in more."""


def pour(source: BinaryIO, *sinks: Sink) -> tuple[int, str]:
    """Copy the rest of `source` into all sinks; its size and SHA-256. Raises OSError."""
    running, size = hashlib.sha256(), 0
    while block := source.read(BLOCK):
        running.update(block)
        size += len(block)
        for sink in sinks:
            sink.write(block)
    return size, running.hexdigest()


def copy(source: Path | BinaryIO, target: Path, *, mode: int = PRIVATE) -> tuple[int, str]:
    """Write a new file, durable; its size and SHA-256. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
    with os.fdopen(descriptor, "wb") as out:
        if isinstance(source, Path):
            with source.open("rb") as file:
                done = pour(file, out)
        else:
            done = pour(source, out)
        out.flush()
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    return done


def read_again(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of what the disk holds, not of what the system still has in memory. Raises OSError."""
    with path.open("rb") as file:
        forget(file.fileno())
        return pour(file)


def forget(descriptor: int) -> None:
    """Let the system drop its copy of a file: what is read next comes from the disk."""
    with suppress(OSError, AttributeError):  # not every file system takes the advice
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def part(name: str, path: Path) -> Part:
    """Describe a finished file. Raises OSError."""
    size, sha256 = read_again(path)
    return Part(name=name, size=size, sha256=sha256)


def check(name: str, found: tuple[int, str], expected: tuple[int, str]) -> None:
    """Raises BrokenBackup: the file is not what it should be."""
    if found[0] != expected[0]:
        raise BrokenBackup(f"备份里的 {name} 大小不符：应为 {expected[0]} 字节，实为 {found[0]} 字节")
    if found[1] != expected[1]:
        raise BrokenBackup(f"备份里的 {name} 内容被改动或损坏（SHA-256 不符）")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder outlast a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
