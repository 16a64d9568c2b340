"""Stopping: SIGINT and SIGTERM end a run in order, at whatever moment they come."""

from __future__ import annotations

import asyncio
import signal
from itertools import count
from typing import TYPE_CHECKING, Any

from scrapy import signals

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler

SOON = 0.1  # seconds: starting takes less
LONG = 2  # looks at a lock that is taken, half a second and a bit apart, before the wait is worth a word


class Stop:
    """Remembers that somebody asked for the end, and asks the engine as soon as there is one.

    The first time, pages under way are finished; the second time they are dropped. What was read is stored either way.
    """

    def __init__(self) -> None:
        self.asked = 0
        self._crawler: Crawler | None = None
        self._task: asyncio.Future[Any] | None = None

    def install(self) -> None:
        """Take both signals over: the engine's own handlers come late and miss what came before them."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def attend(self, crawler: Crawler) -> None:
        """From now on there is an engine to ask."""
        self._crawler = crawler
        crawler.signals.connect(self._on_started, signal=signals.engine_started)

    def patience(self, tell: Callable[[], None]) -> Callable[[], bool]:
        """What a wait for a lock asks each time it looks: is the run still wanted? Calls `tell` once, after a second."""
        looks = count()

        def waiting() -> bool:
            if next(looks) == LONG:
                tell()
            return not self.asked

        return waiting

    def _on_signal(self, _number: int, _frame: object) -> None:
        self.asked += 1
        if self._crawler is not None:
            _reactor().callFromThread(self._act)

    def _on_started(self) -> None:
        if self.asked:
            self._act()

    def _act(self) -> None:
        assert self._crawler is not None
        if self.asked > 1 and _reactor().running:
            _reactor().stop()
        elif self._crawler.engine is not None and self._crawler.engine.running:
            self._task = asyncio.ensure_future(self._crawler.stop_async())
        else:  # asked while the engine is starting
            asyncio.get_event_loop().call_later(SOON, self._act)


def _reactor() -> Any:
    from twisted.internet import reactor  # a module that stands for an object

    return reactor
