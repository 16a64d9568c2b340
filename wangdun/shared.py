"""Shared: a run of one site by several processes, on one machine or many, as each of them sees it."""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import os
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from crawler.exceptions import FrontierError
from wangdun.health import Finding
from wangdun.worker import Result, Run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.frontier.shared import Frontier, Place
    from crawler.frontier.spider import SharedSpider
    from crawler.spider import ListingSpider
    from storage.records import RunTally
    from wangdun.health import Status

logger = logging.getLogger(__name__)

FORMAT = 1  # of what lies in Redis: processes of two versions must not read each other's tasks
LOOK = 0.3  # s between two looks at what another process of the run is doing
ALIVE = timedelta(minutes=2)  # a run whose last sign of life is younger has not been given up: it gives one every 10 s
FIGURES = ("page/", "traffic/", "fruitful/", "problem/")  # how the counts begin that a run tells
OTHERS = "其余的由正在合采本站的其他进程继续"


@dataclass(slots=True)
class Totals:
    """What all processes of a run have counted."""

    stats: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    empty: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, shares: Iterable[dict[str, Any]]) -> Totals:
        """The sum of what each process told."""
        totals = cls()
        for share in shares:
            for name in ("stats", "counts", "empty", "kinds"):
                getattr(totals, name).update(share.get(name, {}))
            totals.samples += [(url, reason) for url, reason in share.get("samples", ())]
        return totals


class GatedRun(Run):
    """A run of a shared site by one process: no faster, together with others, than one polite process."""

    def more_settings(self) -> dict[str, Any]:
        """Every request passes the gate in Redis."""
        from crawler.frontier.settings import gated_settings

        return gated_settings(self.config.crawler.redis_url or "")


