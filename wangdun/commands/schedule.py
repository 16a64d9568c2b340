"""``wangdun schedule``: the long-running scheduler, and questions to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from wangdun.cli import Group, Invocation, json_option, known_site
from wangdun.exceptions import UsageError
from wangdun.output import local_time, note, print_json, print_line, print_table
from wangdun.words import RUN_STATUS, said

if TYPE_CHECKING:
    from storage.database import Database
    from wangdun.config import Config
    from wangdun.planning import Planned


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> int:
    """按设置的间隔长期定时采集（Ctrl-C 或 SIGTERM 停止，SIGHUP 重新读取设置）。"""
    if ctx.invoked_subcommand is not None:
        return 0
    from wangdun import logs, schedule

    config: Config = ctx.obj.load()
    if config.wangdun.runtime == "distributed":
        raise UsageError("runtime 是 distributed：请在每台机器上用 wangdun worker，到时间的站点由它们采集")
    logs.start(config, "schedule")
    return schedule.serve(config)


@command.command("list")
@json_option
@click.pass_obj
def list_(invocation: Invocation, *, as_json: bool) -> None:
    """每个站点上次、下次采集的时间。"""
    from storage.database import Database
    from wangdun import planning

    config = invocation.load()
    now = datetime.now(UTC)
    db = Database.open(config.storage, tell=note)
    try:
        planned = planning.plan(config, db, planning.register(config, db, now), now)
        starter = _starter(config, db)
    finally:
        db.close()
    if as_json:
        print_json(starter.facts | {"sites": [_facts(one) for one in planned]})
        return
    zone = ZoneInfo(config.wangdun.timezone)
    columns = ("站点", "上次开始", "结果", "下次采集", "复查线索", "方式")
    print_table(columns, [_row(one, now, zone) for one in planned])
    print_line(starter.said)


@dataclass(frozen=True, slots=True)
class Starter:
    """Who starts the runs, if anybody."""

    there: bool
    said: str
    facts: dict[str, Any]


def _starter(config: Config, db: Database) -> Starter:
    from wangdun import locks

    if config.wangdun.runtime == "distributed":
        from wangdun.distributed import figures

        queue = figures.look(db)
        names = [one.name for one in queue.alive(config)] if queue else []
        said = (
            f"{len(names)} 个工作进程在运行：{'、'.join(names)}"
            if names
            else "没有工作进程在运行：用 wangdun worker 启动"
        )
        return Starter(bool(names), said, {"scheduler_pid": None, "workers": names})
    pid = locks.holder(locks.scheduler_lock_file(config.storage.data_dir))
    said = f"定时采集正在运行（进程号 {pid}）" if pid is not None else "定时采集没有运行：用 wangdun schedule 启动"
    return Starter(pid is not None, said, {"scheduler_pid": pid})


def _row(one: Planned, now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    from wangdun.planning import how_text

    following = "已到时间" if one.due(now) else local_time(one.next, zone)
    status = said(RUN_STATUS, one.last.status) if one.last else "从未采集"
    return (
        one.site.name,
        local_time(one.last.started_at if one.last else None, zone),
        status,
        following,
        "已到时间"
        if one.watch_due(now)
        else local_time(one.watch, zone)
        if one.watch
        else "随采集"
        if one.next
        else "—",
        how_text(one.site),
    )


def _facts(one: Planned) -> dict[str, Any]:
    from wangdun.planning import how_text

    return {
        "site": one.site.name,
        "enabled": one.site.enabled,
        "how": how_text(one.site),
        "last_started": one.last.started_at.isoformat() if one.last else None,
        "last_status": one.last.status if one.last else None,
        "next": one.next.isoformat() if one.next else None,
        "next_watch": one.watch.isoformat() if one.watch else None,
    }


@command.command("now")
@click.argument("name", metavar="站点")
@json_option
@click.pass_obj
def now_(invocation: Invocation, name: str, *, as_json: bool) -> int:
    """请正在运行的定时采集马上采集一个站点。"""
    from storage import runs
    from storage.database import Database

    config = invocation.load()
    known_site(config, name)
    now = datetime.now(UTC)
    db = Database.open(config.storage, tell=note)
    try:
        starter = _starter(config, db)
        if not starter.there:
            what = starter.said.partition("：")[0]
            note(f"错误：{what}，没有人会执行这个请求；可以直接采集：wangdun crawl {name}")
            return 1
        runs.request_now(db, name, now)
    finally:
        db.close()
    if as_json:
        print_json({"site": name, "requested_at": now.isoformat()})
    else:
        print_line(f"已请求采集站点 {name}，有空闲名额时立即开始")
    return 0
