"""Take evidence out of its folder, so that what comes out is what was kept."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from wangdun.evidence_view import link_facts
from wangdun.exceptions import UsageError, WangdunError
from wangdun.files import replacing
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from storage.evidence.objects import Objects
    from storage.evidence.records import Capture, CustodyEntry

MANIFEST = "manifest.json"


def copy_out(objects: Objects, capture: Capture, folder: Path) -> list[Path]:
    """Copy a capture's files and its manifest into a new folder; their paths.

    Raises:
        UsageError: the folder holds something already, or cannot be made.
        WangdunError: the files were taken away, or one is not what it was; then no such copy is left.
        EvidenceError: a file is missing.
    """
    if capture.removed_at is not None:
        raise WangdunError(f"第 {capture.id} 号固定的文件已按保留期删除")
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    _make_empty(folder)
    wanted = [(MANIFEST, capture.digest), *((file.name, file.sha256) for file in capture.files)]
    try:
        return [_copy(objects, sha256, folder / name) for name, sha256 in wanted]
    except BaseException:  # whatever it was, Ctrl-C too: half a copy must not be taken for a whole one
        _take_back(folder, [name for name, _ in wanted], made)
        raise


def _take_back(folder: Path, names: Iterable[str], made: Iterable[Path]) -> None:
    """Take away what was copied, and the folders that were made for it."""
    with suppress(OSError):
        for name in names:
            (folder / name).unlink(missing_ok=True)
        for one in made:
            one.rmdir()


def _copy(objects: Objects, sha256: str, target: Path) -> Path:
    from storage.evidence.disk import BLOCK, Digests

    found = Digests(fast=True)
    with replacing(target, force=False) as temporary, objects.open(sha256) as source, temporary.open("wb") as file:
        while block := source.read(BLOCK):
            found.update(block)
            file.write(block)
        if found.sha256 != sha256:
            raise WangdunError(f"{target.name} 与清单的哈希不符，没有复制；请运行 wangdun evidence verify")
    return target


def _make_empty(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(f"文件夹 {folder} 不是空的，请换一个新文件夹")
    except OSError as error:
        raise UsageError(f"建不了文件夹 {folder}：{why(error)}") from error


def write_chain(links: Iterable[CustodyEntry], target: Path, *, force: bool) -> int:
    """Write links as JSONL, one a line; how many. Raises UsageError."""
    count = 0
    with replacing(target, force=force) as temporary, temporary.open("w", encoding="utf-8") as file:
        for link in links:
            file.write(json.dumps(link_facts(link), ensure_ascii=False, sort_keys=True) + "\n")
            count += 1
    return count
