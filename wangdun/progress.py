"""Progress while sites are crawled: bars on a terminal, now and then a line where nobody watches."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

from wangdun.output import note, one_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rich.progress import Progress, TaskID

NAME_WIDTH = 24  # characters: longer site names are cut
EVERY = 10.0  # seconds between two lines of one site in a log


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one site is."""

    site: str
    pages: int
    known: int
    """Pages read and pages still to read, as far as known."""
    listings: int
    leads: int

    @classmethod
    def of(cls, message: dict[str, Any]) -> Self:
        """What a worker said of itself."""
        counts = ("listings_new", "listings_changed", "listings_unchanged", "listings_back", "listings_seen")
        known = message["asked"] + message["extra"]["pages_list"]
        return cls(
            site=one_line(str(message["site"]), NAME_WIDTH),
            pages=message["pages"],
            known=max(known, message["pages"], 1),
            listings=sum(message[name] for name in counts),
            leads=message["leads"],
        )


class _View(Protocol):
    def show(self, standing: Standing) -> None: ...

    def close(self) -> None: ...


class Display:
    """Shows what workers tell, from whichever thread; `None` as view shows nothing."""

    def __init__(self, view: Callable[[], _View] | None) -> None:
        self._make = view
        self._view: _View | None = None
        self._lock = threading.Lock()

    @classmethod
    def fitting(cls, *, quiet: bool = False, every: float = EVERY) -> Self:
        """Bars on a terminal, lines `every` so many seconds elsewhere, nothing when `quiet`."""
        if quiet:
            return cls(None)
        return cls(_Bars if sys.stderr.isatty() else lambda: _Lines(every))

    def __enter__(self) -> Self:
        self._view = self._make() if self._make else None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._view is not None:
            self._view.close()

    def tell(self, message: dict[str, Any]) -> None:
        """Show what a worker says of itself."""
        if self._view is not None and message.get("type") == "progress":
            with self._lock:
                self._view.show(Standing.of(message))


class _Lines:
    def __init__(self, every: float) -> None:
        self._every = every
        self._shown_at: dict[str, float] = {}

    def show(self, standing: Standing) -> None:
        now = time.monotonic()
        last = self._shown_at.get(standing.site)
        if last is None or now - last >= self._every:
            self._shown_at[standing.site] = now
            read = f"已读 {standing.pages}/{standing.known} 页"
            note(f"{standing.site}：{read}，信息 {standing.listings} 条，线索 {standing.leads} 条")

    def close(self) -> None:
        """Nothing is left open."""


class _Bars:
    def __init__(self) -> None:
        self._progress = _bars()
        self._tasks: dict[str, TaskID] = {}
        self._progress.start()

    def show(self, standing: Standing) -> None:
        if standing.site not in self._tasks:
            self._tasks[standing.site] = self._progress.add_task(standing.site, listings=0, leads=0, total=None)
        self._progress.update(
            self._tasks[standing.site],
            completed=standing.pages,
            total=standing.known,
            listings=standing.listings,
            leads=standing.leads,
        )

    def close(self) -> None:
        self._progress.stop()


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
