"""How far it is: a bar with rate and remaining time on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wangdun.output import note
from wangdun.progress import EVERY
from wangdun.rescan_view import span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress, TaskID


class View:
    """Shows how much of a whole is done, in units of which `rate_unit` are counted beside."""

    def __init__(self, verb: str, unit: str, rate_unit: str = "", *, every: float = EVERY, quiet: bool = False) -> None:
        """`verb`: 归档; `unit`: 条; `rate_unit`: what the rate counts where that is something else."""
        self._verb, self._unit, self._rate_unit = verb, unit, rate_unit or unit
        self._every, self._quiet = every, quiet
        self._first = self._shown = 0.0
        self._began = time.monotonic()
        self._bar: tuple[Progress, TaskID] | None = None

    @contextmanager
    def of(self, done: float = 0) -> Iterator[None]:
        """Show while the block runs; `done` of it was done earlier."""
        self._first = done
        self._began = self._shown = time.monotonic()
        if self._quiet or not sys.stderr.isatty():
            yield
            return
        with _bar(self._unit) as progress:
            self._bar = (progress, progress.add_task(self._verb, total=None, completed=int(done), said=""))
            yield
        self._bar = None

    def show(self, done: float, total: float, counted: int | None = None, said: str = "") -> None:
        """`done` of `total` units; `counted` of what the rate counts; `said` stands behind it."""
        now = time.monotonic()
        spent = max(now - self._began, 1e-9)  # 1e-9: two readings of the clock may be equal
        rate = (done - self._first if counted is None else counted) / spent
        more = f"{rate:,.0f} {self._rate_unit}/秒{said}"
        if self._bar is not None:
            progress, task = self._bar
            progress.update(task, completed=done, total=max(total, done, 1), said=more)
        elif not self._quiet and now - self._shown >= self._every:
            self._shown = now
            left = (total - done) * spent / max(done - self._first, 1e-9)
            note(f"{self._verb} {done:,.0f}/{total:,.0f} {self._unit}，{more}，约剩 {span(left)}")


def _bar(unit: str) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn(unit + " · {task.fields[said]} · 剩"),
        TimeRemainingColumn(),
        console=Console(stderr=True, markup=False, emoji=False, highlight=False),
    )
