"""Files that outlast a kill and a power cut: complete under their name, or not there."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HALF = ".part"
"""How names of files end that are still being written."""
AT_ONCE = 1 << 20  # bytes read for a hash: fewer calls are no faster


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """Give a file to write; it is `target` when the block ends well, and gone otherwise.

    Only its owner may read it. Two that write the same, on whatever machines, do not meet.

    Raises:
        OSError: it cannot be written.
    """
    half = target.with_name(f".{target.name}.{os.urandom(4).hex()}{HALF}")
    try:
        os.close(os.open(half, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        yield half
        _settle(half)
        half.replace(target)
        _settle(target.parent)
    finally:
        half.unlink(missing_ok=True)


def _settle(path: Path) -> None:
    """Wait until the disk has it: a name must not point to data that a power cut takes away."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(target: Path, text: str) -> None:
    """Replace a small file. Raises OSError."""
    with whole(target) as half:
        half.write_text(text, encoding="utf-8")


def sweep(folder: Path, *, older: float = 0) -> None:
    """Take away what killed processes left half written; without `older` (seconds) while nobody else writes there.

    Raises:
        OSError: the folder cannot be changed.
    """
    for path in folder.glob(f".*{HALF}"):
        with suppress(FileNotFoundError):  # somebody else swept it
            if not older or time.time() - path.stat().st_mtime > older:
                path.unlink()


def sha256_of(path: Path, start: int = 0, end: int | None = None) -> str:
    """Hash of the bytes from `start` up to `end`. Raises OSError."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(start)
        left = end - start if end is not None else None
        while piece := file.read(AT_ONCE if left is None else min(AT_ONCE, left)):
            found.update(piece)
            if left is not None:
                left -= len(piece)
    return found.hexdigest()
