"""Faults: an error of our own on one page is recorded with that page, and the page is tried again next time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy import signals

from crawler.items import Problem

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure


class Faults:
    """Extension: turns exceptions in callbacks and pipelines into problems; without it Scrapy only logs them."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        crawler.signals.connect(self.on_spider_error, signal=signals.spider_error)
        crawler.signals.connect(self.on_item_error, signal=signals.item_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy."""
        return cls(crawler)

    def on_spider_error(self, failure: Failure, response: Response) -> None:
        """A page could not be read because of a mistake in our code."""
        self._record(response, failure)

    def on_item_error(self, item: Any, response: Response | None, failure: Failure) -> None:
        """What was read could not be processed because of a mistake in our code."""
        if not isinstance(item, Problem):
            self._record(response, failure)

    def _record(self, response: Response | None, failure: Failure) -> None:
        spider: Any = self.crawler.spider
        request = getattr(response, "request", None)
        wanted = request.cb_kwargs.get("wanted") if request is not None else None
        reason = f"程序处理这一页时出错（{type(failure.value).__name__}），已记录，下次再试"
        if hasattr(spider, "record_fault"):  # a trial shows its faults itself
            spider.record_fault(wanted, response.url if response is not None else "", reason)
