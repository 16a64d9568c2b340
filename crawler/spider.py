"""The one spider: list pages lead to item pages, item pages become Listings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.exceptions import CloseSpider, DontCloseSpider

from crawler.answers import AnswerReader, Wanted
from crawler.asking import Asking, answer_of
from crawler.exchanges import HOPS
from crawler.failures import explain, request_of
from crawler.freshness import Boards, conditions_of
from crawler.items import Gone, Listing, Offers, Problem, Sighting
from crawler.lists import ListReader
from crawler.reading.board import key_of
from crawler.reading.page import with_parameters
from crawler.reading.recognition import page_kind
from crawler.reading.walls import diagnose
from crawler.sources.finding import Sources
from crawler.walk import Walk, is_quiet, mark_of, offer_changed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.answers import Answer
    from crawler.config import Limits, Site
    from crawler.items import ProblemKind
    from crawler.ledger import Ledger, Remembered
    from crawler.reading.board import Board, Row
    from crawler.reading.page import Page
    from crawler.sources.finding import Source
    from crawler.walk import Ending

Item = Listing | Offers | Sighting | Gone | Problem
_AnyItem = TypeVar("_AnyItem", bound=Item)
SITE_DOWN = "site_down"  # why a run was closed early
REFUSALS = 15  # pages in a row, each tried several times: the site is down or wants to be left alone
LIST_FIRST = 10  # list pages before items: boards shift while they are read


def utc_now() -> datetime:
    """The clock of a run; replaced in tests."""
    return datetime.now(UTC)


class ListingSpider(Spider):
    """Reads the boards of one site and yields what it finds."""

    name = "listings"
    alone = True
    """No other process reads the same lists."""

    def __init__(  # noqa: PLR0913 -- what a run needs, each by name
        self,
        *,
        site: Site,
        ledger: Ledger,
        limits: Limits,
        now: Callable[[], datetime] = utc_now,
        full: bool = False,
        watch: bool = False,
        report: Callable[[], None] | None = None,
    ) -> None:
        """One run of `site`.

        Args:
            site: what to read.
            ledger: what earlier runs found; also receives what this run finds, through the pipelines.
            limits: how far the run may go.
            now: the clock; aware.
            full: read every listing again, whatever the list page says.
            watch: read no lists, only the pages of leads that are due to be looked at.
            report: called twice a second, for a progress display.
        """
        super().__init__()
        self.site = site
        self.ledger = ledger
        self.limits = limits
        self.now = now
        self.full = full
        self.watch = watch
        self.report = report
        self.reader = AnswerReader(site)
        self.lists = ListReader(site, self.reader.recipe)
        self.asking = Asking(site)
        self.walks = () if watch else tuple(Walk(url, self.reader.recipe.list.order) for url in site.start)
        self.allowed_domains = list(site.hosts)
        self.seen: set[str] = set()
        self.listed = 0
        self.boards: set[str] = set()
        self.asked: set[str] = set()
        self.refusals = 0
        self.cut_short = False
        self.reached: set[str] = set()
        self.list_problems: dict[ProblemKind, str] = {}
        self.rechecked = watch
        sure = self.alone and ledger.covered and not full and not self.asking.list_meta
        self.reads = Boards({} if watch else ledger.boards(), sure=sure)
        self.sources = Sources(self)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Also listens for the moment when nothing is left to do."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.on_idle, signal=signals.spider_idle)
        crawler.signals.connect(spider.sources.on_robots, signal=signals.robots_parsed)
        return spider

    @property
    def covered(self) -> bool:
        """This run read all it meant to read."""
        return not self.cut_short and all(walk.covered for walk in self.walks)

    @property
    def exhausted(self) -> bool:
        """This run saw every list to its very end."""
        return not self.cut_short and all(walk.exhausted for walk in self.walks)

    async def start(self) -> AsyncIterator[Request]:
        """The start pages, then the item pages that failed before; or the watched pages alone."""
        if self.watch:
            for due in self._watched():
                yield due
            return
        for walk in self.walks:
            yield self._list_request(with_parameters(walk.start, self.reader.recipe.urls.add), walk)
        for key, url in self.ledger.failed_before(self.now()):
            known = self.ledger.known([key]).get(key)
            request = self._item_request(Wanted(url, key, known=known))
            if request is not None:
                yield request

    def parse_list(self, response: Response, walk: Walk) -> Iterator[Item | Request]:
        """A list page: rows to read, rows unchanged, the next page."""
        self.crawler.stats.inc_value("page/list")
        answer = answer_of(response, self.now())
        if walk.pages == 0 and (rows := self.reads.unmodified(walk.start, "list", answer)) is not None:
            walk.pages, walk.ending, self.listed = 1, "known", self.listed + rows
            return
        fault = self.lists.fault(answer)
        if fault is not None:
            yield self._list_problem(walk, answer.url, *fault)
            return
        read = self.lists.read(answer)
        page = read.page
        self.reads.read(walk.start, "list", answer, first=walk.pages == 0)
        self.sources.look_at(page)
        if self.reader.recipe.discover and self.lists.rules is None and walk.pages == 0:
            kind_of_page = page_kind(page, self.reader.recipe)
            if kind_of_page == "item":
                yield from self._read_single(answer, page, walk)
                return
            if kind_of_page == "both":
                yield from self._read_item(answer, self._wanted_page(page))
        if read.lack:
            yield self._unread(page, read.lack, walk)
            return
        yield from self._read_rows(page, read.board, walk)

    def parse_item(self, response: Response, wanted: Wanted) -> Iterator[Item]:
        """An item page."""
        self.crawler.stats.inc_value("page/item")
        yield from self._read_item(answer_of(response, self.now()), wanted)

    def parse_source(self, response: Response, source: Source) -> Iterator[Item | Request]:
        """A sitemap or a feed."""
        self.crawler.stats.inc_value("page/source")
        yield from self.sources.read(answer_of(response, self.now()), source)

    def source_failed(self, failure: Failure) -> Iterator[Item]:
        """A sitemap or a feed that could not be fetched."""
        self.crawler.stats.inc_value("page/failed")
        yield from self.sources.failed(request_of(failure).cb_kwargs["source"], failure.value)

    def list_failed(self, failure: Failure) -> Iterator[Item]:
        """A list page that could not be fetched: the walk ends here."""
        request = request_of(failure)
        self.crawler.stats.inc_value("page/failed")
        yield self._list_problem(request.cb_kwargs["walk"], request.url, *explain(failure.value))

    def item_failed(self, failure: Failure) -> Iterator[Item]:
        """An item page that could not be fetched."""
        wanted = request_of(failure).cb_kwargs["wanted"]
        self.crawler.stats.inc_value("page/failed")
        kind, reason = explain(failure.value)
        hops = tuple(request_of(failure).meta.get(HOPS, ()))
        yield self._count(Problem(self.site.name, wanted.url, kind, reason, self.now(), key=wanted.key, exchanges=hops))
        self._count_refusal(refused=kind in {"timeout", "connection", "dns"})

    def _count_refusal(self, *, refused: bool) -> None:
        """Raises CloseSpider when page after page is refused: asking on would only do harm."""
        self.refusals = self.refusals + 1 if refused else 0
        if self.refusals >= REFUSALS:
            raise CloseSpider(SITE_DOWN)

    def ask_for(self, wanted: Wanted) -> Request | None:
        """A request for an item page; None when it is not to be read, or no more."""
        return self._item_request(wanted)

    def record_fault(self, wanted: Wanted | None, url: str, reason: str) -> None:
        """Keep an error of our own as a problem of the page on which it happened."""
        if wanted is None:
            self.list_problems["internal"] = reason
            self.cut_short = True
            problem = Problem(self.site.name, url, "internal", reason, self.now(), page="list")
        else:
            problem = Problem(self.site.name, wanted.url, "internal", reason, self.now(), key=wanted.key)
        self.ledger.keep(self._count(problem))

    def on_idle(self) -> None:
        """When the lists are read: sitemaps and feeds; then known listings that are due or no longer listed."""
        if self.rechecked:
            return
        failed = any(walk.ending in {"wall", "failed"} for walk in self.walks)
        requests = [] if failed else self.sources.requests()
        if not requests:
            self.rechecked = True
            requests = [] if failed else self._rechecks()
        for request in requests:
            self.crawler.engine.crawl(request)
        if requests:
            raise DontCloseSpider

    def _rechecks(self) -> list[Request]:
        watched = self._watched()
        made = (self._item_request(Wanted(known.url, known.key, known=known)) for known in self._to_recheck())
        requests = [*watched, *(request for request in made if request is not None)]
        self.sources.tell_sighted()
        return requests

    def _to_recheck(self) -> Sequence[Remembered]:
        budget, revisit = self.limits.checks, self.site.revisit
        return self.ledger.to_recheck(self.now(), revisit, budget, unlisted=self.exhausted, skip=self.asked)

    def _watched(self) -> list[Request]:
        """Requests for leads' pages that are due: unconditional, so that no server's word stands for what it shows."""
        due = self.ledger.watched(self.now(), self.limits.checks)
        made = (self._item_request(Wanted(known.url, known.key, known=known), fresh=True) for known in due)
        return [request for request in made if request is not None]

    def _read_rows(self, page: Page, board: Board, walk: Walk) -> Iterator[Item | Request]:
        if not board.rows:
            yield from self._no_rows(page, walk)
            return
        hosts = {urlsplit(one).hostname or "" for one in {"/".join(row.url.split("/", 3)[:3]) for row in board.rows}}
        if hosts.isdisjoint(self.site.hosts):
            reason = f"列表上的信息都在另一主机（{'、'.join(sorted(hosts)[:3])}），没有读取；请改用该主机上的列表页"
            yield self._list_problem(walk, page.url, "empty_list", reason, ending="wall")
            return
        fresh, met = self._fresh(board, walk)
        known = {} if self.full else self.ledger.known([row.key for row in board.rows])
        quiet = self.ledger.covered and not self.full and is_quiet(board, known, walk.order)
        following = walk.follow(board, fresh=met, quiet=quiet, limit=self._page_limit(walk))
        if following is not None:  # before the items: the less a board shifts meanwhile, the better
            yield self._list_request(following, walk, encoding=page.encoding)
        moved = yield from self._visit(fresh, known, page.encoding)
        self.reads.add(walk.start, rows=len(fresh), found=0 if self.full else moved)
        self.crawler.stats.inc_value("fruitful/list", int(moved > 0 and not self.full))
        if walk.ending == "limit":
            self.reached.add("pages")
        if walk.ending == "trap":
            yield self._list_problem(
                walk, page.url, "trap", "翻页没有带来新的信息，疑为循环翻页，已停止", ending="trap"
            )

    def _page_limit(self, walk: Walk) -> int:
        others = sum(other.pages for other in self.walks if other is not walk)
        return min(self.limits.pages - others, self.limits.depth)

    def _fresh(self, board: Board, walk: Walk) -> tuple[list[Row], int]:
        """Rows that this run has not met, and how many this list had not shown before."""
        met = sum(row.key not in walk.keys for row in board.rows)
        walk.keys.update(row.key for row in board.rows)
        # the same titles in the same order are the same page, whatever session numbers its links carry
        titles = mark_of(walk, board)
        telling = len({row.title for row in board.rows}) > max(2, len(board.rows) / 2)  # not twenty times "出售"
        numbered = all(self.reader.recipe.key_of(row.url) for row in board.rows)  # by the software itself
        if titles in self.boards and telling and not numbered:
            return [], 0
        self.boards.add(titles)
        rows = [row for row in board.rows if row.key not in self.seen]
        self.seen.update(row.key for row in rows)
        self.listed += len(rows)
        return rows, met

    def _visit(
        self, rows: list[Row], known: Mapping[str, Remembered], encoding: str
    ) -> Generator[Item | Request, None, int]:
        """What to do about the rows; tells how many were new or had changed."""
        unchanged, moved = [], 0
        for row in rows:
            before = known.get(row.key)
            if before is not None and not self._is_wanted(row, before):
                unchanged.append((row.key, row.signature if row.signature != before.row_signature else None))
                continue
            request = self._item_request(Wanted(row.url, row.key, row.signature, before), encoding)
            moved += request is not None or row.key in self.asked
            if request is not None:
                yield request
        if unchanged:
            yield Sighting(self.site.name, tuple(unchanged), self.now())
        return moved

    def _is_wanted(self, row: Row, before: Remembered) -> bool:
        if before.gone_at is not None or offer_changed(row, before):
            return True
        return self.site.replies and row.signature != before.row_signature

    def _unread(self, page: Page, lack: str, walk: Walk) -> Problem:
        wall = diagnose(page, self.reader.recipe, missing_is="soft_404")
        if wall is None or wall.kind == "gone":
            return self._list_problem(walk, page.url, "parse_error", lack)
        return self._list_problem(walk, page.url, wall.kind, wall.reason, ending="wall")

    def _no_rows(self, page: Page, walk: Walk) -> Iterator[Item]:
        wall = diagnose(page, self.reader.recipe, missing_is="soft_404")
        if walk.pages and (wall is None or wall.kind in {"gone", "soft_404"}):  # a page after the last one
            walk.ending = "end"
            return
        kind: ProblemKind = "empty_list"
        if wall is not None:
            kind = "soft_404" if wall.kind == "gone" else wall.kind
        reason = wall.reason if wall else "列表页上没有读到任何信息：可能是空版块，也可能是页面结构已改变"
        yield self._list_problem(walk, page.url, kind, reason, ending="wall" if wall else "empty")

    def _read_item(self, answer: Answer, wanted: Wanted) -> Iterator[Item]:
        self.seen.add(wanted.key)
        item = self._count(self.reader.read(answer, wanted))
        yield item
        self._count_refusal(refused=isinstance(item, Problem) and item.kind in {"http_error", "captcha", "login_wall"})

    def _read_single(self, answer: Answer, page: Page, walk: Walk) -> Iterator[Item]:
        """A start page that is itself the offer: what is wrong with it is wrong with the list."""
        walk.pages, walk.ending = walk.pages + 1, "end"
        self.listed += 1
        for item in self._read_item(answer, self._wanted_page(page)):
            if isinstance(item, Problem):
                walk.ending, self.list_problems[item.kind] = "wall", item.reason
            yield item

    def _wanted_page(self, page: Page) -> Wanted:
        key = key_of(page.url, self.reader.recipe)
        return Wanted(page.url, key, known=self.ledger.known([key]).get(key))

    def _list_request(self, url: str, walk: Walk, encoding: str = "utf-8") -> Request:
        return Request(
            url,
            callback=self.parse_list,
            errback=self.list_failed,
            cb_kwargs={"walk": walk},
            # a first page may turn out to be the offer itself
            meta=({HOPS: []} if self.reader.recipe.discover and walk.pages == 0 else {}) | self.asking.list_meta,
            headers={**self.asking.list_headers, **self.reads.of_list(walk, self.now())},
            priority=LIST_FIRST,
            encoding=encoding,
            dont_filter=True,  # the walk itself knows which pages it has read
        )

    def _item_request(self, wanted: Wanted, encoding: str = "utf-8", *, fresh: bool = False) -> Request | None:
        if wanted.key in self.asked or urlsplit(wanted.url).hostname not in self.site.hosts:
            return None
        if len(self.asked) >= self.limits.items:
            self.cut_short = True
            self.reached.add("items")
            return None
        self.asked.add(wanted.key)
        return self._ask_item(wanted, encoding, fresh=fresh)

    def _ask_item(self, wanted: Wanted, encoding: str = "utf-8", *, fresh: bool = False) -> Request:
        return Request(
            self.asking.item_url(wanted.url, wanted.key),
            callback=self.parse_item,
            errback=self.item_failed,
            cb_kwargs={"wanted": wanted},
            meta={HOPS: [], **self.asking.item_meta},
            headers=self.asking.item_headers({} if self.full or fresh else conditions_of(wanted.known)),
            encoding=encoding,
            dont_filter=True,  # `asked` knows
        )

    def _list_problem(
        self, walk: Walk, url: str, kind: ProblemKind, reason: str, *, ending: Ending = "failed"
    ) -> Problem:
        walk.ending = ending
        self.list_problems[kind] = reason
        return self._count(Problem(self.site.name, url, kind, reason, self.now(), page="list"))

    def _count(self, item: _AnyItem) -> _AnyItem:
        if isinstance(item, Problem):
            self.crawler.stats.inc_value(f"problem/{item.kind}")
        return item
