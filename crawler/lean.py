"""Lean: Scrapy's own parts, without what this product does not use of them. Together a tenth of a run's CPU time."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapy.downloadermiddlewares.redirect import MetaRefreshMiddleware
from scrapy.extensions.memusage import MemoryUsage
from scrapy.logformatter import LogFormatter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

STATM = Path("/proc/self/statm")  # proc(5): sizes in pages, the second is the resident set
PAGE = resource.getpagesize()
HEAD = 4096  # bytes in which a refresh must stand; Scrapy looks no further either


class MetaRefresh(MetaRefreshMiddleware):
    """Scrapy's own, but pages that do not mention a refresh are not decoded to look for one."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """The page, or a request for the page it sends to."""
        if b"refresh" not in response.body[:HEAD].lower():
            return response
        return super().process_response(request, response)


class Starts:
    """Spider middleware: marks start requests as Scrapy's own does, and is not asked about what each page brings."""

    async def process_start(self, start: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Those of the spider, marked: they wait until nothing else does."""
        async for request in start:
            request.meta.setdefault("is_start_request", True)
            yield request


class Traffic:
    """Downloader middleware: counts requests and body bytes, robots.txt and repeated tries included."""

    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:  # noqa: ARG002 -- Scrapy passes it
        """Count it."""
        self.stats.inc_value("traffic/requests")

    def process_response(self, request: Request, response: Response) -> Response:  # noqa: ARG002 -- Scrapy passes it
        """Count its bytes; those of drawn pages are counted on their way to the browser."""
        if "playwright" not in response.flags:
            self.stats.inc_value("traffic/bytes", len(response.body))
        return response


class Memory(MemoryUsage):
    """Scrapy's own, but by what the process holds now.

    The highest ever, which Scrapy asks for, is handed down by Linux from the process that started this one: a run
    started by a large program would be ended at once.
    """

    def get_virtual_size(self) -> int:
        """Resident memory, bytes."""
        try:
            pages = int(STATM.read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):  # no Linux
            return super().get_virtual_size()
        return pages * PAGE


class QuietPages(LogFormatter):
    """No log line for each page and each listing: they would be formatted and thrown away."""

    def crawled(self, *_args: Any, **_more: Any) -> None:  # type: ignore[override]
        """Say nothing."""

    def scraped(self, *_args: Any, **_more: Any) -> None:  # type: ignore[override]
        """Say nothing."""
