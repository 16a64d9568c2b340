"""Fruit: the share of requests that brought something new, and what a run teaches about when to ask again."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crawler.spider import ListingSpider
    from pipelines.ledger import Ledger

ASKED: Final = ("page/list", "page/item", "page/source", "page/failed")
"""Statistics of requests for pages; robots.txt, pictures and repeated tries are none."""
NEWS: Final = ("new", "changed", "back", "gone")
"""Outcomes of an item page that are something new."""


def fruit(stats: Mapping[str, Any], counts: Mapping[str, int]) -> dict[str, float]:
    """Requests of a run and those of them that brought something new, as kept with the run (`storage.freshness.fruit`).

    A list page, sitemap or feed is fruitful when at least one of its rows was new or had changed; an item page when the
    listing was new, had changed, was back or gone. "Not modified", unchanged and failed are not.
    """
    asked = sum(stats.get(name, 0) for name in ASKED)
    news = stats.get("fruitful/list", 0) + stats.get("fruitful/source", 0)
    news += sum(counts.get(name, 0) for name in NEWS)
    # a page that is both a list and an offer is one request
    return {"asked": asked, "fruitful": min(asked, news)}


def learn(ledger: Ledger, spider: ListingSpider | None, status: str) -> None:
    """Keep what visits found. Lists that were not read as far as meant teach nothing. Raises StorageError."""
    from storage.freshness.boards import BoardVisit

    visits: list[BoardVisit] = []
    if spider is not None and spider.covered and status in {"complete", "partial"}:
        reads = spider.reads.visits(whole=status == "complete" and not spider.full)
        visits = [BoardVisit(**asdict(one)) for one in reads]
    ledger.learn([] if spider is not None and spider.full else visits)
