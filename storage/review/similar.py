"""Other leads that look like this one: of the same seller or contact, with nearly the same text or picture."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, bindparam, delete, select, union, union_all

from storage.evidence.models import Capture, CaptureFile
from storage.models import Lead, Listing, ListingContact
from storage.review.describing import ADD_PRINTS, print_rows
from storage.review.models import Fingerprint
from storage.review.prints import BANDS, NEAR, bands, distance
from storage.review.queue import rows
from storage.statements import CHUNK, chunks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import BindParameter, Connection, Select, Subquery

    from storage.database import Database
    from storage.evidence.objects import Objects
    from storage.review.filters import QueueRow

# the same photograph, saved anew or made smaller; different ones differ in about 32 of 64 bits. Four bands find up to
# three surely, up to six mostly
NEAR_PICTURE = 6
NEAREST = {"text": NEAR, "picture": NEAR_PICTURE}
MOST = 50  # leads: one screen
MOST_CONTACTS = 10  # of one page: more are a list of contacts
NEWEST = 100  # listings of one contact: most are leads, and one screen has 50
LOOKED_AT = 2_000  # newest prints of one band: a value that so many share says little
MOST_PIXELS = 40_000_000  # of a picture: larger ones take seconds to decode
MOST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Alike:
    """A lead that looks like another one."""

    row: QueueRow
    distance: int
    """Bits that differ: 0 is the same."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Leads beside one, of each sort as the function of its name gives them."""

    seller: tuple[QueueRow, ...]
    contact: tuple[QueueRow, ...]
    text: tuple[QueueRow, ...]
    picture: tuple[QueueRow, ...]


def beside(db: Database, lead_id: int, now: datetime, *, limit: int = MOST) -> Beside:
    """Other leads of the same seller, the same contact, and `by_text`, `by_picture`: all at once. Raises StorageError."""
    with db.read() as connection:
        alike = _alike(connection, lead_id, limit)
        nearest = [[number for number, _ in alike[kind]] for kind in NEAREST]
        lists = [_of_seller(connection, lead_id, limit), _of_contact(connection, lead_id, limit), *nearest]
        distinct = list(dict.fromkeys(number for one in lists for number in one))
        shown = {row.id: row for row in rows(connection, distinct, set(), now)}
    return Beside(*(tuple(shown[number] for number in one if number in shown) for one in lists))


def of_seller(db: Database, lead_id: int, now: datetime, *, limit: int = MOST) -> tuple[QueueRow, ...]:
    """Other leads of the same seller on the same site, the newest first. Raises StorageError."""
    with db.read() as connection:
        return rows(connection, _of_seller(connection, lead_id, limit), set(), now)


def of_contact(db: Database, lead_id: int, now: datetime, *, limit: int = MOST) -> tuple[QueueRow, ...]:
    """Other leads whose pages show a contact of this one, on any site, the newest first."""
    with db.read() as connection:
        return rows(connection, _of_contact(connection, lead_id, limit), set(), now)


def by_text(db: Database, lead_id: int, now: datetime, *, limit: int = MOST) -> tuple[Alike, ...]:
    """Leads with nearly the same text, the most alike first; very short texts are like none."""
    return _shown_alike(db, lead_id, "text", now, limit)


def by_picture(db: Database, lead_id: int, now: datetime, *, limit: int = MOST) -> tuple[Alike, ...]:
    """Leads with nearly the same sealed picture, the most alike first; see `note_pictures`."""
    return _shown_alike(db, lead_id, "picture", now, limit)


def _shown_alike(db: Database, lead_id: int, kind: str, now: datetime, limit: int) -> tuple[Alike, ...]:
    with db.read() as connection:
        nearest = dict(_alike(connection, lead_id, limit)[kind])
        return tuple(Alike(row, nearest[row.id]) for row in rows(connection, list(nearest), set(), now))


# statements are made once: a lead's page asks many small questions, and to put them together takes longer than to answer
LEAD: BindParameter[int] = bindparam("lead")
MINE = select(Lead.seller_id).where(Lead.id == LEAD).scalar_subquery()
OF_SELLER = (
    select(Lead.id)
    .where(Lead.seller_id == MINE, Lead.id != LEAD)
    .order_by(Lead.id.desc())
    .limit(bindparam("most", type_=Integer))
)
CONTACTS = select(ListingContact.contact_id).where(
    ListingContact.listing_id == select(Lead.listing_id).where(Lead.id == LEAD).scalar_subquery()
)
PRINTS = select(Fingerprint.kind, Fingerprint.print).where(Fingerprint.lead_id == LEAD).distinct()


def _of_seller(connection: Connection, lead_id: int, limit: int) -> Sequence[int]:
    return connection.scalars(OF_SELLER, {"lead": lead_id, "most": limit}).all()


def _of_contact(connection: Connection, lead_id: int, limit: int) -> Sequence[int]:
    contacts = connection.scalars(CONTACTS.limit(MOST_CONTACTS), {"lead": lead_id}).all()
    if not contacts:
        return []
    given = {f"contact_{place}": contact for place, contact in enumerate(contacts)}
    return connection.scalars(_sharing(len(contacts)), given | {"lead": lead_id, "most": limit}).all()


@cache
def _sharing(contacts: int) -> Select[int]:
    """Leads of the newest listings that show one of so many contacts: each by itself, as an index has them in order."""
    shown = union(*(select(_shown_on(place).c.listing_id) for place in range(contacts))).subquery()
    newest = select(shown.c.listing_id).order_by(shown.c.listing_id.desc()).limit(CHUNK).subquery()
    query = select(Lead.id).join(newest, newest.c.listing_id == Lead.listing_id).where(Lead.id != LEAD)
    return query.order_by(Lead.id.desc()).limit(bindparam("most", type_=Integer))


def _shown_on(place: int) -> Subquery:
    query = select(ListingContact.listing_id).where(ListingContact.contact_id == bindparam(f"contact_{place}"))
    return query.order_by(ListingContact.listing_id.desc()).limit(NEWEST).subquery()


def _alike(connection: Connection, lead_id: int, limit: int) -> dict[str, list[tuple[int, int]]]:
    """Of each kind of print the leads nearest to this one, and by how many bits they differ."""
    best: dict[str, dict[int, int]] = {kind: {} for kind in NEAREST}
    for kind, value in connection.execute(PRINTS, {"lead": lead_id}).all():
        for other, bits in _neighbours(connection, kind, value):
            if other != lead_id:
                best[kind][other] = min(bits, best[kind].get(other, bits))
    return {
        kind: sorted(found.items(), key=lambda one: (one[1], -one[0]))[:limit]  # of equals the newer one
        for kind, found in best.items()
    }


def _neighbours(connection: Connection, kind: str, value: int) -> list[tuple[int, int]]:
    """Leads whose prints share a band with this one and differ little."""
    given = {f"bits_{band}": bits for band, bits in bands(value)}
    found: set[Any] = set(connection.execute(SAME_BAND, given | {"kind": kind}))  # reposts share all bands
    return [(lead, bits) for lead, other in found if (bits := distance(value, other)) <= NEAREST[kind]]


def _of_band(band: int) -> Select[tuple[int, int]]:
    same = (
        Fingerprint.kind == bindparam("kind"),
        Fingerprint.band == band,
        Fingerprint.value == bindparam(f"bits_{band}"),
    )
    newest = Fingerprint.lead_id.desc()
    some = select(Fingerprint.lead_id, Fingerprint.print).where(*same).order_by(newest).limit(LOOKED_AT).subquery()
    return select(some.c.lead_id, some.c.print)


SAME_BAND = union_all(*map(_of_band, range(BANDS)))


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
