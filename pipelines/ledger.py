"""Ledger: the memory of one site during one run, and the batch in which its findings are written.

Findings wait for at most `BATCH` listings or `PATIENCE` seconds and are then written in one transaction. What a kill
takes from the waiting batch is not marked as known anywhere: the next run fetches it again.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

from crawler.items import Gone, Problem, Sighting
from pipelines.exceptions import LedgerClosed
from pipelines.judged import Judged
from pipelines.rechecks import Rechecks
from pipelines.records import issue_record, listing_record, touch_of, unwritten
from storage import issues, listings, retries
from storage.evidence import looks, watching
from storage.evidence.looks import Look
from storage.exceptions import StorageError
from storage.freshness import boards
from storage.freshness.estimate import pace
from storage.marking import LEAD_VERDICTS
from storage.records import Outcome, RunTally

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from scrapy.crawler import Crawler

    from pipelines.evidence import Evidence
    from pipelines.judged import Judging
    from storage.database import Database
    from storage.evidence.watching import Steps
    from storage.freshness.boards import Board, BoardVisit
    from storage.records import IssueRecord, Known, ListingRecord

logger = logging.getLogger(__name__)

BATCH = 50  # listings: a transaction costs as much as ten of them, and a kill loses at most these
PATIENCE = 1.0  # seconds: what a person who watches the console will wait
RETRIES = 500  # pages of earlier runs: more would crowd out this run's own
SAMPLES = 5  # problems told with their address at the end of a run; all are in the log and the database
SOURCE_PACE = (timedelta(hours=1), timedelta(days=7))  # a sitemap is no list: it tells little that lists do not tell
FIELDS = ("title", "body", "price", "seller", "posted_at", "images", "contacts")


class Ledger:
    """Reads and writes one site's listings for one run."""

    def __init__(  # noqa: PLR0913 -- what a run is
        self,
        db: Database,
        site_id: int,
        run_id: int,
        *,
        detector: Judging,
        covered: bool,
        evidence: Evidence | None = None,
        watch: Steps = (),
    ) -> None:
        self.db = db
        self.site_id = site_id
        self.run_id = run_id
        self.detector = detector
        self.covered = covered
        self.evidence = evidence
        """How hits are secured; None: they are not."""
        self.watch = watch
        """When leads' pages are looked at again."""
        self.rechecks = Rechecks(db, site_id, run_id)
        self._boards: dict[str, Board] = {}
        self.failure: str | None = None
        self.halted: str | None = None
        """Why the run ends early although the database works: no hit can be secured any more."""
        self.closing: asyncio.Future[Any] | None = None
        self.counts: Counter[str] = Counter()
        self.empty: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        """Problems by kind."""
        self.samples: list[tuple[str, str]] = []
        """The first problems: (URL, reason)."""
        self._listings: list[ListingRecord] = []
        self._sightings: list[Sighting] = []
        self._issues: list[IssueRecord] = []
        self._looks: list[Look] = []
        self._retried: set[str] = set()
        self._written_at = time.monotonic()

    # what the spider asks

    def known(self, keys: Sequence[str]) -> Mapping[str, Known]:
        """Those of `keys` that are stored."""
        return listings.known(self.db, self.site_id, keys) if keys else {}

    def failed_before(self, now: datetime) -> Sequence[tuple[str, str]]:
        """Item pages to try again: (key, url)."""
        waiting = [(one.key or one.url, one.url) for one in retries.due(self.db, self.site_id, now, RETRIES)]
        self._retried.update(key for key, _ in waiting)
        return waiting

    def watched(self, now: datetime, limit: int) -> Sequence[Known]:
        """Leads' pages that are due to be looked at."""
        self.flush()
        due = watching.due(self.db, self.site_id, self.watch, now, limit)
        if self.evidence is not None:
            self.evidence.watched.update(known.key for known in due)
        return due

    def boards(self) -> Mapping[str, Board]:
        """Lists, feeds and sitemaps read before, by URL."""
        self._boards = boards.known(self.db, self.site_id)
        return self._boards

    def may_wait(self, url: str, now: datetime) -> bool:
        """Whether this feed or sitemap was read a short while ago, by how often it has something new."""
        board = self._boards.get(url)
        if board is None or board.read_at > now:
            return False
        return now - board.read_at < pace([board.arrivals.rate], *SOURCE_PACE)

    def to_recheck(
        self, now: datetime, base: timedelta, budget: int, *, unlisted: bool, skip: Collection[str]
    ) -> Sequence[Known]:
        """Stored listings, not gone, whose page is worth a visit although nothing points to a change."""
        self.flush()
        return self.rechecks.choose(now, base, budget, unlisted=unlisted, skip=skip)

    def learn(self, visits: Iterable[BoardVisit]) -> None:
        """At the end of a run: keep what visits of boards and of known pages found. Raises StorageError."""
        boards.note(self.db, self.site_id, visits)
        self.rechecks.write()

    # what the pipelines bring

    def keep(self, item: Any) -> None:
        """Take one item. Raises LedgerClosed when an earlier write failed."""
        if self.failure is not None:
            raise LedgerClosed(self.failure)
        if isinstance(item, Judged):
            self._count_fields(item)
            self._listings.append(listing_record(item))
        elif isinstance(item, Sighting):
            self._sightings.append(item)
        elif isinstance(item, Problem):
            self._note(issue_record(item))
        elif isinstance(item, Gone):
            self._write_gone(item)
        if len(self._listings) >= BATCH or time.monotonic() - self._written_at > PATIENCE:
            self.flush()

    def flush(self) -> None:
        """Write what waits; a failure is remembered, for the run to stop with its reason."""
        if self.failure is not None:
            return
        try:
            self._write()
        except StorageError as error:
            self.failure = str(error)
        self._written_at = time.monotonic()

    def tally(self, **more: Any) -> RunTally:
        """What the run has counted so far; `more` are counts that others keep."""
        counts = self.counts
        read = counts["read"]
        return RunTally(
            listings_new=counts["new"],
            listings_changed=counts["changed"],
            listings_unchanged=counts["unchanged"] + counts["checked"],
            listings_back=counts["back"],
            listings_gone=counts["gone"],
            listings_seen=counts["seen"],
            hits=counts["hits"],
            leads=counts["leads"],
            errors=counts["errors"],
            empty_fields={name: self.empty[name] / read for name in FIELDS} if read else {},
            **more,
        )

    def _write(self) -> None:
        batch, self._listings = self._listings, []
        if batch:
            self._write_listings(batch)
        self._write_sightings()
        waiting, self._issues = self._issues, []
        if waiting:
            self._write_issues(waiting)
        self._write_looks()

    def _write_listings(self, batch: list[ListingRecord]) -> None:
        try:
            outcomes = listings.write(self.db, self.site_id, self.run_id, batch)
        except StorageError:
            raise
        except Exception as error:  # one listing that we cannot write must not take the others with it
            logger.exception("a batch of %d listings could not be written", len(batch))
            if len(batch) > 1:
                for record in batch:
                    self._write_listings([record])
            else:
                self._note(unwritten(batch[0], error))
            return
        for record, outcome in zip(batch, outcomes, strict=True):
            self._count_outcome(record, outcome.value)
            self.rechecks.note(record.key, changed=outcome is not Outcome.UNCHANGED)
            if outcome is not Outcome.NEW or (record.detection and record.detection.verdict in LEAD_VERDICTS):
                self._looks.append(Look(record.key, record.fetched_at, "page"))

    def _note(self, issue: IssueRecord) -> None:
        self.counts["errors"] += 1
        self.kinds[issue.kind] += 1
        logger.warning("%s: %s", issue.url, issue.reason)
        if len(self.samples) < SAMPLES:
            self.samples.append((issue.url, issue.reason))
        self._issues.append(issue)

    def _write_sightings(self) -> None:
        sightings, self._sightings = self._sightings, []
        listings.touch_all(self.db, self.site_id, self.run_id, list(map(touch_of, sightings)))
        for sighting in sightings:
            keys = [key for key, _ in sighting.rows]
            if sighting.checked and not self._retried.isdisjoint(keys):  # the page failed once and is as it was
                retries.done(self.db, self.site_id, keys)
            if sighting.checked:
                self._looks += [Look(key, sighting.seen_at, "page") for key in keys]
                for key in keys:
                    self.rechecks.note(key, changed=False)
            self.counts["checked" if sighting.checked else "seen"] += len(keys)

    def _write_gone(self, item: Gone) -> None:
        try:
            self._write()  # an older sighting that still waits must not bring it back
            went = listings.mark_gone(self.db, self.site_id, self.run_id, item.key, item.seen_at, item.reason)
            retries.done(self.db, self.site_id, [item.key])
            self._looks.append(Look(item.key, item.seen_at, "missing", item.reason))
            self._write_looks()
        except StorageError as error:
            self.failure = str(error)
            raise LedgerClosed(self.failure) from error
        self.counts["gone"] += went
        self.rechecks.note(item.key, changed=went)

    def _write_issues(self, waiting: list[IssueRecord]) -> None:
        issues.add(self.db, self.run_id, self.site_id, waiting)
        items = [issue for issue in waiting if issue.page == "item"]
        retries.put(self.db, self.site_id, [issue for issue in items if issue.kind != "soft_404"])
        vanished = [issue.key or issue.url for issue in items if issue.kind == "soft_404"]
        if vanished:
            retries.done(self.db, self.site_id, vanished)
        self._looks += [Look(issue.key, issue.seen_at, "nothing", issue.reason) for issue in items if issue.key]

    def _write_looks(self) -> None:
        """Last: a visit tells of what is stored."""
        seen, self._looks = self._looks, []
        looks.note(self.db, self.site_id, seen, self.watch)

    def _count_outcome(self, record: ListingRecord, outcome: str) -> None:
        self.counts[outcome] += 1
        detection = record.detection
        if detection is not None and outcome != "unchanged":
            self.counts["hits"] += len(detection.hits)
            self.counts["leads"] += detection.verdict in {"alert", "review"}

    def _count_fields(self, judged: Judged) -> None:
        self.counts["read"] += 1
        for name in FIELDS:
            self.empty[name] += not getattr(judged.listing, name)


def ledger_of(crawler: Crawler) -> Ledger:
    """The ledger that came with the run's spider."""
    return cast("Ledger", getattr(crawler.spider, "ledger"))  # noqa: B009 -- Scrapy's own type does not know it
