"""Stored texts on their way into an archive: every version of every listing, in the order in which they were stored."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select

from storage.columns import fit
from storage.models import Contact, Listing, ListingContact, Site, Snapshot
from storage.records import ContactRecord
from storage.rejudging import AHEAD, as_texts
from storage.statements import chunks
from storage.writing import NEWEST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

    from sqlalchemy import Connection, Row, Select

    from storage.database import Database

BATCH = 500  # snapshots: one IN list for their contacts
BATCH_CHARACTERS = 2_000_000  # a body may be 10 MB; some 6 MB of Chinese
LATE = 20_000
"""Ids below the highest one that may still be stored on PostgreSQL: a batch reserves some hundred before it commits."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which snapshots."""

    site: str | None = None
    since: datetime | None = None
    """Fetched at that moment or later."""


class Archived(NamedTuple):
    """One version of a listing."""

    snapshot_id: int
    listing_id: int
    number: int
    """1 is the first version of the listing."""
    site: str
    platform: str
    key: str
    url: str
    title: str
    body: str
    replies: list[str]
    seller: str | None
    price: str | None
    """As the page says it."""
    price_amount: Decimal | None
    currency: str | None
    region: str | None
    attributes: list[list[str]]
    posted_at: datetime | None
    fetched_at: datetime
    first_seen_at: datetime
    last_seen_at: datetime
    """Of the listing, when it was archived."""
    gone_at: datetime | None
    digest: str
    """Content hash of this version, as the crawl computed it."""
    offered: bool
    """The page states a price or a contact beside the text."""


COLUMNS = (
    Snapshot.id.label("snapshot_id"), Snapshot.listing_id, Snapshot.number, Site.name.label("site"), Site.platform,
    Listing.key, Snapshot.url, Snapshot.title, Snapshot.body, Snapshot.replies, Snapshot.seller, Snapshot.price_text,
    Snapshot.price_amount, Snapshot.price_currency, Snapshot.region, Snapshot.attributes, Snapshot.posted_at,
    Snapshot.fetched_at, Listing.first_seen_at, Listing.last_seen_at, Listing.gone_at, Snapshot.digest,
)  # fmt: skip


def count(db: Database, chosen: Chosen, *, after: int = 0) -> int:
    """How many snapshots there are beyond the id `after`. Raises StorageError."""
    query = _chosen(select(func.count(Snapshot.id)), chosen).where(Snapshot.id > after)
    with db.read() as connection:
        return int(connection.execute(query).scalar_one())


def digest(db: Database, snapshot_id: int) -> str | None:
    """Content hash of a snapshot; None where there is none. Raises StorageError."""
    with db.read() as connection:
        return connection.scalar(select(Snapshot.digest).where(Snapshot.id == snapshot_id))


def read(db: Database, chosen: Chosen, *, after: int) -> list[Archived]:
    """The next snapshots beyond the id `after`, a bounded batch; empty when there are no more. Raises StorageError."""
    query = _chosen(select(*COLUMNS), chosen).where(Snapshot.id > after).order_by(Snapshot.id).limit(BATCH)
    with db.read() as connection:
        return _archived(connection, _bounded(connection, query))


def pick(db: Database, ids: Collection[int]) -> Iterator[list[Archived]]:
    """These snapshots, in batches. Raises StorageError."""
    for chunk in chunks(sorted(ids)):
        query = _chosen(select(*COLUMNS), Chosen()).where(Snapshot.id.in_(chunk)).order_by(Snapshot.id)
        with db.read() as connection:
            yield _archived(connection, list(connection.execute(query)))


def stored_between(db: Database, chosen: Chosen, after: int, last: int) -> set[int]:
    """Ids of the snapshots beyond `after`, up to `last`. Raises StorageError."""
    query = _chosen(select(Snapshot.id), chosen).where(Snapshot.id > after, Snapshot.id <= last)
    with db.read() as connection:
        return set(connection.scalars(query))


@dataclass(frozen=True, slots=True)
class Standing:
    """What archived versions are to the database now."""

    same: frozenset[int]
    """Snapshots that are stored with the same content."""
    newest: tuple[int, ...]
    """Listings whose newest snapshot is one of these, in the order of their ids."""


def standing(db: Database, digests: Mapping[int, str]) -> Standing:
    """Compare archived versions (snapshot id -> content hash) with what is stored. Raises StorageError."""
    query = select(Snapshot.id, Snapshot.digest, Snapshot.listing_id, Snapshot.number == Listing.snapshot_number)
    query = query.join(Listing, Listing.id == Snapshot.listing_id)
    same: set[int] = set()
    newest: set[int] = set()
    with db.read() as connection:
        for chunk in chunks(digests):
            for snapshot_id, stored, listing_id, is_newest in connection.execute(query.where(Snapshot.id.in_(chunk))):
                if stored == digests[snapshot_id]:
                    same.add(snapshot_id)
                    newest.update([listing_id] if is_newest else ())
    return Standing(frozenset(same), tuple(sorted(newest)))


def count_newer(db: Database, after: int) -> int:
    """How many listings were stored or changed since the snapshot `after`. Raises StorageError."""
    query = select(func.count()).select_from(Listing).join(Snapshot, NEWEST).where(Snapshot.id > after)
    with db.read() as connection:
        return int(connection.execute(query).scalar_one())


def contacts(db: Database, listings: Iterable[int]) -> dict[int, list[ContactRecord]]:
    """Listing id -> all contacts that are known of it. Raises StorageError."""
    found: defaultdict[int, list[ContactRecord]] = defaultdict(list)
    query = select(ListingContact.listing_id, Contact.kind, Contact.value, ListingContact.text).join(
        Contact, Contact.id == ListingContact.contact_id
    )
    with db.read() as connection:
        for chunk in chunks(set(listings)):
            for listing_id, *facts in connection.execute(query.where(ListingContact.listing_id.in_(chunk))):
                found[listing_id].append(ContactRecord(*facts))
    return found


def _chosen(query: Select[*tuple[Any, ...]], chosen: Chosen) -> Select[*tuple[Any, ...]]:
    query = query.select_from(Snapshot).join(Listing, Listing.id == Snapshot.listing_id)
    query = query.join(Site, Site.id == Listing.site_id)
    if chosen.site is not None:
        query = query.where(Site.name == fit(chosen.site))
    if chosen.since is not None:
        query = query.where(Snapshot.fetched_at >= chosen.since)
    return query


def _bounded(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[Row[*tuple[Any, ...]]]:
    """As many rows as a batch takes; the rest of the result is never fetched."""
    rows: list[Row[*tuple[Any, ...]]] = []
    size = 0
    with connection.execute(query, execution_options={"yield_per": AHEAD}) as found:
        for row in found:
            rows.append(row)
            size += len(row.body) + sum(map(len, row.replies))
            if size >= BATCH_CHARACTERS:
                break
    return rows


def _archived(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Archived]:
    judged = as_texts(connection, rows)
    return [Archived._make((*row, text.offered)) for row, text in zip(rows, judged, strict=True)]
