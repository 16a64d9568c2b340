"""Makes backups: into a folder, where evidence that is there already is not copied again, or into one file."""

from __future__ import annotations

import os
import secrets
import shutil
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from storage.evidence.objects import Objects
from storage.exceptions import EvidenceError
from wangdun import locks
from wangdun.backups import drafting, reading, writing
from wangdun.backups.exceptions import BackupError, BrokenBackup, speaking_of
from wangdun.backups.manifest import MANIFEST, SEAL, Manifest, object_name
from wangdun.backups.thinning import Thinned, thin
from wangdun.exceptions import UsageError
from wangdun.words import why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from storage.database import Database
    from wangdun.backups.drafting import Draft
    from wangdun.config import Config

UNFINISHED = ".part-"
ROOM = 64 << 20  # bytes beside the copies: a journal, a manifest of a hundred thousand files
READ_ONLY = 0o444


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made and read back."""

    place: Path
    manifest: Manifest
    copied: int
    """Evidence files written; in a folder those that it did not have."""
    copied_bytes: int
    thinned: Thinned = field(default_factory=Thinned)


def to_folder(  # noqa: PLR0913 -- one fact each
    config: Config,
    db: Database,
    folder: Path,
    now: datetime,
    tell: Callable[[str], None],
    *,
    thorough: bool = False,
    keep: int = 0,
) -> Made:
    """Add a backup to a folder of backups, and then keep the newest `keep` of them (0: all).

    `thorough` reads evidence files again that earlier backups wrote.

    Raises:
        Busy: another backup is being made.
        BackupError: it could not be made; there is nothing half-made.
        StorageError: the database cannot be read.
    """
    folder = folder.resolve()
    with _alone(config, folder), speaking_of("备份没有做成", folder):
        _refuse_without_room(config, folder)
        with _unfinished(folder) as staging, _drafted(config, db, staging, now, tell) as draft:
            copied, size, damaged = _copy_evidence(draft, folder, tell, thorough=thorough)
            if damaged:
                draft.leave_out(damaged)
            manifest = draft.finish()
            draft.check(manifest)
            for below, _folders, _files in os.walk(staging):
                writing.sync_folder(Path(below))
            point = _new_point(folder, now)
            staging.rename(point)
        writing.sync_folder(folder)
        thinned = thin(folder, keep)  # while no other backup counts on what is there
    return Made(point, manifest, copied, size, thinned)


def to_tar(  # noqa: PLR0913 -- one fact each
    config: Config, db: Database, file: Path, now: datetime, tell: Callable[[str], None], *, force: bool = False
) -> Made:
    """Make a backup in one file. A file that is there is replaced, with `force`, once the new one has been read back.

    Raises:
        UsageError: the file exists and `force` is off.
        Busy, BackupError, StorageError: as `to_folder`.
    """
    file = file.resolve()
    if file.exists() and not force:
        raise UsageError(f"{file} 已存在；要覆盖请加 --force")
    with _alone(config, file.parent), speaking_of("备份没有做成", file):
        _refuse_without_room(config, file.parent, tar=True)
        with _unfinished(file.parent) as staging, _drafted(config, db, staging, now, tell) as draft:
            temporary = staging / "backup.tar"
            manifest = _write_tar(draft, temporary, tell)
            tell("核对备份")
            if reading.verify(temporary) != manifest:
                raise BrokenBackup("备份写完后再读，与写入的不符，请检查磁盘")
            temporary.replace(file)
        writing.sync_folder(file.parent)
    return Made(file, manifest, manifest.objects, manifest.object_bytes)


@contextmanager
def _alone(config: Config, folder: Path) -> Iterator[None]:
    data = config.storage.data_dir.resolve()
    if folder.resolve().is_relative_to(data):
        raise UsageError(f"备份不能放在数据文件夹 {data} 里面，最好放在另一块磁盘上")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise BackupError(f"无法建立备份文件夹 {folder}：{why(error)}") from error
    with locks.file_lock(lock_file(config), "已有一个备份正在进行"):
        for left in folder.glob(f"{UNFINISHED}*"):  # of a backup that was killed
            shutil.rmtree(left, ignore_errors=True)
        yield


def lock_file(config: Config) -> Path:
    """Held while a backup is made."""
    return locks.lock_folder(config.storage.data_dir) / "backup.lock"


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    staging = folder / f"{UNFINISHED}{os.getpid()}-{secrets.token_hex(4)}"
    staging.mkdir(mode=0o700)
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)  # under its final name it is not there any more


@contextmanager
def _drafted(
    config: Config, db: Database, staging: Path, now: datetime, tell: Callable[[str], None]
) -> Iterator[Draft]:
    with drafting.drafted(config, db, Objects.of(config.storage), staging, now, tell) as draft:
        yield draft


def _refuse_without_room(config: Config, folder: Path, *, tar: bool = False) -> None:
    """A disk that has no room for the database is not even written to; evidence is counted as it is copied."""
    file = config.storage.database_file
    size = file.stat().st_size if file.exists() and not config.storage.given_url else 0
    needed = size * (2 if tar else 1) + ROOM
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BackupError(
            f"备份磁盘空间不足：{folder} 剩余 {free >> 20} MB，至少需要 {needed >> 20} MB。没有留下半个备份"
        )


def _new_point(folder: Path, now: datetime) -> Path:
    name = f"{now:%Y%m%dT%H%M%SZ}"
    names = (name, *(f"{name}-{number}" for number in range(2, 100)))
    return next(folder / one for one in names if not (folder / one).exists())


def _copy_evidence(
    draft: Draft, folder: Path, tell: Callable[[str], None], *, thorough: bool
) -> tuple[int, int, set[str]]:
    """Files and bytes that were copied, and the names of files that are not what they should be."""
    tell("复制证据文件")
    copied = size = 0
    damaged: set[str] = set()
    for sha256, length in draft.evidence():
        target = folder / object_name(sha256)
        if _is_kept(target, sha256, length, thorough=thorough):
            continue
        if _copy_one(draft, sha256, target):
            copied, size = copied + 1, size + length
        else:
            damaged.add(sha256)
    return copied, size, damaged


def _is_kept(target: Path, sha256: str, length: int, *, thorough: bool) -> bool:
    try:
        if target.lstat().st_size != length:
            return False
        return not thorough or writing.read_again(target)[1] == sha256
    except FileNotFoundError:
        return False


def _copy_one(draft: Draft, sha256: str, target: Path) -> bool:
    """Copy, read back, then give the name; False where the original is damaged. Raises BrokenBackup, OSError."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = draft.folder / f"evidence-{sha256}"
    try:
        with _opened(draft, sha256) as source:
            done = writing.copy(source, temporary, mode=READ_ONLY) if source else (0, "")
        if done[1] != sha256:
            return False
        writing.check(object_name(sha256), writing.read_again(temporary), done)
        temporary.replace(target)
        writing.sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)
    return True


