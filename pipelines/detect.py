"""Detect: a listing leaves with its explained verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.items import Listing
from pipelines.judged import Judged
from pipelines.ledger import ledger_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from keywords.detector import Detector


class Detect:
    """Asks the detector about each new or changed listing."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The detector comes with the spider's ledger: one load for a run."""
        return cls(ledger_of(crawler).detector)

    def process_item(self, item: Any) -> Any:
        """A judged listing; other items as they are."""
        if not isinstance(item, Listing):
            return item
        return Judged(item, item.digest, self.detector.detect(item.text, offered=bool(item.price or item.contacts)))
