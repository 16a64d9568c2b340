"""Single: one page and the pictures of its offer, fetched once as politely as in a run, with all that went over the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider

from crawler.answers import Answer
from crawler.exchanges import HOPS
from crawler.failures import explain
from crawler.pictures import Fetched, fetch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.items import Exchange


@dataclass(frozen=True, slots=True)
class Order:
    """How a page is asked for."""

    url: str
    meta: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Seen:
    """What came back."""

    exchanges: list[Exchange] = field(default_factory=list)
    """Of the page: redirects first, the page last."""
    answer: Answer | None = None
    """None when nothing answered, or when nothing may be asked."""
    failure: str = ""
    """Chinese reason why there is no answer."""
    pictures: Fetched = field(default_factory=Fetched)


class SinglePage(Spider):
    """Fetches one page and the pictures that `images` finds on it; never leaves `hosts` for the page itself."""

    name = "single"

    def __init__(  # noqa: PLR0913 -- what a capture needs, each by name
        self,
        *,
        url: str,
        hosts: Sequence[str],
        images: Callable[[Answer], Sequence[str]],
        room: int,
        seen: Seen,
        order: Order | None = None,
    ) -> None:
        """`order`: how a run would ask for the page; without one it is asked for as it is."""
        super().__init__()
        self.order = order
        self.url = url
        self.allowed_domains = list(hosts)
        self.images = images
        self.room = room
        self.seen = seen

    async def start(self) -> AsyncIterator[Request]:
        """The page."""
        order = self.order or Order(self.url)
        meta = {HOPS: self.seen.exchanges, **order.meta}
        yield Request(
            order.url, callback=self.arrived, errback=self.failed, dont_filter=True, meta=meta, headers=order.headers
        )

    async def arrived(self, response: Response) -> None:
        """Keep the page; fetch its pictures."""
        content_type = response.headers.get("Content-Type")
        self.seen.answer = Answer(
            url=response.url,
            status=response.status,
            body=response.body,
            seen_at=datetime.now(UTC),
            content_type=content_type.decode("latin-1") if content_type else None,
            exchanges=tuple(self.seen.exchanges),
        )
        wanted = self.images(self.seen.answer)
        self.seen.pictures = await fetch(self.crawler, wanted, room=self.room, going=self._going)

    def failed(self, failure: Failure) -> None:
        """Keep the reason."""
        self.seen.failure = explain(failure.value)[1]

    def _going(self) -> bool:
        return self.crawler.engine is not None and bool(self.crawler.engine.running)
