"""Doctor: is this installation fit to watch? Each question answered in plain words, with what to do."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from keywords.exceptions import KeywordsError
from storage.exceptions import StorageError
from wangdun import locks
from wangdun.exceptions import ConfigError
from wangdun.output import one_line
from wangdun.words import RUN_STATUS, said, why

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from storage.database import Database
    from wangdun.config import Config
    from wangdun.planning import Planned

Level: TypeAlias = Literal["ok", "warning", "error"]
OLDEST_PYTHON = (3, 11)
LITTLE_SPACE = 2 << 30  # bytes: a busy site's year of text
NO_SPACE = 200 << 20  # bytes: SQLite needs room for its log and its journal
BUILT = datetime(2026, 1, 1, tzinfo=UTC)  # this program did not exist before: an earlier clock is wrong
SET_BACK = timedelta(minutes=10)  # a run "in the future" by more than this means that the clock was moved
SILENT = timedelta(minutes=30)  # a run tells of itself every few seconds
NETWORK_DISKS = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs")
SAMPLE = "出售象牙手镯，诚心要的加微信"


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer."""

    name: str
    level: Level
    found: str
    advice: str = ""


def examine(config_path: Path, load: Callable[[], Config], now: datetime) -> Iterator[Check]:
    """All questions, in the order in which a fault should be looked for."""
    from wangdun.doctor_distributed import check_distributed
    from wangdun.doctor_evidence import check_evidence, check_queue
    from wangdun.doctor_operation import check_operation
    from wangdun.doctor_shared import check_shared

    yield check_python()
    try:
        config = load()
    except ConfigError as error:
        yield Check("配置", "error", str(error), "按提示改正 config.yaml，再运行 wangdun check")
        return
    yield Check("配置", "ok", f"{config_path}，{len(config.crawler.sites)} 个站点")
    yield check_contact(config)
    yield from check_data_dir(config)
    yield check_lexicon(config)
    yield from check_evidence(config)
    if config.wangdun.runtime == "embedded":
        yield check_scheduler(config)
    yield from check_shared(config)
    try:
        from storage.database import Database

        if denied := _denied(config):
            yield denied
            return
        db = Database.open(config.storage)
    except StorageError as error:
        yield Check("数据库", "error", str(error), "检查数据文件夹的权限和剩余空间，或数据库地址")
        return
    try:
        yield Check("数据库", "ok", f"可用，表结构为最新：{db.place}")
        yield from check_distributed(config, db)
        yield check_queue(db)
        yield from check_operation(config, db, now)
        yield from check_runs(config, db, now)
    except StorageError as error:
        yield Check("数据库", "error", str(error), "数据库可能已损坏，请从备份恢复")
    finally:
        db.close()


def _denied(config: Config) -> Check | None:
    """SQLite says only that it cannot open a file; whose it is, is what has to be put right."""
    file = config.storage.database_file
    if config.storage.given_url or not file.exists() or os.access(file, os.R_OK | os.W_OK):
        return None
    advice = "改正该文件的所有者或权限（可读、可写），或用拥有它的用户运行"
    return Check("数据库", "error", f"没有权限读写数据库文件：{file}", advice)


def check_python() -> Check:
    """Is the interpreter new enough?"""
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        return Check("Python", "error", version, "需要 Python 3.11 或更新")
    return Check("Python", "ok", version)


def check_contact(config: Config) -> Check:
    """Can a watched site reach us?"""
    if config.crawler.contact.strip():
        return Check("联系方式", "ok", config.crawler.contact)
    return Check("联系方式", "warning", "没有填写", "在 crawler.contact 写明电话、邮箱或网址，采集外部站点前必须填写")


def check_data_dir(config: Config) -> Iterator[Check]:
    """Is there a place to write, with room, on a local disk?"""
    folder = config.storage.data_dir
    problem = writing_problem(folder)
    if problem:
        yield Check("数据文件夹", "error", f"{folder}：{problem}", "检查 storage.data_dir 的路径和权限")
        return
    yield Check("数据文件夹", "ok", f"{folder} 可写")
    free = shutil.disk_usage(existing(folder)).free
    level: Level = "error" if free < NO_SPACE else "warning" if free < LITTLE_SPACE else "ok"
    yield Check("剩余空间", level, f"{free / (1 << 30):.1f} GB", "" if level == "ok" else "清理磁盘或换到更大的磁盘")
    kind = _disk_kind(folder)
    if kind in NETWORK_DISKS and not config.storage.given_url:
        yield Check("磁盘类型", "error", f"网络磁盘（{kind}）", "SQLite 数据库不能放在网络磁盘上，请换到本机磁盘")


