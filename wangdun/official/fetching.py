"""The page as it is now: what goes over the wire, then what a browser shows. Once per process: the engine cannot start twice."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wangdun import __version__
from wangdun.exceptions import UsageError

if TYPE_CHECKING:
    from crawler.answers import Answer, Wanted
    from crawler.browser.records import Shot
    from crawler.config import Site
    from crawler.items import Gone, Listing, Problem, Sighting
    from crawler.single import Seen
    from wangdun.config import Config

    Read = Listing | Gone | Problem | Sighting

MEGABYTE = 1 << 20
# advice for whoever keeps the machine; a paper for a court states what happened alone
_ADVICE = re.compile(r"（(?:storage|crawler|wangdun)\.[a-z_.]+）|；请安装：[^；]*")


@dataclass(frozen=True, slots=True)
class Found:
    """What was met at an address."""

    seen: Seen
    read: Read | None
    """What the answer means; None without an answer."""
    shot: Shot
    began_at: datetime
    asked_at: datetime
    answered_at: datetime
    """The page's last answer, or when its absence was certain."""
    opened_at: datetime
    """By the browser."""
    ended_at: datetime

    @property
    def obtained(self) -> bool:
        """Whether the page itself came, or the answer that it is gone; or at least a browser showed it."""
        answer = self.seen.answer
        return bool(self.shot.png) or self.is_gone or (answer is not None and answer.status < 400)

    @property
    def is_gone(self) -> bool:
        """Whether the site says that the offer is no longer there."""
        from crawler.items import Gone, Problem

        return isinstance(self.read, Gone) or (isinstance(self.read, Problem) and self.read.kind == "soft_404")

    @property
    def reached(self) -> str:
        """How the page answered, in Chinese."""
        from crawler.items import Listing

        if self.seen.answer is None:
            return f"未能打开：{self.seen.failure or '没有答复'}"
        status = f"HTTP {self.seen.answer.status}"
        if isinstance(self.read, Listing) or self.read is None:
            return status
        return f"{status}，{getattr(self.read, 'reason', '')}".rstrip("，")


def site_of(config: Config, name: str) -> Site:
    """The site of a lead, as configured.

    Raises:
        UsageError: it is configured no more, or a contact for its operators is missing.
    """
    site = next((one for one in config.crawler.sites if one.name == name), None)
    if site is None:
        raise UsageError(f"站点 {name!r} 已不在配置文件中，不知道如何访问；请先恢复它的设置")
    if not site.local and not config.crawler.contact.strip():
        raise UsageError("读取外部网站前请先在 config.yaml 填写 crawler.contact（写入 User-Agent，供站点联系）")
    return site


def look(config: Config, site: Site, url: str, key: str) -> Found:
    """Fetch the page politely, then open it in a browser. Failures are told, not raised."""
    from crawler.answers import AnswerReader, Wanted
    from crawler.browser.records import Limits
    from crawler.browser.shooting import Browser
    from crawler.items import Listing
    from crawler.settings import user_agent

    reader, wanted, most = AnswerReader(site), Wanted(url, key), config.storage.evidence.pictures

    def images(answer: Answer) -> tuple[str, ...]:
        read = reader.read(answer, wanted)
        return read.images[:most] if isinstance(read, Listing) else ()

    began_at = datetime.now(UTC)
    seen = _fetch(config, site, wanted, images)
    opened_at = datetime.now(UTC)
    limits = Limits(seconds=config.storage.evidence.screen_seconds)
    browser = Browser(config.storage.evidence.browser, limits, user_agent=user_agent(config.crawler, __version__))
    shot = _unseen(url, seen) or browser.shoot(url)
    shot = replace(shot, missing=stated(shot.missing))
    read = None if seen.answer is None else reader.read(seen.answer, wanted)
    first = seen.exchanges[0].asked_at if seen.exchanges else began_at
    last = seen.exchanges[-1].answered_at if seen.exchanges else opened_at
    return Found(seen, read, shot, began_at, first, last, opened_at, ended_at=datetime.now(UTC))


def stated(reason: str) -> str:
    """A reason as it may stand in a paper: without names of settings and commands."""
    return _ADVICE.sub("", reason)


def _unseen(url: str, seen: Seen) -> Shot | None:
    """What robots.txt forbids is not opened in a browser either: then no request was made."""
    from crawler.browser.records import Shot

    if seen.exchanges or not seen.failure:
        return None
    return Shot(url, missing=f"未截屏：网页没有访问（{seen.failure}）")


def _fetch(config: Config, site: Site, wanted: Wanted, images: object) -> Seen:
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.asking import Asking
    from crawler.settings import settings_for
    from crawler.single import Order, Seen, SinglePage

    logging.getLogger().addHandler(logging.NullHandler())
    settings = settings_for(config.crawler, site, __version__) | {"LOG_ENABLED": False, "ITEM_PIPELINES": {}}
    seen = Seen()
    room = config.storage.evidence.max_mb * MEGABYTE // 2  # the other half is for the page itself and the screenshot
    process = AsyncCrawlerProcess(settings)
    asking, url = Asking(site), wanted.url
    order = Order(asking.item_url(url, wanted.key), asking.item_meta, asking.item_headers({}))
    process.crawl(SinglePage, url=url, hosts=site.hosts, images=images, room=room, seen=seen, order=order)
    process.start()
    return seen
