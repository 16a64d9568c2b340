"""How far a rescan is: a bar with rate and remaining time on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wangdun.output import note
from wangdun.progress import EVERY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.progress import Progress, TaskID

    from storage.revising import Change

QUIET_KINDS = {"below", "reworded"}


class View:
    """Shows progress; without a terminal a line every so many seconds."""

    def __init__(self, *, every: float = EVERY) -> None:
        self._every = every
        self._total = self._first = self._changed = 0
        self._bar: tuple[Progress, TaskID] | None = None

    @contextmanager
    def of(self, total: int, done: int) -> Iterator[None]:
        """Show while the block runs; `done` of `total` listings were done earlier."""
        self._total, self._first, self._changed = total, done, 0
        self._began = self._shown = time.monotonic()
        if not sys.stderr.isatty():
            yield
            return
        with _bar() as progress:
            self._bar = (progress, progress.add_task("复查", total=max(total, 1), completed=done, changed=0, rate=""))
            yield
        self._bar = None

    def show(self, done: int, changes: Sequence[Change]) -> None:
        """Say how many are done and what changed in the last batch."""
        self._changed += sum(change.kind not in QUIET_KINDS for change in changes)
        now = time.monotonic()
        rate = (done - self._first) / max(now - self._began, 1e-9)  # 1e-9: two readings of the clock may be equal
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=done, changed=self._changed, rate=f"{rate:,.0f}")
        elif now - self._shown >= self._every:
            self._shown = now
            left = (self._total - done) / max(rate, 1e-9)
            note(
                f"已复查 {done:,}/{self._total:,} 条，{rate:,.0f} 条/秒，约剩 {span(left)}，线索变化 {self._changed:,} 条"
            )


def span(seconds: float) -> str:
    """``约剩 3 分钟``: as exact as an estimate is."""
    if seconds < 90:
        return f"{max(seconds, 0):.0f} 秒"
    return f"{seconds / 60:.0f} 分钟" if seconds < 5400 else f"{seconds / 3600:.1f} 小时"


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("条 · {task.fields[rate]} 条/秒 · 线索变化 {task.fields[changed]} · 剩"),
        TimeRemainingColumn(),
        console=Console(stderr=True, markup=False, emoji=False, highlight=False),
    )
