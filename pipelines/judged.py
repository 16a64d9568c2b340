"""What the stages share: a judged listing, and where the run keeps its ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.items import Listing
    from keywords.results import Detection
    from pipelines.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Judged:
    """What the detect stage hands to the store stage."""

    listing: Listing
    digest: str
    detection: Detection


def ledger_of(crawler: Crawler) -> Ledger:
    """The ledger that came with the run's spider."""
    return cast("Ledger", getattr(crawler.spider, "ledger"))  # noqa: B009 -- Scrapy's own type does not know it
