"""What lexicons said about a snapshot: all detections stored, and what the newest lexicon says now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage import rejudging
from storage.differing import agree
from storage.marking import HIT_FACTS, JUDGED
from storage.models import Detection, Hit
from storage.records import DetectionRecord, HitRecord
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from storage.rejudging import Text


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The newer lexicon, as far as storage knows it."""

    version: str
    judge: Callable[[Sequence[Text]], Sequence[DetectionRecord | None]]
    """Judges texts that nobody judged in advance; None where a text holds nothing."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A detection that is stored, or will be (id 0 until then)."""

    id: int
    record: DetectionRecord


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is known of one snapshot: detections as stored, oldest first, and what the lexicon says."""

    id: int
    stored: tuple[Stored, ...]
    now: DetectionRecord

    @property
    def newest(self) -> DetectionRecord | None:
        """The detection stored last."""
        return self.stored[-1].record if self.stored else None

    @property
    def judged(self) -> Stored | None:
        """By this lexicon, earlier."""
        return next((one for one in self.stored if one.record.lexicon_version == self.now.lexicon_version), None)

    @property
    def is_news(self) -> bool:
        """The lexicon says something that is not stored."""
        return self.judged is None and not agree(self.newest, self.now)

    @property
    def current(self) -> Stored:
        """The detection that stands for what the lexicon says; still to be stored where that is news."""
        if self.is_news or not self.stored:
            return Stored(0, self.now)
        return self.judged or self.stored[-1]


def judgements(
    connection: Connection, lexicon: Lexicon, ids: Collection[int], found: Mapping[int, DetectionRecord | None]
) -> dict[int, Judgement]:
    """Snapshot id -> what is stored and what the lexicon says: of `found`, else of its own judgement here and now."""
    stored = stored_versions(connection, ids)
    judged = {
        snapshot_id: one.record
        for snapshot_id, all_ in stored.items()
        for one in all_
        if one.record.lexicon_version == lexicon.version
    }
    missing = [one for one in ids if one not in judged and one not in found]
    late = rejudging.texts(connection, missing) if missing else ()
    judged_late = dict(zip((one.snapshot_id for one in late), lexicon.judge(late), strict=True)) if late else {}
    nothing = DetectionRecord("none", 0.0, "none", (), lexicon.version)
    verdicts = {**found, **judged_late, **judged}
    return {one: Judgement(one, tuple(stored.get(one, ())), verdicts[one] or nothing) for one in ids}


def stored_versions(connection: Connection, ids: Collection[int]) -> dict[int, list[Stored]]:
    """All detections of these snapshots, oldest first."""
    query = select(Detection.id, Detection.snapshot_id, *(getattr(Detection, name) for name in JUDGED))
    rows = [row for some in chunks(ids) for row in connection.execute(query.where(Detection.snapshot_id.in_(some)))]
    hits = _hits(connection, [row.id for row in rows])
    found: dict[int, list[Stored]] = {}
    for row in sorted(rows, key=lambda row: row.id):
        verdict = (row.verdict, row.score, row.intent, tuple(row.departments), row.lexicon_version)
        record = DetectionRecord(*verdict, tuple(hits.get(row.id, ())), row.explanation)
        found.setdefault(row.snapshot_id, []).append(Stored(row.id, record))
    return found


def _hits(connection: Connection, ids: Collection[int]) -> dict[int, list[HitRecord]]:
    query = select(Hit.detection_id, *(getattr(Hit, name) for name in HIT_FACTS)).order_by(
        Hit.detection_id, Hit.position
    )
    found: dict[int, list[HitRecord]] = {}
    for some in chunks(ids):
        for detection_id, *facts in connection.execute(query.where(Hit.detection_id.in_(some))):
            found.setdefault(detection_id, []).append(HitRecord(*facts))
    return found
