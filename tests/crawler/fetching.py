"""Fetches addresses with the run's own settings, in a process of its own, and gives back what was remembered."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.wangdun.running import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.items import Exchange

PATIENCE = 280  # seconds; only a hung program takes them


def fetch(site: str, urls: Sequence[str]) -> dict[str, tuple[Exchange, ...]]:
    """Address → the exchanges of fetching it."""
    command = [sys.executable, "-m", "tests.crawler.fetching", site]
    told = pickle.dumps(list(urls))
    done = subprocess.run(
        command, input=told, capture_output=True, cwd=ROOT, env=environment(), timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return pickle.loads(done.stdout)  # our own process


def main() -> None:
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.config import CrawlerConfig
    from crawler.exchanges import HOPS
    from crawler.settings import settings_for

    urls = pickle.loads(sys.stdin.buffer.read())
    found: dict[str, tuple[Any, ...]] = {}

    class Fetching(Spider):
        name = "fetching"

        async def start(self) -> Any:
            for url in urls:
                request = Request(url, self.parse, errback=self.failed, dont_filter=True, cb_kwargs={"asked": url})
                request.meta[HOPS] = []
                yield request

        def parse(self, response: Any, asked: str) -> None:
            found[asked] = tuple(response.meta[HOPS])

        def failed(self, failure: Any) -> None:
            found[failure.request.cb_kwargs["asked"]] = tuple(failure.request.meta[HOPS])

    site = {"name": "b", "start": sys.argv[1], "delay": 0}
    polite = {"retries": 1, "timeout": 60, "max_bytes": 16 << 20}
    config = CrawlerConfig(contact="demo@example.org", politeness=polite, sites=[site])
    settings = settings_for(config, config.sites[0], "1") | {"ITEM_PIPELINES": {}, "LOG_ENABLED": False}
    process = AsyncCrawlerProcess(settings)
    process.crawl(Fetching)
    process.start()
    sys.stdout.buffer.write(pickle.dumps(found))


if __name__ == "__main__":
    main()
