"""What a person may see of a sample: the listing as it was drawn, without a trace of what anybody said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.models import Contact, Detection, Hit, Lead, Listing, ListingContact, Site, Snapshot
from storage.records import ContactRecord
from storage.review.models import Decision, Draw, Sample

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database


@dataclass(frozen=True, slots=True)
class Shown:
    """A listing to be judged. It has neither a score nor a verdict, and no number of a lead that could be looked up."""

    title: str
    text: str
    """Title, body and replies, as the offsets count."""
    spans: tuple[tuple[int, int], ...]
    """Hits as the first reviewer saw them; none of an unflagged listing: it must be read without hints."""
    url: str
    site: str
    price_text: str | None
    seller: str | None
    region: str | None
    posted_at: datetime | None
    seen_at: datetime
    images: int
    contacts: tuple[ContactRecord, ...]


def shown(db: Database, sample_id: int) -> Shown | None:
    """One sample; None when there is no such id. Raises StorageError."""
    query = (
        select(Sample.lead_id, Draw.kind, Snapshot, Site.name.label("site"))
        .join(Draw, Draw.id == Sample.draw_id)
        .join(Snapshot, Snapshot.id == Sample.snapshot_id)
        .join(Listing, Listing.id == Snapshot.listing_id)
        .join(Site, Site.id == Listing.site_id)
        .where(Sample.id == sample_id)
    )
    with db.read() as connection:
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        spans = _spans(connection, row.lead_id, row.id) if row.kind == "blind" else ()
        contacts = _contacts(connection, row.listing_id)
    return Shown(
        title=row.title,
        text="\n".join((row.title, row.body, *row.replies)),
        spans=spans,
        url=row.url,
        site=row.site,
        price_text=row.price_text,
        seller=row.seller,
        region=row.region,
        posted_at=row.posted_at,
        seen_at=row.fetched_at,
        images=len(row.images),
        contacts=contacts,
    )


def _spans(connection: Connection, lead_id: int | None, snapshot_id: int) -> tuple[tuple[int, int], ...]:
    """Of the detection that the first reviewer had before their eyes, if it is of the text that is shown."""
    seen = select(Decision.detection_id).join(Detection, Detection.id == Decision.detection_id)
    seen = seen.where(Decision.lead_id == lead_id, Detection.snapshot_id == snapshot_id).order_by(Decision.id.desc())
    number = connection.scalar(seen.limit(1)) or connection.scalar(select(Lead.detection_id).where(Lead.id == lead_id))
    query = select(Hit.start, Hit.end).where(Hit.detection_id == number).order_by(Hit.position)
    return tuple((row.start, row.end) for row in connection.execute(query))


def _contacts(connection: Connection, listing_id: int) -> tuple[ContactRecord, ...]:
    query = select(Contact.kind, Contact.value, ListingContact.text).join(
        ListingContact, ListingContact.contact_id == Contact.id
    )
    rows = connection.execute(query.where(ListingContact.listing_id == listing_id))
    return tuple(ContactRecord(*row) for row in rows)