class SharedRun(Run):
    """One process's part of a run. Whoever finds that nothing is left to do judges the whole and writes it down."""

    totals: Totals | None = None
    """Of all processes, once they are known."""

    def more_settings(self) -> dict[str, Any]:
        """A scheduler whose queue lies in Redis, and the gate."""
        from crawler.frontier.settings import shared_settings

        limits = self.config.crawler.limits_of(self.site)
        return shared_settings(self.config.crawler.redis_url or "", limits, self.place.age)

    def spider_class(self) -> type[ListingSpider]:
        """Reads what the frontier hands out."""
        from crawler.frontier.spider import SharedSpider

        return SharedSpider

    def more_arguments(self) -> dict[str, Any]:
        """The frontier, and what the spider has to tell and to ask."""
        from crawler.frontier.spider import Shared

        shared = Shared(self.frontier, self._settings, self.ledger.run_id, self._share, self._note_watched)
        return {"shared": shared, "full": self.full}

    def begin(self, site_id: int, now: datetime, lexicon_version: str, trigger: str) -> int:
        """Join the run that is going on, or begin one. Raises FrontierError, Busy."""
        from crawler.frontier.shared import Frontier
        from storage import runs, sites
        from wangdun.exceptions import Busy, DoneByOthers

        born = next(one.registered_at for one in sites.overview(self.db) if one.id == site_id)
        # a site's row is made once, at a moment that no other installation shares with it
        prefix = f"wangdun:{self.site.name}:{_digest(born.isoformat(), site_id)}"
        self.frontier: Frontier = Frontier(self.config.crawler.redis_url or "", prefix)
        limits = self.config.crawler.limits_of(self.site)
        self._settings = _digest(FORMAT, self.site.model_dump_json(), limits.model_dump_json())
        while (place := self._claim()).what == "wait":
            time.sleep(LOOK)
        if place.what == "ended":
            raise DoneByOthers(_result(json.loads(self.frontier.result() or "{}")))
        if place.what == "other":
            raise Busy(f"站点 {self.site.name} 正由设置不同的进程合采", None)
        self.place: Place = place
        if place.what == "join":
            self.full = place.full
            return place.run_id
        left = runs.last(self.db, site_id)
        if left is not None and left.status == "running" and now - left.beat_at < ALIVE:
            return left.id  # its frontier was lost, its processes may still be there
        return super().begin(site_id, now, lexicon_version, trigger)

    def stats(self) -> dict[str, Any]:
        """What the engines have counted: of all processes, once that is known."""
        return super().stats() | (self.totals.stats if self.totals is not None else {})

    def close(self) -> Result:
        """End the run if nothing is left to do, or if nobody else is left to do it."""
        self.ledger.flush()
        spider = cast("SharedSpider | None", self._spider)
        try:
            if spider is None or self.ledger.failure is not None:
                return self._own_result()
            finished = super().stats().get("finish_reason") == "finished"
            if not finished and spider.others:
                return self._own_result()
            return self._end(spider, finished=finished)
        except FrontierError as error:  # the run stays open: others end it, or the next one finds it
            return self._own_result(str(error))

    def _claim(self) -> Place:
        """Raises FrontierError."""
        from storage import runs

        place = self.frontier.claim(self._settings, waiting=_seconds_since_start())
        if place.what == "join":
            run = runs.get(self.db, place.run_id)
            if run is None or run.status != "running":  # Redis came back with the state of a run that is over
                self.frontier.drop()
                return self.frontier.claim(self._settings)
        return place

    def _end(self, spider: SharedSpider, *, finished: bool) -> Result:
        while (what := self.frontier.claim_end(unfinished=not finished)) == "wait":
            time.sleep(LOOK)
        if what == "yours":
            spider.learn()
            self._take(Totals.of(self.frontier.shares()))
            result = super().close()
            self.frontier.end(json.dumps(asdict(result), ensure_ascii=True, default=str))
            return result
        told = self.frontier.result() if what == "ended" else None
        return _result(json.loads(told)) if told else self._own_result()

    def _take(self, totals: Totals) -> None:
        self.totals, ledger = totals, self.ledger
        ledger.counts, ledger.empty, ledger.kinds = totals.counts, totals.empty, totals.kinds
        ledger.samples = totals.samples[:5]  # as many as an unshared run tells

    def _own_result(self, reason: str = "") -> Result:
        """What this process did, when the run as a whole is for others to judge."""
        reason = reason or self.ledger.failure or self.ledger.halted or ""
        findings = (Finding("error", "storage", reason),) if reason else (Finding("warning", "shared", OTHERS),)
        status: Status = "failed" if reason else "interrupted" if self.stop.asked else "partial"
        return Result(self.site.name, status, findings, self.tally(), tuple(self.ledger.samples))

    def _share(self) -> dict[str, Any]:
        stats, ledger = super().stats(), self.ledger
        return {
            "stats": {name: count for name, count in stats.items() if name.startswith(FIGURES)},
            "counts": dict(ledger.counts),
            "empty": dict(ledger.empty),
            "kinds": dict(ledger.kinds),
            "samples": ledger.samples,
        }

    def tell_database(self, tally: RunTally) -> None:
        """A sign of life with the sum of what all have counted."""
        try:
            totals = Totals.of(self.frontier.shares())
        except FrontierError:  # told by the spider
            super().tell_database(tally)
            return
        whole = copy.copy(self)
        whole.ledger = copy.copy(self.ledger)
        whole._take(totals)  # noqa: SLF001 -- a copy of ourselves
        super().tell_database(whole.tally())

    def _note_watched(self, key: str) -> None:
        if self.ledger.evidence is not None:
            self.ledger.evidence.watched.add(key)


def _digest(*facts: object) -> str:
    return hashlib.sha256("\n".join(map(str, facts)).encode()).hexdigest()[:16]


def _seconds_since_start() -> float:
    """How long ago this process was started; 0 where nobody can tell."""
    try:
        ticks = int(
            Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19]
        )
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")  # proc(5), field 22
    except (OSError, ValueError, AttributeError):  # no Linux
        return 0.0


def _result(told: dict[str, Any]) -> Result:
    """How the process that ended the run judged it."""
    from storage.records import RunTally

    told["findings"] = tuple(Finding(**one) for one in told["findings"])
    told["issues"] = tuple((url, reason) for url, reason in told["issues"])
    told["tally"] = RunTally(**told["tally"])
    return Result(**told)
