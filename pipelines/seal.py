"""Seal: a hit goes on to be stored only when what its page showed is secured."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scrapy.exceptions import DropItem

from crawler.items import Gone
from pipelines.evidence import HITS
from pipelines.judged import Judged, JudgedOffers
from pipelines.ledger import ledger_of
from pipelines.pictures import Album
from pipelines.stopping import stop
from storage.exceptions import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from scrapy.crawler import Crawler

    from crawler.pictures import Fetched
    from pipelines.evidence import Evidence
    from pipelines.ledger import Ledger

THREADS = 2  # sealing waits for the disk most of the time: while one waits, the other works
MEGABYTE = 1024 * 1024


class Seal:
    """Secures hits, changed leads and the answers of leads that are gone; stops the run when that fails.

    The disk is waited for in threads of its own, so that fetching goes on.
    """

    def __init__(self, crawler: Crawler, ledger: Ledger, evidence: Evidence) -> None:
        self.crawler = crawler
        self.ledger = ledger
        self.evidence = evidence
        self.album = Album(crawler, self._keep_pictures, evidence.config.max_mb * MEGABYTE)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="seal")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self | Passing:
        """Comes with the spider's ledger; without evidence nothing is done."""
        ledger = ledger_of(crawler)
        return Passing() if ledger.evidence is None else cls(crawler, ledger, ledger.evidence)

    def process_item(self, item: Any) -> Any:
        """The item, or the promise of it once it is secured."""
        if isinstance(item, JudgedOffers):
            return self._secure_each(item) if any(map(_is_concerned, item.judged)) else item
        if isinstance(item, Judged) and _is_concerned(item):
            return self._secure_page(item)
        if isinstance(item, Gone) and item.exchanges:
            return self._secure_gone(item)
        return item

    async def close_spider(self) -> None:
        """Wait for pictures that are under way."""
        await self.album.finish()
        self._threads.shutdown()

    async def _secure_page(self, judged: Judged) -> Judged:
        listing = judged.listing
        if await self._secure(lambda: self.evidence.secure_page(judged, self._now())):
            self.album.ask(listing.key, listing.url, self.evidence.pictures_of(listing))
        return judged

    async def _secure_each(self, offers: JudgedOffers) -> JudgedOffers:
        """Those that are secured, and those that need not be."""
        kept = []
        for judged in offers.judged:
            if _is_concerned(judged):
                try:
                    await self._secure_page(judged)
                except DropItem:  # the run ends; the others are stored all the same
                    continue
            kept.append(judged)
        return JudgedOffers(tuple(kept))

    async def _secure_gone(self, gone: Gone) -> Gone:
        await self._secure(lambda: self.evidence.secure_gone(gone, self._now()))
        return gone

    async def _secure(self, work: Callable[[], bool]) -> bool:
        """What `work` says once it is done. Raises DropItem when it cannot be done."""
        if self.ledger.halted is not None:
            raise DropItem(self.ledger.halted)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except StorageError as error:
            self._halt(str(error))
            raise DropItem(str(error)) from error

    async def _keep_pictures(self, key: str, url: str, fetched: Fetched) -> None:
        def work() -> None:
            now = self._now()
            self.evidence.seal(self.evidence.drafting_of(key).pictures(key, url, fetched, now), now)

        try:
            await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except StorageError as error:
            self._halt(str(error))

    def _halt(self, reason: str) -> None:
        """End the run: what cannot be secured must not be stored, and will be fetched again."""
        if self.ledger.halted is None:
            self.ledger.halted = reason
            stop(self.crawler, self.ledger)

    def _now(self) -> datetime:
        now: datetime = getattr(self.crawler.spider, "now", lambda: datetime.now(UTC))()
        return now


def _is_concerned(judged: Judged) -> bool:
    """A hit, or a listing that may be a lead of earlier days."""
    return judged.detection.verdict.value in HITS or _is_known(judged)


def _is_known(judged: Judged) -> bool:
    return judged.listing.fetch.known_digest is not None or judged.listing.fetch.returning


class Passing:
    """The stage where nothing is secured."""

    def process_item(self, item: Any) -> Any:
        """The item as it is."""
        return item
