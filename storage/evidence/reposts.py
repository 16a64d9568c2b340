"""Reposts: the same seller offers the same again under a new key of the same site."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, or_, select, update

from storage.evidence.models import Capture, Visit, Watch
from storage.models import Detection, Lead, Listing, ListingContact, Run, Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Select

CANDIDATES = 50  # leads of one seller that are compared, the newest first
LONGEST = 4000  # characters that are compared: ads are shorter
ALIKE = 0.8  # share of common three-letter pieces: a word more or less keeps it in a short ad, another animal does not
SHORT = 10  # characters: below, only the very same text counts
_NOISE = re.compile(r"[\W\d_]+")  # a new price or telephone is no other offer
TEXTS = (
    select(
        Lead.id, Lead.site_id, Lead.listing_id, Lead.seller_id, Lead.first_seen_at, Listing.key, Listing.last_seen_at,
        Snapshot.title, Snapshot.body,
    )
    .join(Listing, Listing.id == Lead.listing_id)
    .join(Detection, Detection.id == Lead.detection_id)
    .join(Snapshot, Snapshot.id == Detection.snapshot_id)
)  # fmt: skip
OVER = select(Watch.lead_id).where(Watch.state.in_(("sold", "gone")))
"""Leads whose offer was taken away or sold."""


@dataclass(frozen=True, slots=True)
class Repost:
    """A lead whose offer came again as another lead."""

    lead_id: int
    other_id: int
    site_id: int
    other_key: str
    same: bool
    """Word for word; else nearly."""


def again(connection: Connection, lead_ids: Iterable[int]) -> list[Repost]:
    """Leads still there, met in a run after these were seen for the last time, that offer the same; the likeliest.

    What stood beside them on the site is no repost, however alike.
    """
    found = []
    for lead_id in lead_ids:
        old = connection.execute(TEXTS.where(Lead.id == lead_id)).one()
        later = _related(old).where(_run_between(old.last_seen_at, Lead.first_seen_at), Listing.gone_at.is_(None))
        told = select(Visit.other_lead_id).where(Visit.lead_id == lead_id, Visit.other_lead_id.is_not(None))
        rows = connection.execute(later.where(Lead.id.not_in(told))).all()
        best = max(((alike(old, one), one) for one in rows), key=lambda pair: pair[0], default=None)
        if best is not None and best[0] >= ALIKE:
            found.append(_repost(old, best[1], best[0]))
    return found


def before(connection: Connection, lead_ids: Iterable[int]) -> list[Repost]:
    """Earlier leads, gone or sold, whose offer comes again in these new leads."""
    found: list[Repost] = []
    if connection.scalar(OVER.limit(1)) is None:  # nearly always: nothing to compare with
        return found
    for lead_id in lead_ids:
        new = connection.execute(TEXTS.where(Lead.id == lead_id)).one()
        left = or_(Listing.gone_at.is_(None), _run_between(Listing.last_seen_at, new.first_seen_at))  # sold, or gone
        earlier = _related(new).where(Lead.first_seen_at < new.first_seen_at, left, Lead.id.in_(OVER))
        told = select(Visit.lead_id).where(Visit.other_lead_id == lead_id)
        rows = connection.execute(earlier.where(Lead.id.not_in(told))).all()
        found += [_repost(one, new, share) for one in rows if (share := alike(one, new)) >= ALIKE]
    return found


def tell(connection: Connection, found: Iterable[Repost], at: datetime) -> None:
    """Write them down as visits of the leads that came again; the page itself keeps its schedule."""
    for one in found:
        likeness = "相同" if one.same else "几乎相同"
        reason = f"同一卖家或联系方式以新编号再次发布，文字{likeness}：线索 {one.other_id}"
        capture = select(func.max(Capture.id)).where(
            Capture.site_id == one.site_id, Capture.key == one.other_key, Capture.kind == "page"
        )
        row = {"lead_id": one.lead_id, "at": at, "outcome": "relisted", "reason": reason, "snapshot_id": None}
        row |= {"capture_id": connection.scalar(capture), "other_lead_id": one.other_id}
        connection.execute(insert(Visit).values(row))
        connection.execute(update(Watch).where(Watch.lead_id == one.lead_id).values(state="relisted"))


def _related(lead: Row[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Other leads of the same site with the same seller or a contact in common."""
    contacts = select(ListingContact.contact_id).where(ListingContact.listing_id == lead.listing_id)
    shared = select(ListingContact.listing_id).where(ListingContact.contact_id.in_(contacts))
    same: list[ColumnElement[bool]] = [Lead.listing_id.in_(shared)]
    if lead.seller_id is not None:
        same.append(Lead.seller_id == lead.seller_id)
    query = TEXTS.where(Lead.site_id == lead.site_id, Lead.id != lead.id, or_(*same))
    return query.order_by(Lead.id.desc()).limit(CANDIDATES)


def _run_between(last_seen: Any, first_seen: Any) -> ColumnElement[bool]:
    """Not one run met both: a run takes a while to read a list from its first ad to its last."""
    query = select(Run.id).where(Run.site_id == Lead.site_id, Run.started_at > last_seen, Run.started_at <= first_seen)
    return query.correlate(Lead, Listing).exists()


def alike(one: Row[*tuple[Any, ...]], other: Row[*tuple[Any, ...]]) -> float:
    """0 to 1: how much of both texts is the same."""
    return likeness(f"{one.title} {one.body}", f"{other.title} {other.body}")


def likeness(one: str, other: str) -> float:
    """0 to 1: the share of three-letter pieces that both texts have; digits, signs and spaces do not count."""
    first, second = _bare(one), _bare(other)
    if not first or not second:
        return 0.0
    if first == second:
        return 1.0
    if min(len(first), len(second)) < SHORT:
        return 0.0
    mine, theirs = _pieces(first), _pieces(second)
    return len(mine & theirs) / len(mine | theirs)


def _bare(text: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", text[:LONGEST]).lower())


def _pieces(text: str) -> set[str]:
    return {text[at : at + 3] for at in range(len(text) - 2)}


def _repost(old: Row[*tuple[Any, ...]], new: Row[*tuple[Any, ...]], share: float) -> Repost:
    return Repost(old.id, new.id, new.site_id, new.key, share == 1.0)
