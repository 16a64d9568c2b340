"""Doctor's questions where many machines work together: are there workers, do they agree, does the queue move?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wangdun import __version__
from wangdun.distributed import figures
from wangdun.distributed.link import file_hash
from wangdun.doctor import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.database import Database
    from wangdun.config import Config
    from wangdun.distributed.figures import Queue
    from wangdun.distributed.present import Present

START = "在每台机器上用 wangdun worker 启动，或按 docs/distributed.md 装成系统服务"
LONG = 3600.0  # seconds that a job may wait: more, and there are too few places
SHOWN = 5  # names in one line


def check_distributed(config: Config, db: Database) -> Iterator[Check]:
    """All of them; nothing where one machine works alone. Raises StorageError."""
    if config.wangdun.runtime != "distributed":
        return
    queue = figures.look(db)
    if queue is None:
        yield Check("任务队列", "error", "还没有建立", f"第一个工作进程会建立它：{START}")
        return
    yield check_workers(config, queue)
    yield from check_silent(config, queue)
    yield from check_agreement(config, queue.alive(config))
    yield check_queue(queue)


def check_workers(config: Config, queue: Queue) -> Check:
    """Is anybody there?"""
    alive = queue.alive(config)
    if not alive:
        return Check("工作进程", "error", "没有工作进程在运行", START)
    places = sum(one.places for one in alive)
    held_up = [f"{one.name}：{one.note}" for one in alive if one.note]
    found = f"{len(alive)} 个在运行（{_names(alive)}），可同时采集 {places} 个站点"
    if held_up:
        return Check("工作进程", "warning", f"{found}；不能采集：{'；'.join(held_up[:SHOWN])}", "按提示改正那台机器")
    return Check("工作进程", "ok", found)


def check_silent(config: Config, queue: Queue) -> Iterator[Check]:
    """Did workers end without a word? Those that were started again under their name are back."""
    silent = [one for one in queue.workers if not one.is_alive(config.wangdun.stalled_after)]
    if silent:
        found = "、".join(f"{one.name}（{one.silent / 60:.0f} 分钟前）" for one in silent[:SHOWN])
        yield Check(
            "工作进程没有动静", "warning", found, "看那台机器是否开机、联网；它的任务已由别的接着做，一天后不再提示"
        )


def check_agreement(config: Config, alive: list[Present]) -> Iterator[Check]:
    """Do all run the same program with the same settings and lexicon?"""
    own = file_hash(config.path)
    others = [one for one in alive if one.config_hash != own]
    if others:
        yield Check(
            "配置一致",
            "error",
            f"config.yaml 与本机不同：{_names(others)}",
            "把同一份 config.yaml 放到每台机器，会自动重读",
        )
    elif alive:
        yield Check("配置一致", "ok", f"{len(alive)} 个工作进程的 config.yaml 与本机相同")
    if len({one.lexicon_version for one in alive}) > 1:
        shown = "、".join(f"{one.name} {one.lexicon_version[:8]}" for one in alive[:SHOWN])
        yield Check("词库一致", "error", f"词库不同：{shown}", "在每台机器装同一词库，重启工作进程")
    different = [one for one in alive if one.version != __version__]
    if different:
        yield Check(
            "版本一致", "warning", f"软件版本与本机（{__version__}）不同：{_names(different)}", "升级到同一版本"
        )


def check_queue(queue: Queue) -> Check:
    """Does it move?"""
    found = f"等待 {queue.waiting} 个，进行中 {queue.running} 个，一周内失败 {queue.failed} 个"
    if queue.failed:
        return Check("任务队列", "warning", found, "原因见工作进程的日志（logs/worker.log）；到时间会再采集")
    if queue.oldest > LONG:
        return Check(
            "任务队列", "warning", f"{found}，最早的已等 {queue.oldest / 60:.0f} 分钟", "加机器，或加大 --concurrency"
        )
    return Check("任务队列", "ok", found)


def _names(some: list[Present]) -> str:
    more = f" 等 {len(some)} 个" if len(some) > SHOWN else ""
    return "、".join(one.name for one in some[:SHOWN]) + more
