"""Rescan: the lexicon of today reads the texts of yesterday, on all cores, and can be stopped at any moment."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pipelines.records import detection_record
from storage import rejudging, rescans
from storage.differing import as_stored
from storage.versions import Lexicon
from wangdun.rescan_summary import Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
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


class Source(Protocol):
    """Where the texts come from."""

    name: str | None
    """The archive; None for the database itself."""
    chosen: Selection

    def left(self, after: int) -> int:
        """How much there is to look at beyond the cursor `after`. Raises StorageError."""

    def done(self, rescan: Rescan) -> int:
        """How much of it was looked at."""

    def judged(self, chosen: Selection, after: int) -> Generator[Judged]:
        """All beyond the cursor `after`, judged, in order. Raises StorageError, WorkersLost."""


class Stored:
    """The newest versions as the database has them."""

    def __init__(self, db: Database, cores: Cores, chosen: Selection) -> None:
        self.db, self.cores, self.chosen = db, cores, chosen
        self.name: str | None = None

    def left(self, after: int) -> int:
        """Listings."""
        return rejudging.count(self.db, self.chosen, after=after)

    def done(self, rescan: Rescan) -> int:
        """Listings."""
        return rescan.scanned

    def judged(self, chosen: Selection, after: int) -> Generator[Judged]:
        """A batch at a time."""
        with closing(self.cores.map(judge_batch, self._batches(chosen, after), lambda batch: batch.size)) as found:
            yield from found

    def _batches(self, chosen: Selection, after: int) -> Iterator[Batch]:
        while batch := rejudging.read(self.db, self.cores.detector.version, chosen, after=after):
            yield batch
            after = batch.last


class Run:
    """One call of the command."""

    def __init__(
        self, db: Database, cores: Cores, wish: Wish, clock: Callable[[], datetime], source: Source | None = None
    ) -> None:
        """`clock`: says the time, aware; asked at each batch. `source`: the database where none is given."""
        self.db = db
        self.cores = cores
        self.wish = wish
        self.clock = clock
        self.source: Source = source or Stored(db, cores, wish.chosen)
        self.version = cores.detector.version
        self.lexicon = Lexicon(self.version, lambda texts: judge_texts(texts, cores.detector))

    def work(self, view: View, stopping: Callable[[], bool]) -> Outcome:
        """Do it, or go on with it; `stopping` is asked after each batch.

        Raises:
            StorageError: what is done so far is stored; the next call goes on from there.
            WorkersLost: the same.
            ArchiveError: a shard is not what the archive's manifest says; the same.
        """
        return self._foresee(view, stopping) if self.wish.dry_run else self._apply(view, stopping)

    def _apply(self, view: View, stopping: Callable[[], bool]) -> Outcome:
        same = (self.version, self.wish.chosen, self.source.name)
        found = None if self.wish.restart else rescans.unfinished(self.db, *same)
        rescan = self._resumed(found) if found else self._begun()
        before = self.source.done(rescan)
        self._prepare(rescan.total - before)
        with view.of(rescan.total, before):
            for judged in self._judged(rescan.chosen, rescan.cursor, stopping):
                rescan, changes = rescans.advance(
                    self.db, rescan, self.lexicon, judged.batch, judged.found, self.clock()
                )
                view.show(self.source.done(rescan), changes)
        stopped = stopping()
        rescan = rescans.finish(self.db, rescan, "interrupted" if stopped else "complete", self.clock())
        summary = Summary.of(rescans.changes(self.db, rescan.id), rescan.scanned)
        return Outcome(rescan, summary, stopped, found is not None)

    def _foresee(self, view: View, stopping: Callable[[], bool]) -> Outcome:
        total = self.source.left(0)
        self._prepare(total)
        summary = Summary()
        with view.of(total, 0):
            for judged in self._judged(self.wish.chosen, 0, stopping):
                changes = rescans.preview(self.db, self.lexicon, judged.batch, judged.found)
                self._count(summary, judged, changes)
                view.show(summary.scanned if judged.batch.upto is None else judged.batch.upto, changes)
        return Outcome(None, summary, stopping(), resumed=False)

    @staticmethod
    def _count(summary: Summary, judged: Judged, changes: Sequence[Change]) -> None:
        summary.scanned += len(judged.batch.listings)
        for change in changes:
            summary.add(change)

    def _begun(self) -> Rescan:
        return rescans.begin(
            self.db,
            version=self.version,
            lexicon=self.wish.lexicon,
            chosen=self.wish.chosen,
            total=self.source.left(0),
            pid=os.getpid(),
            now=self.clock(),
            source=self.source.name,
        )

    def _resumed(self, found: Rescan) -> Rescan:
        self.source.chosen = found.chosen
        total = self.source.done(found) + self.source.left(found.cursor)
        return rescans.resume(self.db, found, pid=os.getpid(), now=self.clock(), total=total)

    def _prepare(self, much: int) -> None:
        """Start workers for a large job, while no connection is open that they would inherit."""
        if much > FEW:
            self.db.close()
            self.cores.start()

    def _judged(self, chosen: Selection, after: int, stopping: Callable[[], bool]) -> Iterator[Judged]:
        with closing(self.source.judged(chosen, after)) as found:
            for judged in found:
                yield judged
                if stopping():
                    return
