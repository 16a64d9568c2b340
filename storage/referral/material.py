"""Leads with all that letters, lists and routing say of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from storage.evidence.models import Capture, CaptureFile, Watch
from storage.models import Contact, Detection, Hit, Lead, Listing, ListingContact, Site, Snapshot
from storage.referral.models import ReferralLead
from storage.referral.records import EXCERPT, ReferredHit, ReferredLead
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

    Found = Row[*tuple[Any, ...]]

BEFORE = 100  # characters of context before the first hit, where it stands beyond the excerpt

_STATE = select(Watch.state).where(Watch.lead_id == Lead.id).scalar_subquery()
COLUMNS = (
    Lead.id.label("lead_id"), Site.name.label("site"), Site.platform, Listing.key, Snapshot.url, Snapshot.title,
    Snapshot.seller, Lead.seller_id, Snapshot.price_text, Snapshot.price_amount, Snapshot.region, Lead.posted_at,
    Lead.first_seen_at, Listing.last_seen_at, Detection.verdict, Detection.score, Lead.status, Lead.source,
    Lead.judged_category, Lead.category, Lead.subject, Lead.term, Detection.intent, Detection.departments,
    Detection.explanation, func.substr(Snapshot.body, 1, EXCERPT).label("excerpt"),
    func.coalesce(_STATE, "").label("page_state"), Detection.id.label("detection_id"),
    Snapshot.id.label("snapshot_id"), Lead.listing_id,
)  # fmt: skip
NOW = (
    select(*COLUMNS)
    .select_from(Lead)
    .join(Detection, Detection.id == Lead.detection_id)
    .join(Snapshot, Snapshot.id == Detection.snapshot_id)
    .join(Listing, Listing.id == Lead.listing_id)
    .join(Site, Site.id == Lead.site_id)
)
"""The text and verdict that a referral would take now."""
THEN = (
    select(*COLUMNS, ReferralLead.position)
    .select_from(ReferralLead)
    .join(Lead, Lead.id == ReferralLead.lead_id)
    .join(Detection, Detection.id == ReferralLead.detection_id)
    .join(Snapshot, Snapshot.id == ReferralLead.snapshot_id)
    .join(Listing, Listing.id == Lead.listing_id)
    .join(Site, Site.id == Lead.site_id)
    .order_by(ReferralLead.position)
)
"""The text and verdict that a referral took."""
HITS = select(
    Hit.detection_id, Hit.start, Hit.entry, Hit.term, Hit.kind, Hit.category, Hit.channel, Hit.matched, Hit.clause,
    Hit.weight, Hit.detail,
).order_by(Hit.detection_id, Hit.position)  # fmt: skip
CONTACTS = (
    select(ListingContact.listing_id, Contact.kind, Contact.value)
    .join(Contact, Contact.id == ListingContact.contact_id)
    .order_by(ListingContact.listing_id, Contact.kind, Contact.value)
)
KEPT = (
    select(Listing.id, func.count(), func.max(Capture.id))
    .select_from(Listing)
    .join(Capture, and_(Capture.site_id == Listing.site_id, Capture.key == Listing.key))
    .where(Capture.removed_at.is_(None))
    .group_by(Listing.id)
)
FILES = (
    select(Listing.id, CaptureFile.role, func.count(CaptureFile.sha256.distinct()))
    .select_from(Listing)
    .join(Capture, and_(Capture.site_id == Listing.site_id, Capture.key == Listing.key))
    .join(CaptureFile, CaptureFile.capture_id == Capture.id)
    .where(Capture.removed_at.is_(None))
    .group_by(Listing.id, CaptureFile.role)
    .order_by(Listing.id, CaptureFile.role)
)
NEWEST = select(Capture.id, Capture.digest, Capture.taken_at)


def before(connection: Connection, lead_ids: Sequence[int]) -> tuple[ReferredLead, ...]:
    """These leads as a referral would take them now, in the given order; unknown ones are left out."""
    found: dict[int, Found] = {}
    for chunk in chunks(lead_ids):
        found |= {row.lead_id: row for row in connection.execute(NOW.where(Lead.id.in_(chunk)))}
    rows = [found[number] for number in lead_ids if number in found]
    return _leads(connection, rows, range(1, len(rows) + 1))


def within(connection: Connection, referral_id: int) -> tuple[ReferredLead, ...]:
    """The leads of a referral as it took them, in the order of its list."""
    rows = connection.execute(THEN.where(ReferralLead.referral_id == referral_id)).all()
    return _leads(connection, rows, [row.position for row in rows])


def _leads(connection: Connection, rows: Sequence[Found], positions: Iterable[int]) -> tuple[ReferredLead, ...]:
    hits = _grouped(connection, HITS, Hit.detection_id, [row.detection_id for row in rows])
    listings = [row.listing_id for row in rows]
    contacts = _grouped(connection, CONTACTS, ListingContact.listing_id, listings)
    kept = _kept(connection, listings)
    files = _grouped(connection, FILES, Listing.id, list(kept))
    made = (
        _lead(row, position, hits[row.detection_id], contacts[row.listing_id], kept.get(row.listing_id, NOTHING))
        for row, position in zip(rows, positions, strict=True)
    )
    counted = (replace(lead, files=tuple((role, count) for _, role, count in files[lead.listing_id])) for lead in made)
    return tuple(_shown(connection, lead, hits[lead.detection_id]) for lead in counted)


def _grouped(
    connection: Connection, query: Select[*tuple[Any, ...]], owner: Any, ids: Sequence[int]
) -> defaultdict[int, list[Found]]:
    groups: defaultdict[int, list[Found]] = defaultdict(list)
    for chunk in chunks(set(ids)):
        for row in connection.execute(query.where(owner.in_(chunk))):
            groups[row[0]].append(row)
    return groups


NOTHING: tuple[int, str | None, datetime | None] = (0, None, None)


def _kept(connection: Connection, listings: Sequence[int]) -> dict[int, tuple[int, str | None, datetime | None]]:
    """Listing -> how many captures are kept, the newest one's manifest and time."""
    told: dict[int, tuple[int, int]] = {}
    for chunk in chunks(set(listings)):
        query = KEPT.where(Listing.id.in_(chunk))
        told |= {listing: (count, newest) for listing, count, newest in connection.execute(query)}
    newest: dict[int, tuple[str, datetime]] = {}
    for numbers in chunks(number for _, number in told.values()):
        rows = connection.execute(NEWEST.where(Capture.id.in_(numbers)))
        newest |= {number: (digest, taken_at) for number, digest, taken_at in rows}
    return {listing: (count, *newest[number]) for listing, (count, number) in told.items()}


