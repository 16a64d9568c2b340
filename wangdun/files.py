"""Files that appear complete or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wangdun.exceptions import UsageError
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replacing(target: Path, *, force: bool) -> Iterator[Path]:
    """Give a temporary file to write; it becomes `target` when the block ends well, and goes away otherwise.

    Only its owner may read it: it holds personal data.

    Raises:
        UsageError: `target` exists and `force` is off, or its folder cannot be written.
    """
    if target.is_dir():
        raise UsageError(f"{target} 是文件夹，请写明文件名")
    if target.exists() and not force:
        raise UsageError(f"{target} 已存在；要覆盖请加 --force")
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
    except OSError as error:
        raise UsageError(f"无法写入文件夹 {target.parent}：{why(error)}") from error
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())  # the name must not point to data that a power cut takes away
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def file_stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes whenever a file is written or replaced; None while there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
