"""Probe: a few pages fetched once, as politely as a run, for a person to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scrapy import Request, Spider

from crawler.answers import Answer
from crawler.asking import CUT, RENDER
from crawler.exchanges import HOPS
from crawler.failures import explain, request_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.asking import Asking

Target = tuple[str, str]
"""Address of an item's page, its key."""


@dataclass(slots=True)
class Probed:
    """What came back."""

    answers: list[Answer] = field(default_factory=list)
    """In the order they arrived; the first page's is first."""
    asked: dict[str, Target] = field(default_factory=dict)
    """Answer URL → the item that was asked for; of the first page its address and an empty key."""
    failures: list[tuple[str, str]] = field(default_factory=list)
    """(URL, Chinese reason)."""
    drawn: Answer | None = None
    """The first page as a browser drew it, where that was asked for."""


class ProbeSpider(Spider):
    """Fetches one page, then the items that `follow` names after seeing it."""

    name = "probe"

    def __init__(
        self,
        *,
        url: str,
        asking: Asking,
        follow: Callable[[Answer], Sequence[Target]],
        result: Probed,
        redraw: Callable[[Answer], bool] | None = None,
    ) -> None:
        """`redraw`: whether the first page, and then its items, are to be drawn by a browser as well."""
        super().__init__()
        self.url = url
        self.asking = asking
        self.follow = follow
        self.result = result
        self.redraw = redraw

    async def start(self) -> AsyncIterator[Request]:
        """The first page."""
        yield self._request((self.url, ""), self.first, self.asking.list_meta, self.asking.list_headers)

    def first(self, response: Response) -> Iterator[Request]:
        """Keep the first page, ask for those it leads to."""
        answer = self._keep(response)
        if self.redraw is not None and self.redraw(answer):
            yield self._request((self.url, ""), self.drawn, {RENDER: "lists"}, {})
            return
        for target in self.follow(answer):
            headers = self.asking.item_headers({})
            yield self._request(target, self.other, self.asking.item_meta, headers, self.asking.item_url(*target))

    def drawn(self, response: Response) -> Iterator[Request]:
        """Keep the first page as it was drawn, have those drawn that it leads to."""
        self.result.drawn = _answer(response)
        for target in self.follow(self.result.drawn):
            yield self._request(target, self.other, {RENDER: "items"}, {})

    def other(self, response: Response) -> None:
        """Keep a further page."""
        self._keep(response)

    def failed(self, failure: Failure) -> None:
        """Keep the reason."""
        self.result.failures.append((request_of(failure).url, explain(failure.value)[1]))

    def _request(
        self,
        target: Target,
        callback: Callable[[Response], Any],
        meta: dict[str, Any],
        headers: dict[str, str],
        url: str = "",
    ) -> Request:
        return Request(
            url or target[0],
            callback=callback,
            errback=self.failed,
            headers=headers,
            meta={HOPS: [], "target": target, **meta},
            dont_filter=True,
        )

    def _keep(self, response: Response) -> Answer:
        answer = _answer(response)
        self.result.answers.append(answer)
        self.result.asked[answer.url] = response.meta["target"]
        return answer


def _answer(response: Response) -> Answer:
    content_type = response.headers.get("Content-Type")
    return Answer(
        url=response.url,
        status=response.status,
        body=response.body,
        seen_at=datetime.now(UTC),
        content_type=content_type.decode("latin-1") if content_type else None,
        exchanges=tuple(response.meta[HOPS]),
        cut=bool(response.meta.get(CUT)),
    )
