"""Other leads that look like this one: of the same seller or contact, with nearly the same text or picture."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from storage.evidence.models import Capture, CaptureFile
from storage.models import Lead, Listing, ListingContact
from storage.review.describing import ADD_PRINTS, print_rows
from storage.review.models import Fingerprint
from storage.review.prints import NEAR, bands, distance
from storage.review.queue import rows
from storage.statements import CHUNK, chunks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.database import Database
    from storage.evidence.objects import Objects
    from storage.review.filters import QueueRow

# the same photograph, saved anew or made smaller; different ones differ in about 32 of 64 bits. Four bands find up to
# three surely, up to six mostly
NEAR_PICTURE = 6
MOST = 50  # leads: one screen
MOST_CONTACTS = 10  # of one page: more are a list of contacts
NEWEST = 100  # listings of one contact: most are leads, and one screen has 50
LOOKED_AT = 5_000  # prints of one band: a value that so many share says nothing
MOST_PIXELS = 40_000_000  # of a picture: larger ones take seconds to decode
MOST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Alike:
    """A lead that looks like another one."""

    row: QueueRow
    distance: int
    """Bits that differ: 0 is the same."""


def of_seller(db: Database, lead_id: int, now: datetime, *, limit: int = MOST) -> tuple[QueueRow, ...]:
    """Other leads of the same seller on the same site, the newest first. Raises StorageError."""
    mine = select(Lead.seller_id).where(Lead.id == lead_id).scalar_subquery()
    query = select(Lead.id).where(Lead.seller_id == mine, Lead.id != lead_id).order_by(Lead.id.desc()).limit(limit)
    with db.read() as connection:
        return rows(connection, connection.scalars(query).all(), set(), now)


def of_contact(db: Database, lead_id: int, now: datetime, *, limit: int = MOST) -> tuple[QueueRow, ...]:
    """Other leads whose pages show a contact of this one, on any site, the newest first."""
    mine = select(Lead.listing_id).where(Lead.id == lead_id).scalar_subquery()
    contacts = select(ListingContact.contact_id).where(ListingContact.listing_id == mine).limit(MOST_CONTACTS)
    with db.read() as connection:
        shared = {one for contact in connection.scalars(contacts).all() for one in _shown_on(connection, contact)}
        query = select(Lead.id).where(Lead.listing_id.in_(sorted(shared)[-CHUNK:]), Lead.id != lead_id)
        found = connection.scalars(query.order_by(Lead.id.desc()).limit(limit)).all()
        return rows(connection, found, set(), now)


def _shown_on(connection: Connection, contact_id: int) -> Sequence[int]:
    """The newest listings that show a contact; one by one, so that an index gives them in order."""
    query = select(ListingContact.listing_id).where(ListingContact.contact_id == contact_id)
    return connection.scalars(query.order_by(ListingContact.listing_id.desc()).limit(NEWEST)).all()


def by_text(db: Database, lead_id: int, now: datetime, *, limit: int = MOST) -> tuple[Alike, ...]:
    """Leads with nearly the same text, the most alike first; very short texts are like none."""
    return _alike(db, lead_id, "text", NEAR, now, limit)


def by_picture(db: Database, lead_id: int, now: datetime, *, limit: int = MOST) -> tuple[Alike, ...]:
    """Leads with nearly the same sealed picture, the most alike first; see `note_pictures`."""
    return _alike(db, lead_id, "picture", NEAR_PICTURE, now, limit)


def _alike(db: Database, lead_id: int, kind: str, near: int, now: datetime, limit: int) -> tuple[Alike, ...]:  # noqa: PLR0913, PLR0917 - one fact each
    with db.read() as connection:
        mine = select(Fingerprint.print).where(Fingerprint.lead_id == lead_id, Fingerprint.kind == kind).distinct()
        best: dict[int, int] = {}
        for value in connection.scalars(mine).all():
            for other, bits in _neighbours(connection, kind, value, near):
                if other != lead_id:
                    best[other] = min(bits, best.get(other, near))
        nearest = sorted(best, key=lambda one: (best[one], -one))[:limit]
        return tuple(Alike(row, best[row.id]) for row in rows(connection, nearest, set(), now))


def _neighbours(connection: Connection, kind: str, value: int, near: int) -> list[tuple[int, int]]:
    """Leads whose prints share a band with this one and differ little."""
    same = [(Fingerprint.band == band) & (Fingerprint.value == bits) for band, bits in bands(value)]
    query = select(Fingerprint.lead_id, Fingerprint.print).where(Fingerprint.kind == kind)
    found: list[tuple[int, int]] = []
    for one in same:
        found += [(lead, other) for lead, other in connection.execute(query.where(one).limit(LOOKED_AT))]
    return [(lead, bits) for lead, other in found if (bits := distance(value, other)) <= near]


def note_pictures(db: Database, objects: Objects, lead_id: int) -> int:
    """Fingerprint the sealed pictures of a lead, in place of what was noted before; how many could be read.

    Meant to be called when a lead is opened, or for many by a nightly job: nothing of it is needed to decide.
    """
    with db.read() as connection:
        wanted = connection.scalars(_pictures(lead_id)).all()
        known = set(connection.scalars(select(Fingerprint.file).where(_pictures_of(lead_id))))
    if not set(wanted) - known and len(known) <= len(wanted):
        return len(known)
    prints = [(sha256, picture_print(_content(objects, sha256))) for sha256 in dict.fromkeys(wanted)]
    new = [
        row
        for number, (sha256, value) in enumerate(prints)
        for row in print_rows(lead_id, "picture", number, value, sha256)
    ]
    with db.write() as connection:
        connection.execute(delete(Fingerprint).where(_pictures_of(lead_id)))
        for some in chunks(new):
            ADD_PRINTS.run(connection, some)
    return sum(value is not None for _, value in prints)


def _pictures_of(lead_id: int) -> Any:
    return (Fingerprint.lead_id == lead_id) & (Fingerprint.kind == "picture")


def _pictures(lead_id: int) -> Any:
    return (
        select(CaptureFile.sha256)
        .join(Capture, Capture.id == CaptureFile.capture_id)
        .join(Listing, (Listing.site_id == Capture.site_id) & (Listing.key == Capture.key))
        .join(Lead, Lead.listing_id == Listing.id)
        .where(Lead.id == lead_id, Capture.removed_at.is_(None))
        .where(CaptureFile.role == "picture", CaptureFile.size <= MOST_BYTES)
        .order_by(Capture.id, CaptureFile.position)
    )


def _content(objects: Objects, sha256: str) -> bytes:
    from storage.exceptions import EvidenceError

    try:
        return objects.read(sha256)
    except (OSError, EvidenceError):  # a lost file is found by `wangdun verify`; here it is only like no other
        return b""


def picture_print(content: bytes) -> int | None:
    """Difference hash of 8 x 8 pixels, as a signed 64-bit number; None for what is no picture, or a plain one.

    Neighbouring pixels of a small grey copy are compared: size, format and brightness make no difference.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return None
            small = picture.convert("L").resize((9, 8))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return _bits(list(small.tobytes()))


def _bits(grey: Sequence[int]) -> int | None:
    places = [grey[line * 9 + column] > grey[line * 9 + column + 1] for line in range(8) for column in range(8)]
    if not any(places):  # one colour: like every other plain picture
        return None
    value = sum(1 << place for place, bit in enumerate(places) if bit)
    return value - (1 << 64) if value >> 63 else value
