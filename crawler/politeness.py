"""Politeness beyond Scrapy's own: one site only, robots.txt even when it fails, Crawl-delay, Retry-After."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.extensions.throttle import AutoThrottle
from twisted.internet.defer import Deferred

from crawler.strangers import EVIDENCE, Strangers

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 120.0  # seconds; a server that wants more is left alone until the next run
TOLD_TO_WAIT = "told_to_wait"  # why a run was closed early
LONGEST_CRAWL_DELAY = 60.0  # seconds; more would keep one run going for days
BUSY = (429, 503)


class OnSite:
    """Downloader middleware: no request, redirected ones included, leaves the hosts of the spider.

    Scrapy's own lets requests with ``dont_filter`` pass, and a redirect inherits that. Two kinds of requests may leave,
    but not into somebody's inner network: for a robots.txt that is kept elsewhere, and for pictures as evidence.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._strangers: Strangers | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raises IgnoreRequest for another host, and for an inner address even where another host is allowed."""
        hosts: list[str] | None = getattr(self.crawler.spider, "allowed_domains", None)
        host = urlsplit(request.url).hostname
        if not hosts or host in hosts:
            return
        if host is None or not (request.meta.get("dont_obey_robotstxt") or request.meta.get(EVIDENCE)):
            raise IgnoreRequest(f"offsite: {host}")
        self._strangers = self._strangers or Strangers(hosts)
        await self._strangers.refuse_inside(host)


class Robots(RobotsTxtMiddleware):
    """Scrapy's own, but a robots.txt that cannot be read allows nothing (RFC 9309, 2.3.1.4).

    And requests that wait for it together all obey it: Scrapy 2.19 hands the rules to the first of them only.
    """

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host; None when they cannot be read."""
        await super().robot_parser(request)
        # of several requests that wait for one robots.txt, Scrapy hands it to the first and None to the others
        known = self._parsers[urlsplit(request.url).netloc]
        return None if isinstance(known, Deferred) else known

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._causes: dict[str, Exception] = {}

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Raises IgnoreRequest where robots.txt is unreadable or forbids the page."""
        rules = rp or self._parsers.get(urlsplit(request.url).netloc)
        if rules is None or isinstance(rules, Deferred):
            raise IgnoreRequest("unreadable robots.txt") from self._causes.get(urlsplit(request.url).netloc)
        super().process_request_2(rules, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._causes[netloc] = exc  # a site that is down should be said to be down
        super()._robots_error(exc, netloc)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status >= 500:
            raise IgnoreRequest(f"robots.txt answered {response.status}")  # becomes "unreadable" above
        found = response if response.status < 400 else response.replace(body=b"")  # no such file: no rules
        await super()._parse_robots(found, netloc, request)


class RetryAfter:
    """Downloader middleware: after 429 or 503 with Retry-After, nothing is asked of that host until then.

    A host that wants to be left alone for longer than `LONGEST_PAUSE` is left alone until the next run.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._until: dict[str, float] = {}
        self._closing: asyncio.Future[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Wait while the host wants to be left alone. Raises IgnoreRequest when the run is stopped meanwhile."""
        while (left := self._until.get(_host(request), 0.0) - time.monotonic()) > 0:
            await asyncio.sleep(min(left, 1.0))  # a second at a time: somebody may ask for the end
            if self.crawler.engine is not None and not self.crawler.engine.running:
                raise IgnoreRequest("stopped while waiting")

    def process_response(self, request: Request, response: Response) -> Response:
        """Remember what a busy host asked for."""
        if response.status in BUSY:
            seconds = read_retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            if seconds:
                logger.info("%s asks to wait %.0f s", _host(request), seconds)
                self._until[_host(request)] = time.monotonic() + min(seconds, LONGEST_PAUSE)
            if seconds > LONGEST_PAUSE and self._closing is None and self.crawler.engine is not None:
                self._closing = asyncio.ensure_future(self.crawler.engine.close_spider_async(reason=TOLD_TO_WAIT))
        return response


class CrawlDelay:
    """Extension: a Crawl-delay in robots.txt raises the delay between requests, never lowers it."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        crawler.signals.connect(self.on_robots, signal=signals.robots_parsed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy."""
        return cls(crawler)

    def on_robots(self, robotparser: Any, request: Request) -> None:
        """Apply what robots.txt asks for to the slot of its host."""
        rules: Any = getattr(robotparser, "rp", None)
        asked = rules.crawl_delay(self.crawler.settings["USER_AGENT"]) if rules is not None else None
        if not asked:
            return
        delay = min(float(asked), LONGEST_CRAWL_DELAY)
        throttle = self.crawler.get_extension(AutoThrottle)
        if throttle is not None:
            throttle.mindelay = max(throttle.mindelay, delay)
        for slot in self.crawler.engine.downloader.slots.values():
            slot.delay = max(slot.delay, delay)
            slot.jitter = 0.0  # jitter would sometimes come too early
        logger.info("robots.txt of %s asks for a delay of %.1f s", _host(request), delay)


def read_retry_after(value: bytes | None, now: datetime) -> float:
    """Seconds to wait by a Retry-After header (a number or an HTTP date); 0 when it says nothing usable."""
    text = (value or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:6])  # six digits are eleven days
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a time zone
        return 0.0


def _host(request: Request) -> str:
    return urlsplit(request.url).netloc
