"""The queue and the filter with which scrapy-redis's scheduler works here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy_redis.scheduler import Scheduler  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler

    from crawler.frontier.spider import SharedSpider


class QuietScheduler(Scheduler):  # type: ignore[misc]
    """scrapy-redis's own, but it counts nothing: nobody reads its counts, and Scrapy warns of how it does it."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy."""
        made: Self = cls.from_settings(crawler.settings)
        return made


class LeaseQueue:
    """`SCHEDULER_QUEUE_CLASS`: a request that is taken stays leased until its page is stored (at least once).

    scrapy-redis's own queues forget a request when it is taken: a killed process lost what it was reading. Repeated
    tries and redirects of a leased page stay in this process, for their lease is here.
    """

    def __init__(self, server: Any, spider: SharedSpider, key: str, serializer: Any = None) -> None:  # noqa: ARG002 -- scrapy-redis passes them by name
        self._desk = spider.desk
        self._again: list[Request] = []

    def __len__(self) -> int:
        """What anybody still has to do; more than none while that is not known."""
        return len(self._again) + self._desk.size()

    def push(self, request: Request) -> None:
        """A page that was asked for already and has to be asked for again, or elsewhere."""
        self._again.append(request)

    def pop(self, timeout: int = 0) -> Request | None:  # noqa: ARG002 -- scrapy-redis passes it
        """The next page to read; None when there is none for now."""
        if self._again:
            self._again.sort(key=lambda request: request.priority)
            return self._again.pop()
        return self._desk.next_request()

    def clear(self) -> None:
        """Nothing: the frontier belongs to all processes."""


class NoFilter:
    """`DUPEFILTER_CLASS`: the frontier itself knows what was asked for, by the key of the listing."""

    @classmethod
    def from_spider(cls, spider: SharedSpider) -> NoFilter:  # noqa: ARG003 -- scrapy-redis passes it
        """Made by scrapy-redis."""
        return cls()

    def request_seen(self, request: Request) -> bool:  # noqa: ARG002 -- scrapy-redis passes it
        """Never."""
        return False

    def clear(self) -> None:
        """Nothing to forget."""

    def log(self, request: Request, spider: SharedSpider) -> None:
        """Nothing to tell."""


__all__ = ["LeaseQueue", "NoFilter", "QuietScheduler"]
