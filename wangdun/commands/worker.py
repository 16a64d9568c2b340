"""``wangdun worker``: take jobs, on any number of machines."""

from __future__ import annotations

import click

from wangdun.cli import Command, Invocation
from wangdun.exceptions import UsageError

LONGEST = 64  # characters of a name: it is shown in tables
HINT = "runtime 是 embedded：请用 wangdun schedule；要用多台机器，先看 docs/distributed.md，再把 wangdun.runtime 改为 distributed"


@click.command(cls=Command)
@click.option(
    "--concurrency", type=click.IntRange(1, 64), metavar="数", help="同时采集的站点数，默认为 concurrent_sites"
)
@click.option("--name", metavar="名称", help="这个工作进程的名称，默认为机器名；各不相同")
@click.pass_obj
def command(invocation: Invocation, *, concurrency: int | None, name: str | None) -> int:
    """多台机器一起采集：从任务队列取任务做，每台机器启动一个（Ctrl-C 或 SIGTERM 停止）。"""
    config = invocation.load()
    if config.wangdun.runtime != "distributed":
        raise UsageError(HINT)
    if name is not None and not (0 < len(name) <= LONGEST and name.isprintable() and name.strip() == name):
        raise UsageError(f"名称应为 1 至 {LONGEST} 个可显示的字")
    from wangdun import logs
    from wangdun.distributed import working

    logs.start(config, "worker")
    return working.serve(config, places=concurrency or config.wangdun.concurrent_sites, name=name)
