"""Probe: fetch a few pages in this process and hand them back. Once per process: the engine cannot start twice."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from wangdun import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crawler.answers import Answer
    from crawler.config import CrawlerConfig, Site
    from crawler.probe import Probed, Target


def fetch(
    config: CrawlerConfig,
    site: Site,
    url: str,
    follow: Callable[[Answer], Sequence[Target]],
    redraw: Callable[[Answer], bool] | None = None,
) -> Probed:
    """The page at `url` and the items that `follow` names after seeing it; failures are told, not raised.

    Where `redraw` says so of the page, a browser draws it and its items once more.
    """
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.asking import Asking
    from crawler.probe import Probed, ProbeSpider
    from crawler.rendering.rules import Drawing, Render
    from crawler.settings import settings_for

    logging.getLogger().addHandler(logging.NullHandler())
    run = site if redraw is None else site.model_copy(update={"render": Render(lists=Drawing(), items=Drawing())})
    settings = settings_for(config, run, __version__) | {"LOG_ENABLED": False, "ITEM_PIPELINES": {}}
    result = Probed()
    process = AsyncCrawlerProcess(settings)
    process.crawl(ProbeSpider, url=url, asking=Asking(site), follow=follow, result=result, redraw=redraw)
    process.start()
    return result
