"""A listing that nobody's lexicon flagged, and that a person found to be a violation: it becomes a lead like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from storage.bulk import take_ids
from storage.marking import ADD_HITS, HIT_FACTS, LAPSED, NEW
from storage.models import Detection, Hit, Lead, Listing, Snapshot
from storage.review.describing import refresh
from storage.statements import lock_site
from storage.writing import NEWEST

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, Row

SOURCE = "抽样发现"
MARK = "+sample"  # behind the lexicon's version: its own verdict stays beside ours
SCORE = 60.0  # a person says that it is one: it stands among those that the lexicon wants looked at


def raise_lead(connection: Connection, listing_id: int, snapshot_id: int, now: datetime) -> int:
    """The lead of a listing, made unless there is one, within the caller's write transaction.

    Its detection keeps the hits that the lexicon had, and says that a person judged it. A lead that had lapsed is open
    again; one that was decided meanwhile stays as it is.
    """
    site_id = connection.scalar(select(Listing.site_id).where(Listing.id == listing_id)) or 0
    lock_site(connection, site_id)
    lead = connection.execute(select(Lead.id, Lead.status).where(Lead.listing_id == listing_id)).one_or_none()
    if lead is not None:
        if lead.status == LAPSED:
            connection.execute(update(Lead).where(Lead.id == lead.id).values(status=NEW, source=SOURCE, updated_at=now))
            refresh(connection, [listing_id])
        return int(lead.id)
    return _make(connection, listing_id, _judge(connection, snapshot_id), now)


def _judge(connection: Connection, snapshot_id: int) -> dict[str, Any]:
    """The person's verdict as a detection, with the hits of the newest one; what a lead needs of it."""
    query = select(Detection).where(Detection.snapshot_id == snapshot_id).order_by(Detection.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    judged = {
        "lexicon_version": f"{row.lexicon_version if row else ''}{MARK}",
        "verdict": "review",
        "score": max(row.score, SCORE) if row else SCORE,
    }
    number = take_ids(connection, Detection, 1)[0]
    rest = {"intent": row.intent if row else "none", "departments": row.departments if row else []}
    explanation = _explained(row)
    made = judged | rest | {"id": number, "snapshot_id": snapshot_id, "explanation": explanation}
    connection.execute(insert(Detection).values(made))
    if row is not None:
        hits = connection.execute(select(Hit).where(Hit.detection_id == row.id).order_by(Hit.position))
        ADD_HITS.run(connection, [(number, hit.position, *(getattr(hit, name) for name in HIT_FACTS)) for hit in hits])
    return judged | {"detection_id": number}


def _explained(row: Row[*tuple[Any, ...]] | None) -> dict[str, Any]:
    said = dict(row.explanation) if row else {"factors": [], "suppressed": []}
    before = row.score if row else 0.0
    person = {"name": "person", "label": "抽样时由人判为违法", "weight": max(SCORE - before, 0.0)}
    said["factors"] = [*said.get("factors", ()), person]
    return said | {"lexicon_verdict": row.verdict if row else "none"}


def _make(connection: Connection, listing_id: int, judged: dict[str, Any], now: datetime) -> int:
    query = select(Listing.site_id, Snapshot.id, Snapshot.seller_id, Snapshot.posted_at).join(Snapshot, NEWEST)
    site_id, newest, seller_id, posted_at = connection.execute(query.where(Listing.id == listing_id)).one()
    lead_id = take_ids(connection, Lead, 1)[0]
    facts = {
        "id": lead_id, "site_id": site_id, "listing_id": listing_id, "snapshot_id": newest, "seller_id": seller_id,
        "posted_at": posted_at, "status": NEW, "source": SOURCE, "first_seen_at": now, "updated_at": now,
    }  # fmt: skip
    connection.execute(insert(Lead).values(facts | judged))
    refresh(connection, [listing_id])
    return lead_id
