"""Progress: bars on the terminal while sites are crawled."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

from wangdun.output import one_line

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress, TaskID


class Display:
    """One bar a site: pages read of pages known so far, listings, leads."""

    def __init__(self, *, enabled: bool) -> None:
        self._progress = _bars() if enabled else None
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def tell(self, message: dict[str, Any]) -> None:
        """Show what a worker says of itself."""
        if self._progress is None or message.get("type") != "progress":
            return
        name = str(message["site"])
        with self._lock:
            if name not in self._tasks:
                self._tasks[name] = self._progress.add_task(one_line(name, 24), listings=0, leads=0, total=None)
        lists = message["extra"]["pages_list"]
        self._progress.update(
            self._tasks[name],
            completed=message["pages"],
            total=max(message["asked"] + lists, message["pages"], 1),
            listings=message["listings_new"] + message["listings_changed"] + message["listings_unchanged"],
            leads=message["leads"],
        )


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("页 · 信息 {task.fields[listings]} · 线索 {task.fields[leads]}"),
        TimeElapsedColumn(),
        console=Console(stderr=True, markup=False, emoji=False, highlight=False),
    )
