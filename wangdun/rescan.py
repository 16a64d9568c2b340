"""Rescan: the lexicon of today reads the texts of yesterday, on all cores, and can be stopped at any moment."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.records import detection_record
from storage import rejudging, rescans
from storage.differing import as_stored
from storage.versions import Lexicon
from wangdun.rescan_summary import Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from keywords.detector import Detector
    from keywords.results import Detection
    from storage.database import Database
    from storage.records import DetectionRecord
    from storage.rejudging import Batch, Selection, Text
    from storage.rescans import Rescan
    from storage.revising import Change
    from wangdun.cores import Cores
    from wangdun.rescan_view import View

FEW = 2 * rejudging.BATCH  # listings: done before workers would be busy


@dataclass(frozen=True, slots=True)
class Judged:
    """A batch without its texts, and the verdicts on them."""

    batch: Batch
    found: dict[int, DetectionRecord | None]
    """Snapshot id -> verdict; None where the text holds nothing."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for."""

    chosen: Selection
    lexicon: tuple[str, ...]
    """Names of the local lexicon files in use."""
    restart: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a rescan ended."""

    rescan: Rescan | None
    """None for a dry run: nothing is stored of it."""
    summary: Summary
    interrupted: bool
    resumed: bool


def judge_batch(batch: Batch, detector: Detector) -> Judged:
    """Judge the texts of a batch; what a worker does."""
    found = judge_texts(batch.texts, detector)
    verdicts = {text.snapshot_id: record for text, record in zip(batch.texts, found, strict=True)}
    return Judged(rejudging.Batch(batch.listings, ()), verdicts)


def judge_texts(texts: Sequence[Text], detector: Detector) -> list[DetectionRecord | None]:
    """One verdict a text; None where nothing was found and nothing is to be explained."""
    found = detector.detect_many([one.text for one in texts], offered=[one.offered for one in texts])
    return [as_stored(detection_record(one)) if _says_something(one) else None for one in found]


def _says_something(detection: Detection) -> bool:
    return bool(detection.hits or detection.suppressed or detection.verdict.value != "none")


class Run:
    """One call of the command."""

    def __init__(self, db: Database, cores: Cores, wish: Wish, clock: Callable[[], datetime]) -> None:
        """`clock`: says the time, aware; asked at each batch."""
        self.db = db
        self.cores = cores
        self.wish = wish
        self.clock = clock
        self.version = cores.detector.version
        self.lexicon = Lexicon(self.version, lambda texts: judge_texts(texts, cores.detector))

    def work(self, view: View, stopping: Callable[[], bool]) -> Outcome:
        """Do it, or go on with it; `stopping` is asked after each batch.

        Raises:
            StorageError: what is done so far is stored; the next call goes on from there.
            WorkersLost: the same.
        """
        return self._foresee(view, stopping) if self.wish.dry_run else self._apply(view, stopping)

    def _apply(self, view: View, stopping: Callable[[], bool]) -> Outcome:
        found = None if self.wish.restart else rescans.unfinished(self.db, self.version, self.wish.chosen)
        rescan = self._resumed(found) if found else self._begun()
        self._prepare(rescan.total - rescan.scanned)
        with view.of(rescan.total, rescan.scanned):
            for judged in self._judged(rescan.chosen, rescan.cursor, stopping):
                rescan, changes = rescans.advance(
                    self.db, rescan, self.lexicon, judged.batch, judged.found, self.clock()
                )
                view.show(rescan.scanned, changes)
        stopped = stopping()
        rescan = rescans.finish(self.db, rescan, "interrupted" if stopped else "complete", self.clock())
        summary = Summary.of(rescans.changes(self.db, rescan.id), rescan.scanned)
        return Outcome(rescan, summary, stopped, found is not None)

    def _foresee(self, view: View, stopping: Callable[[], bool]) -> Outcome:
        total = rejudging.count(self.db, self.wish.chosen)
        self._prepare(total)
        summary = Summary()
        with view.of(total, 0):
            for judged in self._judged(self.wish.chosen, 0, stopping):
                changes = rescans.preview(self.db, self.lexicon, judged.batch, judged.found)
                self._count(summary, judged, changes)
                view.show(summary.scanned, changes)
        return Outcome(None, summary, stopping(), resumed=False)

    @staticmethod
    def _count(summary: Summary, judged: Judged, changes: Sequence[Change]) -> None:
        summary.scanned += len(judged.batch.listings)
        for change in changes:
            summary.add(change)

    def _begun(self) -> Rescan:
        total = rejudging.count(self.db, self.wish.chosen)
        return rescans.begin(
            self.db,
            version=self.version,
            lexicon=self.wish.lexicon,
            chosen=self.wish.chosen,
            total=total,
            pid=os.getpid(),
            now=self.clock(),
        )

    def _resumed(self, found: Rescan) -> Rescan:
        total = found.scanned + rejudging.count(self.db, found.chosen, after=found.cursor)
        return rescans.resume(self.db, found, pid=os.getpid(), now=self.clock(), total=total)

    def _prepare(self, listings: int) -> None:
        """Start workers for a large job, while no connection is open that they would inherit."""
        if listings > FEW:
            self.db.close()
            self.cores.start()

    def _judged(self, chosen: Selection, after: int, stopping: Callable[[], bool]) -> Iterator[Judged]:
        batches = self._batches(chosen, after)
        with closing(self.cores.map(judge_batch, batches, lambda batch: batch.size)) as found:
            for judged in found:
                yield judged
                if stopping():
                    return

    def _batches(self, chosen: Selection, after: int) -> Iterator[Batch]:
        while batch := rejudging.read(self.db, self.version, chosen, after=after):
            yield batch
            after = batch.last
