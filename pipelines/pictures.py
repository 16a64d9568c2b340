"""Pictures: images of secured listings, taken one listing after the other while the run goes on."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from scrapy import signals
from scrapy.exceptions import DontCloseSpider

from crawler import pictures

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy.crawler import Crawler

    from crawler.pictures import Fetched

logger = logging.getLogger(__name__)

Wanted = tuple[str, str, tuple[str, ...]]
"""Key and address of a listing, addresses of its images."""


class Album:
    """Takes what is asked of it in turn; the run does not end before it has.

    What waits is no more than addresses: a run's limit of items bounds it.
    """

    def __init__(self, crawler: Crawler, keep: Callable[[str, str, Fetched], Awaitable[None]], room: int) -> None:
        """Pictures for `keep` (key, address, what came), at most `room` bytes a listing."""
        self.crawler = crawler
        self.room = room
        self._keep = keep
        self._waiting: deque[Wanted] = deque()
        self._task: asyncio.Future[None] | None = None
        crawler.signals.connect(self.on_idle, signal=signals.spider_idle)

    def ask(self, key: str, url: str, images: tuple[str, ...]) -> None:
        """Take a listing's pictures when it is their turn."""
        if not images:
            return
        self._waiting.append((key, url, images))
        if self._task is None or self._task.done():
            self._task = asyncio.ensure_future(self._work())

    def on_idle(self) -> None:
        """Raises DontCloseSpider while pictures are under way."""
        if self._task is not None and not self._task.done():
            raise DontCloseSpider

    async def finish(self) -> None:
        """Wait for the last; what the end of the run cut off is said in its capture."""
        if self._task is not None:
            await self._task

    async def _work(self) -> None:
        while self._waiting:
            key, url, images = self._waiting.popleft()
            try:
                fetched = await pictures.fetch(self.crawler, images, room=self.room, going=self._is_going)
                await self._keep(key, url, fetched)
            except Exception:  # the page is secured; one listing's pictures must not take the others' with them
                logger.exception("pictures of %s could not be secured", url)
        self._wake()

    def _is_going(self) -> bool:
        engine: Any = self.crawler.engine
        slot = getattr(engine, "_slot", None)
        return bool(engine.running and slot is not None and slot.closing is None)

    def _wake(self) -> None:
        """Let the engine look again whether all is done; by itself it does so every five seconds."""
        slot = getattr(self.crawler.engine, "_slot", None)
        if slot is not None and slot.closing is None:
            asyncio.get_running_loop().call_soon(slot.nextcall.schedule)
