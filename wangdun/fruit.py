"""Fruit: the share of requests that brought something new, and what a run teaches about when to ask again."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crawler.spider import ListingSpider
    from pipelines.ledger import Ledger
    from storage.records import RunTally
    from storage.runs import Run

ASKED: Final = ("page/list", "page/item", "page/source", "page/failed")
"""Statistics of requests for pages; robots.txt, pictures and repeated tries are none."""
NEWS: Final = ("new", "changed", "back", "gone")
"""Outcomes of an item page that are something new."""


@dataclass(frozen=True, slots=True)
class Fruit:
    """Of so many requests, so many brought something new."""

    asked: int = 0
    fruitful: int = 0

    @property
    def share(self) -> float | None:
        """0 to 1; None when nothing was asked."""
        return self.fruitful / self.asked if self.asked else None

    def __str__(self) -> str:
        return "—" if self.share is None else f"{self.share:.0%}"


def fruit(stats: Mapping[str, Any], counts: Mapping[str, int]) -> dict[str, float]:
    """Requests of a run and those of them that brought something new, as kept with the run (`RunTally.extra`).

    A list page, sitemap or feed is fruitful when at least one of its rows was new or had changed; an item page when the
    listing was new, had changed, was back or gone. "Not modified", unchanged and failed are not.
    """
    asked = sum(stats.get(name, 0) for name in ASKED)
    news = stats.get("fruitful/list", 0) + stats.get("fruitful/source", 0)
    news += sum(counts.get(name, 0) for name in NEWS)
    # a page that is both a list and an offer is one request
    return {"asked": asked, "fruitful": min(asked, news)}


def of_run(tally: RunTally) -> Fruit:
    """What a run stored; nothing for runs of versions that did not count."""
    return Fruit(int(tally.extra.get("asked", 0)), int(tally.extra.get("fruitful", 0)))


def of_runs(runs: Iterable[Run]) -> Fruit:
    """Of several runs together."""
    told = [of_run(run.tally) for run in runs]
    return Fruit(sum(one.asked for one in told), sum(one.fruitful for one in told))


def learn(ledger: Ledger, spider: ListingSpider | None, status: str) -> None:
    """Keep what visits found. Lists that were not read as far as meant teach nothing. Raises StorageError."""
    from storage.freshness.boards import BoardVisit

    visits: list[BoardVisit] = []
    if spider is not None and spider.covered and status in {"complete", "partial"}:
        reads = spider.reads.visits(whole=status == "complete" and not spider.full)
        visits = [BoardVisit(**asdict(one)) for one in reads]
    ledger.learn([] if spider is not None and spider.full else visits)
