"""Gate: the delay and the number of requests at once hold for all processes that read a host, not for each."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.exceptions import IgnoreRequest

from crawler.exceptions import FrontierAway
from crawler.exchanges import RecordingHandler
from crawler.frontier import scripts
from crawler.frontier.shared import connect, speaking
from crawler.politeness import BUSY, LONGEST_PAUSE, read_retry_after

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)

LOOK = 0.01  # s between two looks for a free place: one process of each asks, so a hundred questions a second
SPARE = 10_000  # ms over the time limit of a page: after that, whoever held the place is dead
AWAY = 1.0  # s until Redis is asked again that did not answer


class Gate:
    """Lets requests to one host through, in all processes together no faster than one polite process would."""

    def __init__(self, server: Any, host: str) -> None:
        self.server = server
        self.prefix = f"wangdun:gate:{host}"
        self._first = asyncio.Lock()
        self._take = server.register_script(scripts.TAKE)
        self._pause = server.register_script(scripts.PAUSE)

    async def enter(self, *, delay: float, concurrency: int, limit: float) -> str:
        """Wait for a place and for its moment; a token to `leave` with. Raises FrontierAway.

        Seconds: `delay` between two requests, `limit` of one of them.
        """
        token = secrets.token_hex(8)
        values = [token, round(delay * 1000), concurrency, round(limit * 1000) + SPARE]
        async with self._first:  # who waits longest asks, the others of this process wait for it
            while True:
                with speaking():
                    wait = int(self._take(keys=[self.prefix], args=values))
                if wait >= 0:
                    break
                await asyncio.sleep(LOOK)
        if wait:
            await asyncio.sleep(wait / 1000)
        return token

    def leave(self, token: str) -> None:
        """The request is answered. Raises FrontierAway."""
        with speaking():
            self.server.zrem(f"{self.prefix}:busy", token)

    def pause(self, seconds: float) -> None:
        """Nobody asks anything for so long. Raises FrontierAway."""
        with speaking():
            self._pause(keys=[self.prefix], args=[round(seconds * 1000)])


class GatedHandler(RecordingHandler):
    """The download handler of shared runs: whatever goes out, robots.txt and repeated tries too, passes the gate."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        settings = crawler.settings
        self._server = connect(settings["REDIS_URL"])
        self._delay = settings.getfloat("DOWNLOAD_DELAY")
        self._concurrency = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self._gates: dict[str, Gate] = {}

    async def download_request(self, request: Request) -> Response:
        """The answer. Raises IgnoreRequest when the run is ended while it waits, and whatever Scrapy's own does."""
        host = urlsplit(request.url).netloc.rpartition("@")[2].lower()
        gate = self._gates.get(host) or self._gates.setdefault(host, Gate(self._server, host))
        async with self._passed(gate, request):
            response = await super().download_request(request)
        if response.status in BUSY:
            pause = read_retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            with suppress(FrontierAway):  # this process itself waits anyhow
                gate.pause(min(pause, LONGEST_PAUSE))
        return response

    @asynccontextmanager
    async def _passed(self, gate: Gate, request: Request) -> AsyncIterator[None]:
        limit = float(request.meta.get("download_timeout") or 60.0)
        while True:
            try:
                token = await gate.enter(delay=self._delay_of(request), concurrency=self._concurrency, limit=limit)
                break
            except FrontierAway as error:  # without it nobody knows what the others ask
                logger.warning("%s", error)
                await asyncio.sleep(AWAY)
            if self._is_closing():
                raise IgnoreRequest("stopped while waiting")
        try:
            yield
        finally:
            with suppress(FrontierAway):  # the place is free again by itself
                gate.leave(token)

    def _is_closing(self) -> bool:
        engine: Any = self._crawler.engine
        slot = getattr(engine, "_slot", None)
        return engine is not None and (not engine.running or slot is None or slot.closing is not None)

    def _delay_of(self, request: Request) -> float:
        """The configured delay, or what robots.txt or the throttle made of it here."""
        engine: Any = self._crawler.engine
        slots = engine.downloader.slots if engine is not None else {}
        slot = slots.get(request.meta.get("download_slot"))
        return max(self._delay, slot.delay) if slot is not None else self._delay
