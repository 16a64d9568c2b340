"""Store: everything a run brings reaches the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapy.exceptions import DropItem

from pipelines.exceptions import LedgerClosed
from pipelines.judged import JudgedOffers
from pipelines.ledger import ledger_of
from pipelines.stopping import stop

if TYPE_CHECKING:
    from typing import Self

    from scrapy.crawler import Crawler

    from pipelines.ledger import Ledger


class Store:
    """Hands items to the ledger and stops the run when it can no longer write."""

    def __init__(self, crawler: Crawler, ledger: Ledger) -> None:
        self.crawler = crawler
        self.ledger = ledger

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """The ledger comes with the spider."""
        return cls(crawler, ledger_of(crawler))

    async def process_item(self, item: Any) -> Any:
        """Keep the item. Raises DropItem when nothing more can be kept."""
        try:
            for one in item.judged if isinstance(item, JudgedOffers) else (item,):
                self.ledger.keep(one)
        except LedgerClosed as error:
            stop(self.crawler, self.ledger)
            raise DropItem(str(error)) from error
        return None

    async def close_spider(self) -> None:
        """Write what is still waiting."""
        self.ledger.flush()
