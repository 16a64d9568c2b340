"""``wangdun evidence screens``: have a browser take what the queue asks for."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NoReturn

import click

from wangdun.cli import Command, Invocation, json_option
from wangdun.exceptions import Busy
from wangdun.output import note, one_line, print_json, print_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wangdun.config import Config
    from wangdun.rounds import Done
    from wangdun.screens import Taken

MOST = 100_000  # more than a queue holds


@click.command("screens", cls=Command)
@click.option("--once", is_flag=True, help="截完现在该截的就结束，不等待新的")
@click.option("--limit", type=click.IntRange(1, MOST), metavar="数", help="最多截取多少个网页")
@click.option("--again", is_flag=True, help="先把以前没有截成的重新排队（例如刚装好 Chromium）")
@json_option
@click.pass_obj
def screens(invocation: Invocation, *, once: bool, limit: int | None, again: bool, as_json: bool) -> int:
    """用浏览器截取排队的线索网页（图片、网页存档、文字）并固定，再加盖时间戳。没有盖成时间戳时退出码为 1。"""
    from wangdun import logs, rounds

    config = invocation.load()
    if as_json:
        once = True
    if not once and limit is None:
        note("截取排队的网页，完成后等待新的；按 Ctrl-C 结束。")
    logs.start_quietly(config, "screens")
    if again:
        _queue_again(config)
    with terminable():
        done = rounds.work(config, stay=not once, limit=limit, tell=_silent if as_json else show)
    if as_json:
        print_json(facts(done))
    else:
        report(done)
    return 1 if done.stamps.problem else 0


def _queue_again(config: Config) -> None:
    from storage.evidence import jobs
    from wangdun.commands.leads import opened
    from wangdun.rounds import now

    with opened(config) as db:
        note(f"重新排队 {jobs.again(db, now())} 个")


def _silent(_taken: Taken) -> None:
    """For JSON."""


def show(taken: Taken) -> None:
    """One line a capture."""
    said = taken.shot.missing or "完成"
    title = one_line(taken.shot.title or taken.job.url, 40)
    note(f"截屏 {taken.job.site} {title}：{said}（{taken.seconds:.1f} 秒，还有 {taken.waiting} 个）")


def report(done: Done) -> None:
    """What was done, in a line or two."""
    tally = done.screens
    parts = [f"截屏 {tally.captured} 个"]
    if tally.not_captured:
        parts.append(f"未能截取 {tally.not_captured} 个（原因已随固定记录）")
    if tally.postponed:
        parts.append(f"稍后再试 {tally.postponed} 个")
    if done.waiting:
        parts.append(f"队列中还有 {done.waiting} 个")
    if done.stamps.stamped or done.stamps.head:
        parts.append(f"加盖时间戳 {done.stamps.stamped + done.stamps.head} 个")
    print_line("，".join(parts))
    if done.stamps.problem:
        note(f"没有加盖时间戳：{done.stamps.problem}")


def facts(done: Done) -> dict[str, Any]:
    """JSON-ready."""
    return {"screens": asdict(done.screens), "stamps": asdict(done.stamps), "waiting": done.waiting}


def follow_up(config: Config, *, limit: int | None = None, quiet: bool = False) -> Done | None:
    """What follows a crawl, in the foreground; None where another worker is at it, or the user stopped it.

    Raises StorageError.
    """
    from wangdun import rounds

    try:
        with terminable():
            done = rounds.work(config, limit=limit, tell=_silent if quiet else show)
    except Busy:
        note("截屏由正在运行的截屏程序处理")
        return None
    except KeyboardInterrupt:
        note("截屏已中断，未截的留在队列中：wangdun evidence screens")
        return None
    if not quiet and (done.screens.taken or done.stamps.stamped or done.stamps.problem or done.waiting):
        report(done)
    return done


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM ends the work as Ctrl-C does: what is under way goes back into the queue."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
