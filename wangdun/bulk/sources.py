"""Which files are meant: names, folders of them, patterns, archives."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import TYPE_CHECKING

from wangdun.archive_manifest import MANIFEST, load_if_any
from wangdun.bulk.unpacking import plain_name
from wangdun.exceptions import ArchiveError, UsageError
from wangdun.inputs import ENDINGS, check_readable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

STANDARD_INPUT = "-"


def expand(names: Sequence[str]) -> list[str]:
    """Files, each once, as they were given; those of a folder or a pattern in the order of their names.

    Raises:
        UsageError: one cannot be read, or a folder or a pattern stands for nothing.
    """
    found: dict[str, None] = {}
    for name in names:
        files = list(_files(name))
        if not files:
            raise UsageError(f"{name}：没有可以检测的文件（{'、'.join(sorted(ENDINGS))}，及其 .gz、.zst）")
        found |= dict.fromkeys(files)
    return list(found)


def _files(name: str) -> Iterator[str]:
    path = Path(name)
    if name == STANDARD_INPUT:
        yield name
    elif path.is_dir():
        yield from _in_folder(path)
    elif not path.exists() and glob.has_magic(name):
        yield from (one for one in sorted(glob.glob(name, recursive=True)) if Path(one).is_file())  # noqa: PTH207 -- the pattern may be absolute
    else:
        check_readable(path)
        yield name


def _in_folder(folder: Path) -> Iterator[str]:
    """An archive is what its manifest names; of another folder all files with a known ending, below it, too."""
    if _is_archive(folder):
        manifest = load_if_any(folder)
        yield from (str(folder / shard.name) for shard in (manifest.shards if manifest else ()))
        return
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for file in sorted(files):
            if not file.startswith(".") and plain_name(file).endswith(tuple(ENDINGS)):
                yield str(Path(place) / file)


def _is_archive(folder: Path) -> bool:
    if not (folder / MANIFEST).is_file():
        return False
    try:
        return load_if_any(folder) is not None
    except ArchiveError:  # somebody else's manifest
        return False
