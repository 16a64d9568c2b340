"""What lexicons said about a snapshot: all detections stored, and what the newest lexicon says now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from sqlalchemy import select

from storage import rejudging
from storage.differing import agree
from storage.marking import HIT_FACTS
from storage.models import Detection, Hit
from storage.records import DetectionRecord, HitRecord
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from storage.rejudging import Text

# reasons are JSON, and most texts have none: reading only those that say something halves the work
VERDICTS = select(
    Detection.id, Detection.snapshot_id, Detection.lexicon_version, Detection.verdict, Detection.score, Detection.intent
)  # fmt: skip
REASONS = select(Detection.id, Detection.departments, Detection.explanation)


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
    is_news: bool
    """The lexicon says something that is not stored."""

    @classmethod
    def of(cls, snapshot_id: int, stored: Sequence[Stored], judged: Stored | None, now: DetectionRecord) -> Self:
        """`judged`: the detection by this lexicon, if it was stored earlier."""
        newest = stored[-1].record if stored else None
        return cls(snapshot_id, tuple(stored), now, is_news=judged is None and not agree(newest, now))

    @property
    def newest(self) -> DetectionRecord | None:
        """The detection stored last."""
        return self.stored[-1].record if self.stored else None

    @property
    def current(self) -> Stored:
        """The detection that stands for what the lexicon says, its id 0 where it is still to be stored."""
        if self.is_news or not self.stored:
            return Stored(0, self.now)
        by_this = (one for one in self.stored if one.record.lexicon_version == self.now.lexicon_version)
        return next(by_this, self.stored[-1])


def judgements(
    connection: Connection, lexicon: Lexicon, ids: Collection[int], found: Mapping[int, DetectionRecord | None]
) -> dict[int, Judgement]:
    """Snapshot id -> what is stored and what the lexicon says: of `found`, else of its own judgement here and now."""
    stored = stored_versions(connection, ids)
    judged = {
        snapshot_id: one
        for snapshot_id, all_ in stored.items()
        for one in all_
        if one.record.lexicon_version == lexicon.version
    }
    missing = [one for one in ids if one not in judged and one not in found]
    late = rejudging.texts(connection, missing) if missing else ()
    judged_late = dict(zip((one.snapshot_id for one in late), lexicon.judge(late), strict=True)) if late else {}
    nothing = DetectionRecord("none", 0.0, "none", (), lexicon.version)
    verdicts = {**found, **judged_late, **{snapshot_id: one.record for snapshot_id, one in judged.items()}}
    return {one: Judgement.of(one, stored.get(one, ()), judged.get(one), verdicts[one] or nothing) for one in ids}


def stored_versions(connection: Connection, ids: Collection[int]) -> dict[int, list[Stored]]:
    """All detections of these snapshots, oldest first; of those without verdict and hits no reasons are read."""
    rows = [row for some in chunks(ids) for row in connection.execute(VERDICTS.where(Detection.snapshot_id.in_(some)))]
    hits = _hits(connection, [row.id for row in rows])
    telling = [row.id for row in rows if row.verdict != "none" or row.id in hits]
    reasons = {
        row.id: row for some in chunks(telling) for row in connection.execute(REASONS.where(Detection.id.in_(some)))
    }
    found: dict[int, list[Stored]] = {}
    for row in sorted(rows, key=lambda row: row.id):
        why = reasons.get(row.id)
        departments, explanation = (tuple(why.departments), why.explanation) if why is not None else ((), {})
        verdict = (row.verdict, row.score, row.intent, departments, row.lexicon_version)
        record = DetectionRecord(*verdict, tuple(hits.get(row.id, ())), explanation)
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
