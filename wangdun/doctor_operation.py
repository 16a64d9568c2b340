"""Doctor's questions about operation: is there a fresh backup, do messages arrive?"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from storage.operation import notices, records
from wangdun import disk
from wangdun.doctor import Check
from wangdun.output import one_line
from wangdun.planning import span_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from storage.database import Database
    from wangdun.config import Config

FIX = "运行 wangdun backup 并看提示；按 docs/operation.md 设为每天自动备份"
BEGIN = (
    "先备份一次：wangdun backup -o 文件夹（最好在另一块磁盘上）；"
    "再把该文件夹填入 wangdun.backup.folder，按 docs/operation.md 设为每天自动备份"
)


def check_operation(config: Config, db: Database, now: datetime) -> Iterator[Check]:
    """Both. Raises StorageError."""
    yield check_backup(config, db, now)
    if disk.free_bytes(config) < disk.needed_bytes(config):
        need = disk.needed_bytes(config) >> 20
        yield Check("磁盘守护", "error", f"剩余不到 {need} MB，采集已暂停", "清理磁盘，有空间后自动继续")
    if config.wangdun.notify:
        yield check_notices(config, db, now)


def check_backup(config: Config, db: Database, now: datetime) -> Check:
    """How old is the newest good backup?"""
    good, last = records.last(db, "backup", ok=True), records.last(db, "backup")
    if last is not None and not last.ok:
        return Check("备份", "error", f"最近一次失败：{one_line(str(last.detail.get('why', '')), 200)}", FIX)
    if good is None:
        if config.wangdun.backup.folder:
            return Check("备份", "warning", "从未备份", FIX)
        return Check("备份", "warning", "没有设置备份文件夹（wangdun.backup.folder），也从未备份", BEGIN)
    age = f"最近一次成功在 {span_text(now - good.at)} 前：{good.detail.get('place', '')}"
    if now - good.at > config.wangdun.backup.warn_after:
        return Check("备份", "warning", age, FIX)
    return Check("备份", "ok", age)


def check_notices(config: Config, db: Database, now: datetime) -> Check:
    """Do messages to people arrive?"""
    names = [name for target in config.wangdun.notify for name in (target.password_env, target.secret_env) if name]
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        return Check(
            "通知", "warning", f"环境变量没有设置：{'、'.join(missing)}", "在运行定时采集的环境里设置（secrets.env）"
        )
    waiting, oldest, lost = notices.standing(db, [target.name for target in config.wangdun.notify])
    if lost or (oldest and (now - oldest).total_seconds() > 3600):  # an hour: three attempts were in vain
        found = f"{waiting} 项等待送出，{lost} 项没有送达"
        return Check("通知", "warning", found, "用 wangdun notify --test 试发，看哪个接收方不通")
    return Check("通知", "ok", f"{len(config.wangdun.notify)} 个接收方")
