"""The spider of a shared run: the same reading, but what is to be read comes from the frontier and goes there."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scrapy import Request, signals
from scrapy.exceptions import CloseSpider, DontCloseSpider
from twisted.internet.task import LoopingCall

from crawler.answers import Wanted
from crawler.exceptions import FrontierError
from crawler.failures import request_of
from crawler.freshness import Boards
from crawler.frontier.desk import WORST, Desk, lost_task, nobodys
from crawler.frontier.shared import Found
from crawler.frontier.tasks import Task
from crawler.items import Problem
from crawler.politeness import TOLD_TO_WAIT
from crawler.reading.page import with_parameters
from crawler.spider import SITE_DOWN, ListingSpider
from crawler.walk import Walk, mark_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from typing import Self

    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from crawler.answers import Answer
    from crawler.frontier.desk import Held
    from crawler.frontier.shared import Frontier, Lease
    from crawler.items import ProblemKind
    from crawler.reading.board import Board, Row
    from crawler.reading.page import Page
    from crawler.spider import Item
    from crawler.walk import Ending

logger = logging.getLogger(__name__)

LEASE = "lease"
"""Key of `Request.meta`: the token of the lease under which the page is read."""
FRESH = "fresh"
"""Key of `Request.meta`: the page is asked for without conditions."""
TICK = 0.5  # s: as long as a stored page's lease, and an idle process, waits
FOR_ALL = (TOLD_TO_WAIT, SITE_DOWN)  # reasons to stop that the other processes would only find out again
REPLACED = "replaced"  # why a run was closed early: another run of the site has begun
NO_REDIS = "no_redis"  # why a run was closed early


@dataclass(slots=True)
class SharedWalk(Walk):
    """A list of which this process reads one page; the rest of what was read lies in the frontier."""

    index: int = 0
    others: int = 0
    """Pages that were read of other lists."""
    found: Found = field(default_factory=Found)


@dataclass(frozen=True, slots=True)
class Shared:
    """What makes one process part of a shared run."""

    frontier: Frontier
    settings: str
    """Digest of the settings that all its processes must agree on."""
    run_id: int
    share: Callable[[], dict[str, Any]]
    """What this process has counted so far; JSON-ready."""
    watched: Callable[[str], None]
    """Told the key of each lead whose page is read here because it is watched."""


class SharedSpider(ListingSpider):
    """Reads what the frontier hands out, together with other processes."""

    alone = False

    def __init__(self, *, shared: Shared, **more: Any) -> None:
        """One process of a shared run; `more` as for a `ListingSpider`."""
        super().__init__(**more)
        self.shared = shared
        self.desk = Desk(
            shared.frontier, self.ledger, items=self.limits.items, share=shared.share, request=self._request_for
        )
        self.reads = Boards({})  # what one process sees of a list teaches nothing about its pace
        self.others = 0
        """Processes that went on when this one ended."""
        self._loop = LoopingCall(self._tick)
        self._closing: asyncio.Future[Any] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Also hears what becomes of each item."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.on_kept, signal=signals.item_scraped)
        crawler.signals.connect(spider.on_kept, signal=signals.item_error)
        crawler.signals.connect(spider.on_dropped, signal=signals.item_dropped)
        crawler.signals.connect(spider.on_closed, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """Nothing: what is to be read comes from the frontier, which the first process lays out."""
        seeds = self._seeds()
        self.desk.ask(lambda: self._begin(seeds))
        self._loop.start(TICK, now=False).addErrback(self._on_broken)
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    def parse_list(self, response: Response, walk: Walk) -> Iterator[Item | Request]:
        """A list page: what it leads to is queued for all."""
        return self._bring(response.request, super().parse_list(response, walk), walk)

    def parse_item(self, response: Response, wanted: Wanted) -> Iterator[Item]:
        """An item page."""
        return self._bring(response.request, super().parse_item(response, wanted))

    def list_failed(self, failure: Failure) -> Iterator[Item]:
        """A list page that could not be fetched: the walk ends here, for all."""
        request = request_of(failure)
        return self._bring(request, super().list_failed(failure), request.cb_kwargs["walk"])

    def item_failed(self, failure: Failure) -> Iterator[Item]:
        """An item page that could not be fetched."""
        return self._bring(request_of(failure), super().item_failed(failure))

    def record_fault(self, wanted: Wanted | None, url: str, reason: str) -> None:
        """Keep an error of our own; one on a list page counts for the whole run."""
        super().record_fault(wanted, url, reason)
        if wanted is None:
            self.desk.ask(lambda: self.shared.frontier.note_problem("internal", reason))

    def on_idle(self) -> None:
        """The run is over when nobody has anything to do; before that, whoever is first looks for pages to check."""
        answer = self.desk.ask(self._advance)
        if answer != "done" and not self.desk.gave_up:
            raise DontCloseSpider

    def on_kept(self, response: Response | Failure | None) -> None:
        """An item has passed the pipelines, or its fault was recorded."""
        held = self._held(response)
        if held is not None:
            held.waiting -= 1
            self._settle(held)

    def on_dropped(self, response: Response | Failure | None) -> None:
        """An item was not kept: the page has to be read again, by whomever."""
        held = self._held(response)
        if held is not None:
            held.spoiled = True

    def on_closed(self, reason: str) -> None:
        """Give back what was not done, and leave."""
        if self._loop.running:
            self._loop.stop()
        self.desk.close()
        stop = reason if reason in FOR_ALL else ""
        self.others = int(self.desk.ask(lambda: self.shared.frontier.leave(stop)) or 0)

    def learn(self) -> None:
        """Take over how far all lists are read. Raises FrontierError."""
        told = self.shared.frontier.standing()
        for index, walk in enumerate(self.walks):
            one = json.loads(told["walks"].get(str(index), "{}"))
            walk.pages, walk.ending = one.get("pages", 0), one.get("ending", "open")
        self.cut_short = self.cut_short or "cut" in told["run"]
        self.listed = int(told["run"].get("listed", 0))
        self.list_problems = {**told["problems"]}
        self.reached = told["reached"]
        self.reads = Boards({})

    # reading

    def _fresh(self, board: Board, walk: Walk) -> tuple[list[Row], int]:
        assert isinstance(walk, SharedWalk)
        keys = list({row.key: None for row in board.rows})
        mark = mark_of(walk, board)
        met = self.shared.frontier.met(walk.index, keys, board.next_url or "", mark)
        walk.keys, walk.urls = set(met.on_list), {board.next_url} if met.followed and board.next_url else set()
        walk.others = met.pages_of_others
        # what another process, or an earlier try of this one, has not settled does not count
        self.seen, self.boards = set(met.anywhere), {mark} if met.repeated else set()
        rows, count = super()._fresh(board, walk)
        walk.found.keys, walk.found.fresh, walk.found.board = keys, [row.key for row in rows], mark
        return rows, count

    def _page_limit(self, walk: Walk) -> int:
        assert isinstance(walk, SharedWalk)
        return min(self.limits.pages - walk.others, self.limits.depth)

    def _read_single(self, answer: Answer, page: Page, walk: Walk) -> Iterator[Item]:
        assert isinstance(walk, SharedWalk)
        walk.found.extra = 1
        return super()._read_single(answer, page, walk)

    def _list_problem(
        self, walk: Walk, url: str, kind: ProblemKind, reason: str, *, ending: Ending = "failed"
    ) -> Problem:
        assert isinstance(walk, SharedWalk)
        walk.found.problems[kind] = reason
        return super()._list_problem(walk, url, kind, reason, ending=ending)

    def _item_request(self, wanted: Wanted, encoding: str = "utf-8", *, fresh: bool = False) -> Request | None:
        """A request that only leads to a task: the frontier knows what was asked for, and how much."""
        return Request(wanted.url, cb_kwargs={"wanted": wanted}, meta={FRESH: fresh}, encoding=encoding)

    def _bring(
        self, request: Request | None, outputs: Iterator[Item | Request], walk: Walk | None = None
    ) -> Iterator[Any]:
        """The items of a page; what else it brought is noted under its lease."""
        held = self.desk.held.get(request.meta.get(LEASE, "")) if request is not None else None
        held = held or nobodys()
        if isinstance(walk, SharedWalk):
            walk.found = held.found
        try:
            for output in outputs:
                if isinstance(output, Request):
                    held.found.children.append(_task_of(output))
                    continue
                if isinstance(output, Problem) and not self.shared.frontier.holds(held.lease):
                    continue  # whoever has the page now tells how it went
                held.waiting += 1
                yield output
        except FrontierError:  # the page is read again when its lease has run out
            held.spoiled = True
        except CloseSpider:
            self._has_read(held, walk)
            raise
        except Exception:  # a mistake of ours, told by others; the list ends here
            if walk is not None:
                walk.ending = "failed"
            self._has_read(held, walk)
            raise
        else:
            self._has_read(held, walk)

    def _has_read(self, held: Held, walk: Walk | None) -> None:
        held.read = True
        if isinstance(walk, SharedWalk):
            found = held.found
            found.walk, found.urls = walk.index, list(walk.urls)
            found.standing = json.dumps({"pages": walk.pages, "ending": walk.ending})
            found.reached, found.cut_short = list(self.reached), self.cut_short
        self._settle(held)

    def _settle(self, held: Held) -> None:
        if held.lease.task.kind == "list" and self.desk.settle(held):
            self._wake()

    # taking

    def _request_for(self, lease: Lease) -> Request | None:
        task = lease.task
        if lease.tries > WORST:
            self._give_up(lease)
            return None
        if task.kind == "checks":
            self._look_for_checks(lease)
            return None
        if task.kind == "list":
            return self._with_lease(self._list_request(task.url, self._walk_of(task)), lease)
        try:
            known = self.ledger.known([task.key]).get(task.key)
        except Exception:  # the database's own reasons are told when it is written to; the lease runs out
            logger.exception("what is known of %s could not be read", task.key)
            self.desk.held[lease.token].spoiled = True
            return None
        if task.fresh:
            self.shared.watched(task.key)
        self.asked.add(task.key)  # for the progress display
        wanted = Wanted(task.url, task.key, task.signature, known)
        return self._with_lease(self._ask_item(wanted, fresh=task.fresh), lease)

    def _with_lease(self, request: Request, lease: Lease) -> Request:
        request.meta[LEASE] = lease.token
        return request

    def _walk_of(self, task: Task) -> SharedWalk:
        start = self.site.start[task.walk]
        return SharedWalk(start, self.reader.recipe.list.order, pages=task.pages, barren=task.barren, index=task.walk)

    def _give_up(self, lease: Lease) -> None:
        """A page that ends process after process is told of, and left."""
        task, held = lease.task, self.desk.held[lease.token]
        reason = lost_task(task)
        where: dict[str, Any] = {"page": "list"} if task.kind == "list" else {"key": task.key}
        self.ledger.keep(Problem(self.site.name, task.url, "internal", reason, self.now(), **where))
        walk = self._walk_of(task) if task.kind == "list" else None
        if walk is not None:
            walk.ending, walk.found, held.found.problems["internal"] = "failed", held.found, reason
        self._has_read(held, walk)
        self._wake()

    def _look_for_checks(self, lease: Lease) -> None:
        """When the lists are read: known listings that are due or no longer listed."""
        held = self.desk.held[lease.token]
        try:
            self.learn()
            if not any(walk.ending in {"wall", "failed"} for walk in self.walks):
                self.asked = self.shared.frontier.asked()
                others = (self._item_request(Wanted(one.url, one.key, known=one)) for one in self._to_recheck())
                due = (*self._watched(), *others)
                held.found.children = [_task_of(request) for request in due if request is not None]
        except Exception:  # Redis or the database: the lease runs out, and whoever takes it next tries again
            logger.exception("pages to check could not be found")
            held.spoiled = True
            return
        held.read = True
        self.desk.settle(held)
        self._wake()

    # the frontier

    def _seeds(self) -> list[Task]:
        more = self.reader.recipe.urls.add
        lists = [Task("list", with_parameters(walk.start, more), walk=index) for index, walk in enumerate(self.walks)]
        return lists + [Task("item", url, key) for key, url in self.ledger.failed_before(self.now())]

    def _begin(self, seeds: list[Task]) -> bool:
        return self.shared.frontier.begin(self.shared.run_id, seeds, lists=len(self.walks), full=self.full)

    def _advance(self) -> str:
        return self.shared.frontier.advance()

    def _tick(self) -> None:
        if self.desk.lost:
            self._lay_out_anew()
            return
        pulse = self.desk.tick()
        if pulse is not None and (pulse.stop or pulse.ended):
            self._close(pulse.stop or "finished")
        elif self._fails():
            self._close("storage")
        elif self.desk.gave_up:
            self._close(NO_REDIS)
        elif pulse is not None and (pulse.queued or not pulse.leased):
            self._wake()

    def _fails(self) -> bool:
        return getattr(self.ledger, "failure", None) is not None

    def _lay_out_anew(self) -> None:
        """Redis came back without the frontier: the run goes on from the start pages, known rows are passed over."""
        try:
            place = self.shared.frontier.claim(self.shared.settings)
            if place.what == "other" or (place.what == "join" and place.run_id != self.shared.run_id):
                self._close(REPLACED)
                return
            if place.what == "wait":
                return
            self.desk.held.clear()  # their leases are gone; what they bring is stored all the same
            if place.what == "open":
                self._begin(self._seeds())
        except FrontierError as error:
            logger.warning("%s", error)
            return
        logger.warning("the frontier was lost and is laid out anew")
        self.desk.lost = False
        self._wake()

    def _held(self, response: Any) -> Held | None:
        request = getattr(response, "request", None)
        return self.desk.held.get(request.meta.get(LEASE, "")) if request is not None else None

    def _close(self, reason: str) -> None:
        engine = self.crawler.engine
        if self._closing is None and engine is not None:
            self._closing = asyncio.ensure_future(engine.close_spider_async(reason=reason))

    def _wake(self) -> None:
        """Let the engine look again for something to do; by itself it does so every five seconds."""
        slot = getattr(self.crawler.engine, "_slot", None)
        if slot is not None and slot.closing is None:
            slot.nextcall.schedule()

    def _on_broken(self, failure: Failure) -> None:
        logger.error("the frontier's clock stopped: %s", failure.getTraceback())
        self._close("shutdown")


def _task_of(request: Request) -> Task:
    """What a request of the spider asks for."""
    walk = request.cb_kwargs.get("walk")
    if isinstance(walk, SharedWalk):
        return Task("list", request.url, walk=walk.index, pages=walk.pages, barren=walk.barren)
    wanted: Wanted = request.cb_kwargs["wanted"]
    fresh = bool(request.meta.get(FRESH))
    return Task("item", request.url, wanted.key, wanted.row_signature, fresh=fresh)
