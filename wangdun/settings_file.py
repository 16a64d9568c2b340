"""Replaces a file that people edit, too: whole or not at all, with a backup, and never what somebody wrote meanwhile."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wangdun.exceptions import WangdunError
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

KEPT = 20  # backups: some weeks of changes
PRIVATE = 0o600  # of new files: settings may name contacts


class ChangedMeanwhile(WangdunError):  # noqa: N818 -- it is a state of the file
    """Raised by `replace` when the file is not what the caller read."""

    def __init__(self, path: Path) -> None:
        """Say what a person can do."""
        super().__init__(f"{path.name} 已被他人修改，没有保存；请刷新后重新填写")


def version_of(path: Path) -> str:
    """SHA-256 (hex) of the content; empty where there is no file. Raises OSError."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def replace(path: Path, content: bytes, version: str, now: datetime, check: Callable[[Path], object]) -> None:
    """Make `content` the file's, if `check` raises nothing for a temporary file beside it that holds the same.

    Raises:
        ChangedMeanwhile: the content is no longer `version`.
        WangdunError: the folder cannot be written; or what `check` raises. Nothing has changed then.
    """
    target = path.resolve()  # a link stays a link
    try:
        with _alone(target), _beside(target, content) as temporary:
            if version_of(target) != version:
                raise ChangedMeanwhile(path)
            check(temporary)
            if target.exists():
                _back_up(target, now)
                shutil.copymode(target, temporary)
            if version_of(target) != version:  # an editor knows nothing of our lock
                raise ChangedMeanwhile(path)
            temporary.replace(target)
    except OSError as error:
        raise WangdunError(f"无法写入 {path}：{why(error)}") from error


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """One writer of ours at a time: the folder itself is the lock, which leaves no file behind."""
    descriptor = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
        os.fsync(descriptor)  # the new name must outlast a power cut
    finally:
        os.close(descriptor)


@contextmanager
def _beside(target: Path, content: bytes) -> Iterator[Path]:
    descriptor, name = tempfile.mkstemp(prefix=f".{target.stem[:40]}.", suffix=target.suffix, dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(PRIVATE)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _back_up(target: Path, now: datetime) -> None:
    folder = target.parent / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    shutil.copy2(target, folder / f"{target.name}.{now:%Y%m%dT%H%M%S%f}")
    for old in sorted(folder.glob(f"{target.name}.*"))[:-KEPT]:
        old.unlink(missing_ok=True)
