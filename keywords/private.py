"""Files in a private folder: read only where nobody else could have written them, written whole or not at all."""

from __future__ import annotations

import logging
import os
import stat
import tempfile
from pathlib import Path

PRIVATE = 0o700
OTHERS = 0o077  # permission bits of everybody but the owner
log = logging.getLogger(__name__)


def is_private(found: os.stat_result) -> bool:
    """Tell whether only we can use what `found` describes."""
    return found.st_uid == os.geteuid() and not found.st_mode & OTHERS


def read(folder: Path, name: str) -> bytes | None:
    """Return the file's bytes; None where it is missing, unreadable, no regular file, or others may write it."""
    try:
        if not is_private(folder.stat()):
            return None
        with os.fdopen(os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            found = os.fstat(file.fileno())
            return file.read() if stat.S_ISREG(found.st_mode) and is_private(found) else None
    except OSError:
        return None


def write(folder: Path, name: str, content: bytes) -> None:
    """Write the file, whole or not at all; a folder that others may use is left alone.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    if not is_private(folder.stat()):
        log.warning("%s is not kept: others may use the folder %s", name, folder)
        return
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=name)  # readable by its owner alone
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).replace(folder / name)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