def _lead(
    row: Found,
    position: int,
    hits: Sequence[Found],
    contacts: Sequence[Found],
    kept: tuple[int, str | None, datetime | None],
) -> ReferredLead:
    facts = {name: getattr(row, name) for name in ReferredLead.__slots__ if hasattr(row, name)}
    facts |= {"position": position, "category": row.judged_category or row.category, "subject": row.subject or row.term}
    facts |= {"departments": tuple(row.departments), "flags": tuple((row.explanation or {}).get("flags", ()))}
    facts |= {"terms": tuple(dict.fromkeys(one.term for one in hits)), "hits": tuple(map(_hit, hits))}
    facts |= {"contacts": tuple((one.kind, one.value) for one in contacts)}
    facts |= dict(zip(("evidence", "manifest", "captured_at"), kept, strict=True))
    return ReferredLead(**facts)


def _hit(row: Found) -> ReferredHit:
    return ReferredHit(**{name: getattr(row, name) for name in ReferredHit.__slots__})


def _shown(connection: Connection, lead: ReferredLead, hits: Sequence[Found]) -> ReferredLead:
    """With the part of the text that shows the first hit, where the beginning does not."""
    first = min((one.start for one in hits), default=0) - len(lead.title) - 1  # offsets count in title, newline, body
    if first < EXCERPT:
        return lead
    query = select(func.substr(Snapshot.body, first - BEFORE + 1, EXCERPT)).where(Snapshot.id == lead.snapshot_id)
    excerpt = connection.scalar(query)
    return replace(lead, excerpt=f"…{excerpt}") if excerpt else lead
