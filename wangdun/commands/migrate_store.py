"""``wangdun migrate-store``: from SQLite to PostgreSQL, when one machine is not enough."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.commands.leads import opened
from wangdun.exceptions import UsageError
from wangdun.output import note, print_json, print_line
from wangdun.progress import EVERY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TARGET_VARIABLE = "WANGDUN_TARGET_URL"
SEEN = (
    "注意：--to 的地址里写了密码，本机的其他用户从进程列表、命令历史里都看得到；转移照常进行。"
    f"以后请把完整地址放进环境变量 {TARGET_VARIABLE}（不写 --to），或把密码放进 ~/.pgpass（地址里不写），并考虑更换这个密码"
)
NEXT = """接着：
1. 把 config.yaml 的 storage.url 改为新数据库的地址；地址里有密码的，放进环境变量 WANGDUN_DATABASE_URL；
2. wangdun doctor 检查，wangdun evidence verify 核验证据和保管链；
3. 原来的 SQLite 文件没有改动，核验无误后留作备份；证据文件夹不必移动。"""


@click.command("migrate-store", cls=Command)
@click.option(
    "--to",
    "url",
    metavar="地址",
    help=f"空的 PostgreSQL 数据库；含密码的地址放进环境变量 {TARGET_VARIABLE}，不写在这里",
)
@json_option
@click.pass_obj
def command(invocation: Invocation, *, url: str | None, as_json: bool) -> None:
    """把全部数据从 SQLite 转到 PostgreSQL：全部到达并核对行数才算完成，中途停下则目标不变，原文件不变。

    转移期间不能写入原数据库：先停下定时采集和研判台。
    """
    from storage import moving
    from storage.database import Database

    config = invocation.load()
    where = url or os.environ.get(TARGET_VARIABLE)
    if not where:
        raise UsageError(
            f"请用 --to 写明目标数据库，如 postgresql://wangdun@127.0.0.1/wangdun，或设置环境变量 {TARGET_VARIABLE}"
        )
    if url and _holds_password(url):
        note(SEEN)
    began = time.monotonic()
    with opened(config) as source:
        target = Database.open(where, tell=note)
        try:
            with _telling(quiet=as_json) as tell:
                moved = moving.move(source, target, tell)
        finally:
            target.close()
    if as_json:
        print_json({"rows": moved.rows, "target": target.place})
        return
    print_line(
        f"已转移 {len(moved.rows)} 张表共 {moved.total:,} 行，用时 {time.monotonic() - began:.0f} 秒：{target.place}"
    )
    print_line(NEXT)


def _holds_password(url: str) -> bool:
    """Whether an address tells a password; one that is written wrongly is refused elsewhere."""
    from urllib.parse import parse_qs, urlsplit

    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.password or parse_qs(parts.query).get("password"))


@contextmanager
def _telling(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Say how far it is: a bar for each table on a terminal, else a line now and then."""
    if quiet or not sys.stderr.isatty():
        yield _Lines(quiet=quiet)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<20}"), BarColumn(bar_width=30), MofNCompleteColumn())
    screen = Console(stderr=True, markup=False, emoji=False, highlight=False)
    with Progress(*columns, TextColumn("行 · 剩"), TimeRemainingColumn(), console=screen) as progress:
        tasks = {}

        def tell(table: str, done: int, total: int) -> None:
            if table not in tasks:
                tasks[table] = progress.add_task(table, total=total)
            progress.update(tasks[table], completed=done)

        yield tell


class _Lines:
    """For logs."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.said = time.monotonic()

    def __call__(self, table: str, done: int, total: int) -> None:
        now = time.monotonic()
        if not self.quiet and now - self.said >= EVERY:
            self.said = now
            note(f"{table}：{done:,}/{total:,} 行")
