"""Probe: a few pages fetched once, as politely as a run, for a person to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from scrapy import Request, Spider

from crawler.answers import Answer
from crawler.failures import explain, request_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from scrapy.http import Response
    from twisted.python.failure import Failure


@dataclass(slots=True)
class Probed:
    """What came back."""

    answers: list[Answer] = field(default_factory=list)
    """In the order they arrived; the first page's is first."""
    asked: dict[str, str] = field(default_factory=dict)
    """Answer URL → the URL that was asked for."""
    failures: list[tuple[str, str]] = field(default_factory=list)
    """(URL, Chinese reason)."""


class ProbeSpider(Spider):
    """Fetches one page, then the pages that `follow` names after seeing it."""

    name = "probe"

    def __init__(self, *, url: str, follow: Callable[[Answer], Sequence[str]], result: Probed) -> None:
        super().__init__()
        self.url = url
        self.follow = follow
        self.result = result

    async def start(self) -> AsyncIterator[Request]:
        """The first page."""
        yield Request(self.url, callback=self.first, errback=self.failed, dont_filter=True)

    def first(self, response: Response) -> Iterator[Request]:
        """Keep the first page, ask for those it leads to."""
        answer = self._keep(response)
        for url in self.follow(answer):
            yield Request(url, callback=self.other, errback=self.failed, dont_filter=True)

    def other(self, response: Response) -> None:
        """Keep a further page."""
        self._keep(response)

    def failed(self, failure: Failure) -> None:
        """Keep the reason."""
        self.result.failures.append((request_of(failure).url, explain(failure.value)[1]))

    def _keep(self, response: Response) -> Answer:
        content_type = response.headers.get("Content-Type")
        answer = Answer(
            url=response.url,
            status=response.status,
            body=response.body,
            seen_at=datetime.now(UTC),
            content_type=content_type.decode("latin-1") if content_type else None,
        )
        self.result.answers.append(answer)
        asked = response.meta.get("redirect_urls", [answer.url])[0]
        self.result.asked[answer.url] = asked
        return answer
