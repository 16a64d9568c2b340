"""Draws addresses with a run's own settings, in a process of its own, and gives back what became of each."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.wangdun.running import PATIENCE, ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.items import Exchange


@dataclass
class Drawn:
    """One page."""

    url: str = ""
    status: int = 0
    text: str = ""
    cut: bool = False
    exchanges: tuple[Exchange, ...] = ()
    failure: tuple[str, str] | None = None
    """(kind, Chinese reason)."""


@dataclass
class Outcome:
    """All of them, in their order, and what the run counted."""

    pages: list[Drawn] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)


def draw(site: str, urls: Sequence[str], browsing: dict[str, Any] | None = None, **keys: Any) -> Outcome:
    """Draw each as an item of a site, one after the other; `keys` are of the site."""
    order = (site, list(urls), browsing or {}, keys)
    command = [sys.executable, "-W", "error", "-c", "from tests.crawler.rendering.drawing import main; main()"]
    done = subprocess.run(
        command,
        input=pickle.dumps(order),
        capture_output=True,
        cwd=ROOT,
        env=environment(),
        timeout=PATIENCE * 2,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return pickle.loads(done.stdout)  # our own process


def main() -> None:
    from scrapy import Request, Spider
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.asking import CUT, RENDER
    from crawler.config import CrawlerConfig
    from crawler.exchanges import HOPS
    from crawler.failures import explain
    from crawler.settings import settings_for

    start, urls, browsing, keys = pickle.loads(sys.stdin.buffer.read())
    outcome = Outcome([Drawn() for _ in urls])

    class Drawing(Spider):
        name = "drawing"
        allowed_domains = ("127.0.0.1",)

        async def start(self) -> Any:
            for place, url in enumerate(urls):
                meta = {HOPS: [], RENDER: "items"}
                request = Request(
                    url, self.parse, errback=self.failed, dont_filter=True, cb_kwargs={"place": place}, meta=meta
                )
                request.priority = -place
                yield request

        def parse(self, response: Any, place: int) -> None:
            cut, hops = bool(response.meta.get(CUT)), tuple(response.meta[HOPS])
            outcome.pages[place] = Drawn(response.url, response.status, response.text, cut, hops)

        def failed(self, failure: Any) -> None:
            outcome.pages[failure.request.cb_kwargs["place"]].failure = explain(failure.value)

    site = {"name": "b", "start": start, "delay": 0, "render": "browser", **keys}
    config = CrawlerConfig.model_validate(
        {"politeness": {"retries": 0}, "browser": {"seconds": 60, **browsing}, "sites": [site]}
    )
    settings = settings_for(config, config.sites[0], "1") | {"ITEM_PIPELINES": {}, "LOG_ENABLED": False}
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(Drawing)
    process.crawl(crawler)
    process.start()
    outcome.stats = {name: value for name, value in crawler.stats.get_stats().items() if isinstance(value, int | str)}
    sys.stdout.buffer.write(pickle.dumps(outcome))
