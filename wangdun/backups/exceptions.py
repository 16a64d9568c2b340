"""What goes wrong with backups, in words for the person at the screen."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from wangdun.exceptions import WangdunError
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class BackupError(WangdunError):
    """Raised when a backup cannot be made or restored; nothing half-made is left under its final name."""


class BrokenBackup(BackupError):  # noqa: N818 -- it is a state of the file
    """Raised when a backup does not hold what its manifest says."""


@contextmanager
def speaking_of(what: str, place: Path) -> Iterator[None]:
    """Raise BackupError instead of the operating system's error."""
    try:
        yield
    except OSError as error:
        raise BackupError(f"{what}：{error.filename or place}：{why(error)}") from error
