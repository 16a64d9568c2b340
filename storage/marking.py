"""What detection said about stored texts: detections with their hits, and the leads they raise."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, literal_column, select, update

from storage.bulk import Bulk, inserting, take_ids
from storage.columns import UtcTime, fit
from storage.models import Detection, Hit, Lead
from storage.review import changed
from storage.review.describing import refresh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Dialect, Update

    from storage.bulk import Insert
    from storage.records import DetectionRecord
    from storage.writing import Entry

LEAD_VERDICTS = ("alert", "review")
NEW, LAPSED = "new", "lapsed"
JUDGED = ("verdict", "score", "intent", "departments", "lexicon_version", "explanation")
HIT_FACTS = (
    "entry", "term", "kind", "category", "channel", "matched", "start", "end", "weight", "clause", "detail",
)  # fmt: skip
RENEWED = ("snapshot_id", "detection_id", "seller_id", "lexicon_version", "verdict", "score", "posted_at", "updated_at")
_judged, _hit_facts = attrgetter(*JUDGED), attrgetter(*HIT_FACTS)
_lead_links = attrgetter("listing_id", "snapshot_id", "detection_id", "seller_id")


def _follow(_dialect: Dialect) -> Update:
    query = update(Lead).where(Lead.listing_id == bindparam("listing_id"))
    at = bindparam("updated_at", type_=UtcTime)
    return query.values(snapshot_id=bindparam("snapshot_id"), updated_at=at, changed_at=changed.moment_of(at))


def _renew(query: Insert) -> Insert:
    renewed: dict[str, Any] = {name: query.excluded[name] for name in RENEWED}
    # nobody decided that it is none: a text that says it again puts it back into the queue
    lapsed = Lead.status == literal_column(f"'{LAPSED}'")  # no parameters: every row has the same
    other = Lead.snapshot_id != query.excluded.snapshot_id  # a newer lexicon may say something of the same version
    renewed["changed_at"] = changed.moment_of(query.excluded.updated_at, when=other)
    renewed["status"] = case((lapsed, literal_column(f"'{NEW}'")), else_=Lead.status)
    return query.on_conflict_do_update(index_elements=[Lead.listing_id], set_=renewed)


ADD_DETECTIONS = inserting(Detection, ("id", "snapshot_id", *JUDGED))
ADD_HITS = inserting(Hit, ("detection_id", "position", *HIT_FACTS))
RAISE_LEADS = inserting(
    Lead,
    ("listing_id", "snapshot_id", "detection_id", "seller_id", "site_id", "status", "lexicon_version", "verdict",
     "score", "posted_at", "first_seen_at", "updated_at"),
    _renew,
)  # fmt: skip
FOLLOW_LEADS = Bulk(("listing_id", "snapshot_id", "updated_at"), _follow)


def add_detections(connection: Connection, entries: list[Entry]) -> None:
    """Insert each detection whose lexicon version has not judged this snapshot yet, with its hits."""
    judged = _without_stored(connection, [entry for entry in entries if entry.record.detection is not None])
    if not judged:
        return
    rows = []
    for entry, detection_id in zip(judged, take_ids(connection, Detection, len(judged)), strict=True):
        entry.detection_id = detection_id
        rows.append((detection_id, entry.snapshot_id, *_judged(entry.record.detection)))
    ADD_DETECTIONS.run(connection, rows)
    ADD_HITS.run(connection, [row for entry in judged for row in _hits_of(entry)])


def _without_stored(connection: Connection, entries: list[Entry]) -> list[Entry]:
    known = [entry.snapshot_id for entry in entries if entry.row is not None]
    if not known:
        return entries
    query = select(Detection.snapshot_id, Detection.lexicon_version).where(Detection.snapshot_id.in_(known))
    stored = set(connection.execute(query))
    return [entry for entry in entries if (entry.snapshot_id, _version(entry)) not in stored]


def _version(entry: Entry) -> str:
    assert entry.record.detection is not None
    return fit(entry.record.detection.lexicon_version)


def _hits_of(entry: Entry) -> Iterator[tuple[Any, ...]]:
    assert entry.record.detection is not None
    return hit_rows(entry.detection_id, entry.record.detection)


def hit_rows(detection_id: int, record: DetectionRecord) -> Iterator[tuple[Any, ...]]:
    """Rows for `ADD_HITS`."""
    for position, hit in enumerate(record.hits):
        yield detection_id, position, *_hit_facts(hit)


def raise_leads(connection: Connection, site_id: int, entries: list[Entry], fresh: list[Entry]) -> None:
    """Create or renew a lead for each new alert or review; other leads follow their listing's newest snapshot.

    A text that has become harmless keeps its lead with the verdict that raised it: sellers edit ads after a sale.
    """
    raised = [entry for entry in entries if entry.detection_id and not entry.replay and _is_lead(entry)]
    RAISE_LEADS.run(connection, [_lead_row(entry, site_id) for entry in raised])
    followed = [entry for entry in fresh if entry.row is not None and entry not in raised]
    FOLLOW_LEADS.run(connection, [(e.listing_id, e.snapshot_id, e.record.fetched_at) for e in followed])
    refresh(connection, [entry.listing_id for entry in raised])


def _is_lead(entry: Entry) -> bool:
    return entry.record.detection is not None and entry.record.detection.verdict in LEAD_VERDICTS


def _lead_row(entry: Entry, site_id: int) -> tuple[Any, ...]:
    judged = entry.record.detection
    assert judged is not None
    at = entry.record.fetched_at
    verdict = (judged.lexicon_version, judged.verdict, judged.score)
    return (*_lead_links(entry), site_id, NEW, *verdict, entry.record.posted_at, at, at)
