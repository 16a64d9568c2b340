"""Detect: a listing leaves with its explained verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crawler.items import Listing, Offers
from pipelines.judged import Judged, JudgedOffers
from pipelines.ledger import ledger_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from pipelines.judged import Judging


class Detect:
    """Asks the detector about each new or changed listing."""

    def __init__(self, detector: Judging) -> None:
        self.detector = detector

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The detector comes with the spider's ledger: one load for a run."""
        return cls(ledger_of(crawler).detector)

    def process_item(self, item: Any) -> Any:
        """A judged listing; other items as they are."""
        if isinstance(item, Offers):
            return JudgedOffers(self._judge(item.listings))
        if not isinstance(item, Listing):
            return item
        return Judged(item, item.digest, self.detector.detect(item.text, offered=_is_offered(item)))

    def _judge(self, listings: tuple[Listing, ...]) -> tuple[Judged, ...]:
        """Several at once: the detector is faster so."""
        offered = [_is_offered(one) for one in listings]
        detections = self.detector.detect_many([one.text for one in listings], offered=offered)
        return tuple(Judged(one, one.digest, said) for one, said in zip(listings, detections, strict=True))


def _is_offered(listing: Listing) -> bool:
    return bool(listing.price or listing.contacts)