def writing_problem(folder: Path) -> str | None:
    """Why nothing can be written into `folder` (or made where it shall be); None when it can."""
    place = existing(folder)
    if not place.is_dir():
        return f"{place} 不是文件夹"
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"x")
    except OSError as error:
        return why(error)
    return None


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))


def _disk_kind(folder: Path) -> str:
    """File system of `folder`, e.g. ``ext4``; empty where the system does not tell."""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    mounts = [(parts[1], parts[2]) for line in lines if len(parts := line.split()) > 2]
    place = str(existing(folder).resolve())
    inside = [(point, kind) for point, kind in mounts if os.path.commonpath([point, place]) == point]
    return max(inside, key=lambda mount: len(mount[0]), default=("", ""))[1]


def check_lexicon(config: Config) -> Check:
    """Does the lexicon load and find what it must?"""
    from importlib.metadata import version

    from keywords.detector import Detector

    try:
        detector = Detector.load(config.keywords)
    except KeywordsError as error:
        return Check("词库", "error", str(error), "改正词库文件，或去掉 keywords.overlay 中的该文件")
    if not detector.detect(SAMPLE).hits:
        return Check("词库", "error", f"版本 {detector.version}，但认不出样例“{SAMPLE}”", "词库不完整，请重新安装")
    return Check("词库", "ok", f"版本 {detector.version}，jieba {version('jieba')}")


def check_scheduler(config: Config) -> Check:
    """Does somebody start the runs?"""
    pid = locks.holder(locks.scheduler_lock_file(config.storage.data_dir))
    if pid is not None:
        return Check("定时采集", "ok", f"正在运行（进程号 {pid}）")
    if any(site.enabled and (site.every or site.cron) for site in config.crawler.sites):
        return Check("定时采集", "warning", "没有运行", "用 wangdun schedule 启动，或按 docs/schedule.md 装成系统服务")
    return Check("定时采集", "ok", "没有运行，也没有设定时的站点")


def check_runs(config: Config, db: Database, now: datetime) -> Iterator[Check]:
    """Is the clock right, and how did each site's last run end?"""
    from wangdun import planning

    planned = planning.plan(config, db, planning.register(config, db, now), now)
    yield check_clock([one.last.started_at for one in planned if one.last], now)
    yield from check_left_over(config, db, planned, now)
    for one in planned:
        if one.site.enabled:
            yield check_site(one)


def check_clock(started: list[datetime], now: datetime) -> Check:
    """Is the time of day plausible?"""
    shown = now.strftime("%Y-%m-%d %H:%M UTC")
    if now < BUILT:
        return Check("系统时钟", "error", shown, "时间明显不对，请校时（NTP）")
    if any(moment > now + SET_BACK for moment in started):
        return Check("系统时钟", "warning", f"{shown}，早于已有的采集记录", "时钟被调回过，请校时（NTP）")
    return Check("系统时钟", "ok", shown)


def check_left_over(config: Config, db: Database, planned: list[Planned], now: datetime) -> Iterator[Check]:
    """Are there runs that nobody works on, or workers that say nothing?"""
    from wangdun.planning import busy

    data_dir = config.storage.data_dir
    crawled = busy(config, db, [one.site.name for one in planned])
    for one in planned:
        if one.last is None or one.last.status != "running":
            continue
        pid = locks.holder(locks.site_lock_file(data_dir, one.site.name))
        name = f"站点 {one.site.name}"
        if one.site.name not in crawled:
            yield Check(name, "warning", "上次采集没有正常结束（进程被终止或断电）", "不必处理，下次采集会自动接上")
        elif pid == one.last.pid and now - one.last.beat_at > SILENT:  # another's next run may be waiting for its host
            yield Check(name, "warning", f"正在采集，但很久没有动静（进程号 {pid}）", f"可结束该进程：kill -INT {pid}")


def check_site(one: Planned) -> Check:
    """How did the site's last run end?"""
    name = f"站点 {one.site.name}"
    if one.last is None:
        return Check(name, "warning", "从未采集", f"试采集一次：wangdun crawl {one.site.name}")
    seen = one.last.tally.listings
    found = f"{said(RUN_STATUS, one.last.status)}，见到 {seen} 条信息，错误 {one.last.tally.errors} 个"
    found += f"：{one_line(one.last.reason, 200)}" if one.last.reason else ""
    if one.last.status == "failed":
        return Check(
            name, "error", found, f"打开起始页看网站是否改版、要求登录，再试读：wangdun site check {one.site.name}"
        )
    if one.last.status in {"partial", "killed", "interrupted"}:
        return Check(name, "warning", found, "下次采集会接着读；经常如此请查看日志")
    return Check(name, "ok", found)
