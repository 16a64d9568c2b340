"""Takes old backups out of a folder, and evidence files that only they spoke of."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from wangdun.backups import manifest as manifests
from wangdun.backups import reading
from wangdun.backups.exceptions import BrokenBackup, speaking_of
from wangdun.backups.manifest import MANIFEST, NAME, OBJECTS, SEAL


@dataclass(frozen=True, slots=True)
class Thinned:
    """What went."""

    backups: tuple[str, ...] = ()
    files: int = 0
    size: int = 0


def thin(folder: Path, keep: int, *, dry_run: bool = False) -> Thinned:
    """Keep the newest `keep` backups. Call it after a good new one, and only while no backup is being made.

    An evidence file goes when no remaining backup lists it. Where a remaining list cannot be read, none goes.

    Raises:
        BackupError: the folder cannot be read or written.
    """
    known = reading.points(folder)
    going = known[:-keep] if keep > 0 else []
    if not going:
        return Thinned()
    with speaking_of("清理旧备份时出错", folder):
        wanted = _wanted(known[-keep:])
        if not dry_run:
            for point in going:
                (point / MANIFEST).rename(point / f"{MANIFEST}.removed")  # from here on it is no backup any more
                shutil.rmtree(point)
        files, size = (0, 0) if wanted is None else _drop(folder / "objects", wanted, dry_run=dry_run)
    return Thinned(tuple(point.name for point in going), files, size)


def _wanted(points: list[Path]) -> set[str] | None:
    wanted: set[str] = set()
    try:
        for point in points:
            manifests.read((point / MANIFEST).read_bytes(), (point / SEAL).read_bytes())
            with (point / OBJECTS).open(encoding="ascii") as lines:
                wanted |= {sha256 for sha256, _size in manifests.read_objects(lines)}
    except (BrokenBackup, ValueError):
        return None
    return wanted


def _drop(objects: Path, wanted: set[str], *, dry_run: bool) -> tuple[int, int]:
    files = size = 0
    for below, _folders, names in os.walk(objects):
        for name in names:
            path = Path(below) / name
            if not NAME.fullmatch(path.relative_to(objects.parent).as_posix()) or name in wanted:
                continue
            files, size = files + 1, size + path.stat().st_size
            if not dry_run:
                path.unlink()
    return files, size
