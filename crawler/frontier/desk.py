"""Desk: the leases of one process, from the moment a task is taken until what its page brought is stored."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from crawler.exceptions import FrontierError, FrontierLost
from crawler.frontier.shared import Found, Lease
from crawler.frontier.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy import Request

    from crawler.frontier.shared import Frontier, Pulse
    from crawler.ledger import Ledger

logger = logging.getLogger(__name__)

LONGEST = 1800.0  # s for one page, tries and waits included; what takes longer got lost on its way
PATIENCE = 600.0  # s without Redis, then the process ends: somebody restarts Redis within minutes or not at all
WORST = 8  # leases that ran out over one page: a page that kills its reader must not kill for ever


class WritingLedger(Protocol):
    """What the desk asks of a ledger besides what every spider does."""

    failure: str | None

    def flush(self) -> None:
        """Write what waits; `failure` says whether that worked."""


@dataclass(slots=True)
class Held:
    """One leased page on its way."""

    lease: Lease
    since: float
    found: Found = field(default_factory=Found)
    waiting: int = 0
    """Items of the page that the pipelines have not passed on yet."""
    read: bool = False
    spoiled: bool = False
    """Something of it was not kept: the lease has to run out."""

    @property
    def done(self) -> bool:
        """All that the page brought is with the ledger."""
        return self.read and not self.waiting and not self.spoiled


class Desk:
    """Takes tasks, keeps their leases alive, and gives them up when their pages are stored."""

    def __init__(
        self,
        frontier: Frontier,
        ledger: Ledger,
        *,
        items: int,
        share: Callable[[], dict[str, Any]],
        request: Callable[[Lease], Request | None],
    ) -> None:
        """`items`: most item pages a run; `share`: what this process has counted; `request`: a task as a request."""
        self.frontier = frontier
        self.held: dict[str, Held] = {}
        self.pulse: Pulse | None = None
        self.lost = False
        """Somebody has to lay the frontier out anew."""
        self._ledger: Any = ledger
        self._items = items
        self._share = share
        self._request = request
        self._away_since: float | None = None

    @property
    def gave_up(self) -> bool:
        """Redis has not answered for too long."""
        return self._away_since is not None and time.monotonic() - self._away_since > PATIENCE

    def size(self) -> int:
        """Tasks of the run that are not done; 1 when that is not known."""
        return int(self.ask(self.frontier.size, 1))

    def next_request(self) -> Request | None:
        """Take a task."""
        if self.lost or self._ledger.failure is not None:
            return None
        lease = self.ask(self.frontier.pop, None)
        if lease is None:
            return None
        self.held[lease.token] = Held(lease, time.monotonic())
        return self._request(lease)

    def settle(self, held: Held) -> bool:
        """Store what a list page brought and queue what it led to, at once: the next page waits for it."""
        if not held.done or not self._flushed():
            return False
        settled = self.ask(lambda: self.frontier.settle(held.lease, held.found, items=self._items), None)
        if settled is None:  # nobody knows: if it was not, the lease runs out and the page is read again
            held.spoiled = True
            return False
        self.held.pop(held.lease.token, None)
        return bool(settled)

    def tick(self) -> Pulse | None:
        """Store what waits, give up what is stored, renew the rest; None while there is no frontier."""
        ready = [one for one in self.held.values() if one.done and one.lease.task.kind == "item"]
        stored = self._flushed()
        done = [one.lease for one in ready] if stored else []
        gone = {lease.token for lease in done}
        kept = [one.lease for one in self.held.values() if one.lease.token not in gone and self._is_alive(one)]
        share = json.dumps(self._share(), ensure_ascii=True)
        self.pulse = self.ask(lambda: self.frontier.tick(share, done, kept), None)
        if self.pulse is not None:
            for token in gone | self.pulse.lost:
                self.held.pop(token, None)
        return self.pulse

    def close(self) -> None:
        """The process ends: what is stored is given up, the rest is given back."""
        self.tick()
        left = [one.lease for one in self.held.values()]
        if left:
            self.ask(lambda: self.frontier.give_back(left), 0)
        self.held.clear()

    def _flushed(self) -> bool:
        self._ledger.flush()
        return self._ledger.failure is None

    def _is_alive(self, held: Held) -> bool:
        return not held.spoiled and time.monotonic() - held.since < LONGEST

    def ask(self, question: Callable[[], Any], otherwise: Any = None) -> Any:
        """What Redis says, or `otherwise` when it does not."""
        try:
            answer = question()
        except FrontierLost:
            self.lost = True
            self._away_since = None
            return otherwise
        except FrontierError as error:
            if self._away_since is None:
                logger.warning("%s", error)
                self._away_since = time.monotonic()
            return otherwise
        self._away_since = None
        return answer


def nobodys() -> Held:
    """For a page whose lease ran out while it was read: its items are kept, what it leads to others find."""
    return Held(Lease(Task("item"), ""), 0.0)


def lost_task(task: Task) -> str:
    """What is said of a page over which process after process ended."""
    where = "列表页" if task.kind == "list" else "信息页"
    return f"读取这个{where}时采集进程多次中断，本次不再读取，已记录"
