"""What detection said about stored texts: detections with their hits, and the leads they raise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from storage.columns import fit
from storage.models import Detection, Hit, Lead
from storage.statements import insert, row_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from storage.writing import Entry

LEAD_VERDICTS = ("alert", "review")
JUDGED = ("verdict", "score", "intent", "departments", "lexicon_version", "explanation")
HIT_FACTS = (
    "entry", "term", "kind", "category", "channel", "matched", "start", "end", "weight", "clause", "detail",
)  # fmt: skip
RENEWED = ("snapshot_id", "detection_id", "seller_id", "lexicon_version", "verdict", "score", "posted_at", "updated_at")
FOLLOW = (
    update(Lead)
    .where(Lead.listing_id == bindparam("listing"))
    .values(snapshot_id=bindparam("snapshot"), updated_at=bindparam("at"))
)


def add_detections(connection: Connection, entries: list[Entry]) -> None:
    """Insert each detection whose lexicon version has not judged this snapshot yet, with its hits."""
    judged = _without_stored(connection, [entry for entry in entries if entry.record.detection is not None])
    if not judged:
        return
    by_snapshot = {entry.snapshot_id: entry for entry in judged}
    rows = [row_values(e.record.detection, JUDGED) | {"snapshot_id": e.snapshot_id} for e in judged]
    query = insert(connection, Detection).returning(Detection.snapshot_id, Detection.id)
    for snapshot_id, detection_id in connection.execute(query, rows):
        by_snapshot[snapshot_id].detection_id = detection_id
    if hits := [row for entry in judged for row in _hit_rows(entry)]:
        connection.execute(insert(connection, Hit), hits)


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


def _hit_rows(entry: Entry) -> Iterator[dict[str, Any]]:
    assert entry.record.detection is not None
    for position, hit in enumerate(entry.record.detection.hits):
        yield row_values(hit, HIT_FACTS) | {"detection_id": entry.detection_id, "position": position}


def raise_leads(connection: Connection, site_id: int, entries: list[Entry], fresh: list[Entry]) -> None:
    """Create or renew a lead for each new alert or review; other leads follow their listing's newest snapshot.

    A text that has become harmless keeps its lead with the verdict that raised it: sellers edit ads after a sale.
    """
    raised = [entry for entry in entries if entry.detection_id and not entry.replay and _is_lead(entry)]
    if raised:
        query = insert(connection, Lead)
        renewed = {name: query.excluded[name] for name in RENEWED}
        query = query.on_conflict_do_update(index_elements=[Lead.listing_id], set_=renewed)
        connection.execute(query, [_lead_row(entry, site_id) for entry in raised])
    followed = [entry for entry in fresh if entry.row is not None and entry not in raised]
    if followed:
        connection.execute(FOLLOW, [_follow_row(entry) for entry in followed])


def _is_lead(entry: Entry) -> bool:
    return entry.record.detection is not None and entry.record.detection.verdict in LEAD_VERDICTS


def _lead_row(entry: Entry, site_id: int) -> dict[str, Any]:
    at = entry.record.fetched_at
    links = row_values(entry, ("listing_id", "snapshot_id", "detection_id", "seller_id"))
    judged = row_values(entry.record.detection, ("lexicon_version", "verdict", "score"))
    times = {"posted_at": entry.record.posted_at, "first_seen_at": at, "updated_at": at}
    return links | judged | times | {"site_id": site_id, "status": "new"}


def _follow_row(entry: Entry) -> dict[str, Any]:
    return {"listing": entry.listing_id, "snapshot": entry.snapshot_id, "at": entry.record.fetched_at}
