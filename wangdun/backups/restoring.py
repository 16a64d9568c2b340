"""Puts a backup back into a folder, and looks at what has become of it before it says done."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from sqlalchemy import make_url

from storage.config import StorageConfig
from storage.database import Database
from storage.evidence import chain, custody, naming
from storage.evidence.objects import Objects
from storage.operation import records
from wangdun import locks
from wangdun.backups import database, reading, writing
from wangdun.backups.contents import restored
from wangdun.backups.exceptions import BackupError, BrokenBackup, speaking_of
from wangdun.backups.manifest import CONFIG, DATABASE_FILES, Manifest, Setting
from wangdun.exceptions import WangdunError
from wangdun.words import why
from wangdun.yaml_edit import NotEditable, with_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

UNFINISHED = ".restore-"
READ_ONLY = 0o444  # as the evidence store keeps its files
LAST = CONFIG  # without it no program starts in a folder that is only half there


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored."""

    folder: Path
    manifest: Manifest
    remarks: tuple[str, ...]
    """For people: what is not as it should be, or left for them to do."""
    aside: Path | None
    """Where what was in the way lies now; None where nothing was."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How to restore."""

    folder: Path
    force: bool = False
    """Restore into a folder that is not empty: what has the same name is moved aside."""
    url: str | None = None
    """Address of the empty PostgreSQL database that is to be filled."""
    actor: str = ""


def restore(place: Path, wish: Wish, now: datetime, tell: Callable[[str], None]) -> Restored:
    """Read the backup at `place`, check everything, put it into the folder.

    Raises:
        BrokenBackup: it is not what its manifest says. The folder is as it was.
        BackupError: the folder is not empty, or cannot be written; a database that is to be filled is not there.
        StorageError: the restored database cannot be opened.
    """
    source = reading.find(place.resolve())
    folder = wish.folder.resolve()
    _refuse_occupied(folder, force=wish.force)
    with speaking_of("没有恢复成", folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in folder.glob(f"{UNFINISHED}*"):  # of a restore that was killed
            shutil.rmtree(left, ignore_errors=True)
        staging = folder / f"{UNFINISHED}{os.getpid()}-{secrets.token_hex(4)}"
        try:
            staging.mkdir(mode=0o700)
            tell("读出并核对备份")
            manifest = reading.read(source, lambda name, file: _take(staging, name, file))
            remarks = [*manifest.remarks, *_adapt(staging / CONFIG, manifest, wish.url)]
            tell("核对恢复出来的数据库和证据")
            remarks += _settle(staging, manifest, wish, now)
            aside = _move(staging, folder, now)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return Restored(folder, manifest, tuple(remarks), aside)


def _refuse_occupied(folder: Path, *, force: bool) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise BackupError(f"{folder} 不是文件夹")
    try:
        occupied = any(not path.name.startswith(UNFINISHED) for path in folder.iterdir())
    except OSError as error:
        raise BackupError(f"{folder}：{why(error)}") from error
    if occupied and not force:
        raise BackupError(f"{folder} 不是空文件夹；确要恢复到这里，请加 --force（原有的同名文件会移到旁边，不删除）")
    pid = locks.holder(locks.scheduler_lock_file(folder / "data"))
    if pid is not None:
        raise BackupError(f"这个文件夹的定时采集正在运行（进程号 {pid}），请先停止它和研判台")


def _take(staging: Path, name: str, file: BinaryIO) -> tuple[int, str]:
    if name.startswith("objects/"):
        return writing.copy(file, staging / "data" / "evidence" / name, mode=READ_ONLY)
    return writing.copy(file, staging / restored(name))


def _adapt(path: Path, manifest: Manifest, url: str | None) -> list[str]:
    """Let the configuration name files where they lie now; what could not be changed, in words."""
    settings = list(manifest.settings)
    if url is not None and manifest.database == "postgresql":
        shown = database.without_password(make_url(url))
        settings.append(Setting(place=("storage",), key="url", value=f'"{shown}"'))
    text = path.read_text(encoding="utf-8-sig")
    left: list[str] = []
    for one in settings:
        try:
            text = with_settings(text, one.place, {one.key: one.value}, after="")
        except NotEditable:
            key = ".".join((*one.place, one.key))
            left.append(f"请在 config.yaml 中把 {key} 改为 {one.value or '空（删去这一行）'}")
    path.write_text(text, encoding="utf-8")
    return left


def _settle(staging: Path, manifest: Manifest, wish: Wish, now: datetime) -> list[str]:
    """Open what was restored, compare it with the manifest, note the restore; what people should know."""
    config = StorageConfig(data_dir=staging / "data")
    if manifest.database == "sqlite":
        database.check_sqlite(config.database_file)
        db = Database.open(config.database_file)
    else:
        db = _fill(staging, manifest, wish.url)
    try:
        return _compare(db, Objects.of(config), manifest, wish.actor, now)
    finally:
        db.close()


def _fill(staging: Path, manifest: Manifest, url: str | None) -> Database:
    if url is None:
        raise BackupError(
            "这个备份里是 PostgreSQL 数据库：请新建一个空数据库，把完整地址放进环境变量 WANGDUN_DATABASE_URL 再恢复"
        )
    dump = staging / DATABASE_FILES[manifest.database]
    database.refuse_filled(url)
    database.load_dump(dump, make_url(url))
    dump.unlink()
    dump.parent.rmdir()
    return Database.open(url)


def _compare(db: Database, objects: Objects, manifest: Manifest, actor: str, now: datetime) -> list[str]:
    if manifest.head_number is not None and custody.hash_of(db, manifest.head_number) != manifest.head_hash:
        raise BrokenBackup("恢复出来的保管链与备份清单所记的链头不符")
    remarks = [str(fault) for fault in chain.read(db, objects.folder).faults[:3]]  # the rest is for `evidence verify`
    if missing := len(set(naming.missing(db, objects))):
        remarks.append(f"{missing} 个证据文件不见了，请运行 wangdun evidence verify 核验")
    detail = {"made_at": manifest.made_at.isoformat(), "head": manifest.head_number, "objects": manifest.objects}
    custody.note(db, at=now, actor=actor, action="restored", detail=detail)
    records.note(db, "restore", ok=True, actor=actor, detail=detail, now=now)
    return remarks


def _move(staging: Path, folder: Path, now: datetime) -> Path | None:
    """Give everything its place, the configuration last; what is in the way goes aside."""
    names = sorted((path.name for path in staging.iterdir()), key=lambda name: (name == LAST, name))
    aside = folder / f"before-{now:%Y%m%dT%H%M%SZ}"
    for name in names:
        if (folder / name).exists():
            if (aside / name).exists():
                raise WangdunError(f"{aside} 已经存在，请稍后再试")
            aside.mkdir(mode=0o700, exist_ok=True)
            (folder / name).rename(aside / name)
    for name in names:
        (staging / name).rename(folder / name)
    writing.sync_folder(folder)
    return aside if aside.exists() else None
