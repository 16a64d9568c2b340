"""Probe: fetch a few pages in this process and hand them back. Once per process: the engine cannot start twice."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from wangdun import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.answers import Answer
    from crawler.config import CrawlerConfig, Site
    from crawler.probe import Probed


def fetch(config: CrawlerConfig, site: Site, url: str, follow: Callable[[Answer], Sequence[str]]) -> Probed:
    """The page at `url` and those that `follow` names after seeing it; failures are told, not raised."""
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.probe import Probed, ProbeSpider
    from crawler.settings import settings_for

    logging.getLogger().addHandler(logging.NullHandler())
    settings = settings_for(config, site, __version__) | {"LOG_ENABLED": False, "ITEM_PIPELINES": {}}
    result = Probed()
    process = AsyncCrawlerProcess(settings)
    process.crawl(ProbeSpider, url=url, follow=follow, result=result)
    process.start()
    return result
