"""Progress: a run tells twice a second how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy import signals
from twisted.internet.task import LoopingCall

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

INTERVAL = 0.5  # seconds: smooth to the eye, free for the run


class Progress:
    """Extension: calls the spider's ``report`` while it runs."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.loop = LoopingCall(self.tell)
        crawler.signals.connect(self.on_open, signal=signals.spider_opened)
        crawler.signals.connect(self.on_close, signal=signals.spider_closed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy."""
        return cls(crawler)

    def on_open(self) -> None:
        """Start telling."""
        self.loop.start(INTERVAL, now=False)

    def on_close(self) -> None:
        """Tell a last time."""
        if self.loop.running:
            self.loop.stop()
        self.tell()

    def tell(self) -> None:
        """Pass the moment on to whoever listens."""
        report = getattr(self.crawler.spider, "report", None)
        if report is not None:
            report()
