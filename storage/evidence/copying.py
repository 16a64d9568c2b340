"""Copy all evidence files from one store to another: begun again where it was interrupted, each file compared."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from storage.evidence.disk import BLOCK, Digests, digest_file, speaking_of
from storage.exceptions import EvidenceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.evidence.objects import Objects


@dataclass(slots=True)
class Copied:
    """How far a copy is."""

    copied: int = 0
    size: int = 0
    """Bytes that were copied."""
    there: int = 0
    """Files that the other store had already, the same byte for byte."""
    damaged: list[str] = field(default_factory=list)
    """Names of files that are damaged here or there; they were not copied."""


def copy_store(source: Objects, target: Objects, *, tell: Callable[[Copied], None] = lambda _done: None) -> Copied:
    """Copy what `target` has not; what it has is read and compared. Nothing is ever taken away.

    Raises:
        DiskFull, EvidenceError: a store cannot be read or written; what was copied stays, run it again.
    """
    done = Copied()
    with TemporaryDirectory(dir=source.tmp, prefix="copy-") as folder:
        for name in source.names():
            _copy(source, target, name, Path(folder) / name, done)
            tell(done)
    return done


def _copy(source: Objects, target: Objects, name: str, temporary: Path, done: Copied) -> None:
    if target.has(name):
        if _is_whole(target, name):
            done.there += 1
        else:
            done.damaged.append(name)
        return
    size = _take_out(source, name, temporary)
    if size is None:
        done.damaged.append(name)
        return
    target.put(temporary)  # hashed once more: it can only be kept under the name of what it is
    temporary.unlink()
    done.copied += 1
    done.size += size


def _is_whole(store: Objects, name: str) -> bool:
    with suppress(EvidenceError), store.open(name) as file:
        return digest_file(file, fast=True).sha256 == name
    return False


def _take_out(source: Objects, name: str, temporary: Path) -> int | None:
    """A copy that is what its name says; its size, None when it is not."""
    found = Digests(fast=True)
    with source.open(name) as file, speaking_of(temporary), temporary.open("wb") as copy:
        while block := file.read(BLOCK):
            found.update(block)
            copy.write(block)
    if found.sha256 == name:
        return found.size
    temporary.unlink()
    return None