@contextmanager
def _opened(draft: Draft, sha256: str) -> Iterator[BinaryIO | None]:
    """The original; None where it cannot be read."""
    try:
        source = draft.objects.open(sha256)
    except EvidenceError:
        yield None
        return
    with source:
        yield source


def _write_tar(draft: Draft, target: Path, tell: Callable[[str], None]) -> Manifest:
    """Write all; where evidence files turn out to be damaged, once more without them."""
    while True:
        manifest = draft.finish()
        tell("写备份文件")
        damaged = _write_members(draft, manifest, target)
        if not damaged:
            return manifest
        draft.leave_out(damaged)
        for name in (MANIFEST, SEAL):
            (draft.folder / name).unlink()
        target.unlink()


def _write_members(draft: Draft, manifest: Manifest, target: Path) -> set[str]:
    damaged: set[str] = set()
    with target.open("xb") as raw:
        target.chmod(writing.PRIVATE)
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name in (SEAL, MANIFEST, *(part.name for part in manifest.parts)):
                tar.add(draft.folder / name, name, recursive=False)
            for sha256, length in draft.evidence():
                if not _add_object(tar, draft, sha256, length):
                    damaged.add(sha256)
        raw.flush()
        os.fsync(raw.fileno())
    return damaged


def _add_object(tar: tarfile.TarFile, draft: Draft, sha256: str, length: int) -> bool:
    """False where the original is damaged."""
    one = tarfile.TarInfo(object_name(sha256))
    one.size, one.mode, one.mtime = length, READ_ONLY, int(draft.now.timestamp())
    with _opened(draft, sha256) as source:
        if source is None or writing.pour(source) != (length, sha256):
            return False
        source.seek(0)
        tar.addfile(one, source)
    tar.members = []  # type: ignore[attr-defined]  # it would remember all of them: a million evidence files
    return True
