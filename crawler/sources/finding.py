"""Finding: the sitemaps and feeds of a site, read after its lists: which listings they add, which they say have changed."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from scrapy import Request

from crawler.answers import Wanted
from crawler.failures import explain, explain_status
from crawler.items import Problem, Sighting
from crawler.reading.board import clean_url, key_of
from crawler.sources.entries import read_feed, read_sitemap
from crawler.sources.links import feed_links

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from crawler.answers import Answer
    from crawler.freshness import BoardKind
    from crawler.items import ProblemKind
    from crawler.ledger import Remembered
    from crawler.reading.page import Page
    from crawler.sources.entries import Entry
    from crawler.spider import ListingSpider

logger = logging.getLogger(__name__)

MOST_FILES: Final = 20  # sitemaps and feeds that one run asks for: an index may name 50,000
DEEPEST: Final = 2  # index, sitemap: the protocol knows no index of indexes, some sites have one
FUTURE: Final = timedelta(days=1)  # more than any time-zone mistake: a page cannot have changed later
AUTO: Final = "auto"
NO_PATTERN: Final = "站点地图和 feed 没有读取：平台没有信息页的网址规则，请设置 item_url"


@dataclass(frozen=True, slots=True)
class Source:
    """A sitemap or a feed to read."""

    url: str
    kind: BoardKind
    depth: int = 0
    given: bool = False
    """Named in the configuration: when it cannot be read, somebody should know."""


class Sources:
    """The sitemaps and feeds of one run."""

    def __init__(self, spider: ListingSpider) -> None:
        self.spider = spider
        self.site = spider.site
        self.zone = ZoneInfo(spider.site.timezone or spider.reader.recipe.date.timezone)
        self.left = spider.limits.checks
        """Listings that may still be asked for because of what sources say."""
        self.sighted: list[str] = []
        """Keys of known listings that sources name without a change."""
        self._named: dict[str, Source] = {}
        self._met: set[str] = set()
        for kind, said in (("sitemap", self.site.sitemap), ("feed", self.site.feed)):
            for url in said if not isinstance(said, str) else ():
                self._name(Source(url, "sitemap" if kind == "sitemap" else "feed", given=True))

    def on_robots(self, robotparser: Any, request: Request) -> None:  # noqa: ARG002 -- the signal passes it
        """Take the sitemaps that robots.txt names."""
        rules = getattr(robotparser, "rp", None)
        if self.site.sitemap == AUTO and rules is not None:
            for url in list(rules.sitemaps)[:MOST_FILES]:
                self._name(Source(str(url), "sitemap"))

    def look_at(self, page: Page) -> None:
        """Take the feeds that a list page names."""
        if self.site.feed != AUTO:
            return
        for url in feed_links(page):
            self._name(Source(url, "feed"))

    def requests(self) -> list[Request]:
        """What to ask for now; once: nothing when asked again before more was named."""
        named, self._named = list(self._named.values()), {}
        if named and not self._can_tell:
            logger.warning(NO_PATTERN)
            return []
        asked = (self._request(source) for source in named if not self.spider.ledger.may_wait(source.url, self._now))
        return [request for request in asked if request is not None]

    def read(self, answer: Answer, source: Source) -> Iterator[Problem | Request]:
        """What one file says: listings to read, further files."""
        if self.spider.reads.unmodified(source.url, source.kind, answer) is not None:
            return
        if answer.status >= 300:
            yield from self._unreadable(source, *explain_status(answer.status))
            return
        pages = self._pages(answer, source)
        if not pages and not self._named:
            yield from self._unreadable(source, "parse_error", "不是站点地图或 feed，或其中没有条目")
        wanted, rows, cut = self._wanted(pages)
        self.spider.reads.read(source.url, source.kind, answer)
        self.spider.reads.add(source.url, rows=rows, found=len(wanted))
        if cut:
            self.spider.reads.forget(source.url)
        if wanted:
            self.spider.crawler.stats.inc_value("fruitful/source")
        yield from self.requests()
        yield from wanted

    def failed(self, source: Source, error: BaseException | None) -> Iterator[Problem]:
        """A file that could not be fetched."""
        yield from self._unreadable(source, *explain(error))

    def tell_sighted(self) -> None:
        """Note the known listings that sources name and that the run does not look at itself.

        Last: a listing that only an old sitemap still names shall be looked for, like any that the lists lack.
        """
        keys, self.sighted = [key for key in self.sighted if key not in self.spider.asked], []
        if keys:
            self.spider.ledger.keep(Sighting(self.site.name, tuple((key, None) for key in keys), self._now))

    @property
    def _now(self) -> datetime:
        return self.spider.now()

    @property
    def _can_tell(self) -> bool:
        """An item's address can be told from others: a sitemap names every page of a site."""
        return bool(self.site.item_url or self.spider.reader.recipe.urls.item or self.spider.reader.recipe.urls.key)

    def _name(self, source: Source) -> None:
        known = source.url in self._met or len(self._met) >= MOST_FILES
        if known or source.depth > DEEPEST or _host(source.url) not in self.site.hosts:
            return
        self._met.add(source.url)
        self._named[source.url] = source

    def _request(self, source: Source) -> Request | None:
        conditions = {} if self.spider.full else self.spider.reads.conditions(source.url, self._now)
        try:
            return Request(
                source.url,
                callback=self.spider.parse_source,
                errback=self.spider.source_failed,
                cb_kwargs={"source": source},
                headers=conditions,
                dont_filter=True,  # `_met` knows
            )
        except ValueError:  # an address that only looks like one
            return None

    def _pages(self, answer: Answer, source: Source) -> Sequence[Entry]:
        """The pages that a file names; further files are kept for the next question."""
        if source.kind == "feed":
            return read_feed(answer.body, answer.url, self.zone)
        found = read_sitemap(answer.body, answer.url, self.zone)
        newest = sorted(found.maps, key=_newest_first)
        for entry in newest:
            self._name(Source(entry.url, "sitemap", source.depth + 1))
        return found.pages

    def _wanted(self, pages: Sequence[Entry]) -> tuple[list[Request], int, bool]:
        """Requests for new and changed listings, how many listings there were, and whether more are wanted."""
        found: dict[str, Entry] = {}
        for entry in sorted(pages, key=_newest_first):
            if _host(entry.url) in self.site.hosts and self._is_item(entry.url):
                found.setdefault(key_of(entry.url, self.spider.reader.recipe), entry)
        known = self.spider.ledger.known(list(found))
        requests: list[Request] = []
        for key, entry in found.items():
            before = known.get(key)
            if key in self.spider.asked:
                continue
            if before is not None and not _has_changed(entry, before, self._now):
                self.sighted += [key] if before.gone_at is None and key not in self.spider.seen else []
                continue
            if self.left <= 0:
                return requests, len(found), True
            wanted = Wanted(clean_url(entry.url, self.spider.reader.recipe), key, known=before)
            request = self.spider.ask_for(wanted)
            if request is not None:
                self.left -= 1
                requests.append(request)
        return requests, len(found), False

    def _is_item(self, url: str) -> bool:
        pattern = self.site.item_url or self.spider.reader.recipe.urls.item
        if pattern:
            return re.search(pattern, url) is not None
        return self.spider.reader.recipe.key_of(url) is not None

    def _unreadable(self, source: Source, kind: ProblemKind, reason: str) -> Iterator[Problem]:
        logger.info("%s: %s", source.url, reason)
        if source.given:
            yield Problem(self.site.name, source.url, kind, reason, self._now, page="list")


def _newest_first(entry: Entry) -> float:
    return -entry.changed_at.timestamp() if entry.changed_at else 0.0


def _has_changed(entry: Entry, before: Remembered, now: datetime) -> bool:
    seen, said = before.gone_at or before.checked_at, entry.changed_at
    return said is not None and seen is not None and seen < said < now + FUTURE


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
