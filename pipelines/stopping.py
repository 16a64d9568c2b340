"""Stopping: a stage that cannot go on ends the run in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from pipelines.ledger import Ledger


def stop(crawler: Crawler, ledger: Ledger) -> None:
    """Ask the engine to close the run; not waited for, because it waits for the very item that asks."""
    assert crawler.engine is not None
    ledger.closing = asyncio.ensure_future(crawler.engine.close_spider_async(reason="storage"))
