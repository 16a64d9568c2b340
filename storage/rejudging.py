"""Stored texts for a newer lexicon to judge: the newest snapshot of each listing, a bounded batch at a time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, null, select
from sqlalchemy.orm import aliased

from storage.columns import fit
from storage.models import Detection, Lead, Listing, ListingContact, Site, Snapshot
from storage.statements import chunks
from storage.writing import NEWEST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

    from storage.database import Database

BATCH = 400  # listings: fits one IN list, and a transaction costs as much as ten of them
BATCH_CHARACTERS = 2_000_000  # a body may be 10 MB; some 6 MB of Chinese
AHEAD = 50  # rows that the driver may hold before the batch is known to be full


@dataclass(frozen=True, slots=True)
class Selection:
    """Which listings: all that satisfy every given condition."""

    site: str | None = None
    """Name of the site."""
    since: datetime | None = None
    """First seen or changed at that moment or later."""
    since_text: str | None = None
    """The same as it was asked for; ``7d`` asked today and asked tomorrow is one wish."""

    @property
    def wish(self) -> tuple[str | None, str | None]:
        """What makes two selections the same one."""
        return self.site, self.since_text


@dataclass(frozen=True, slots=True)
class Text:
    """One snapshot to judge."""

    snapshot_id: int
    text: str
    """Title, newline, body, then each reply on its own line: what offsets count in."""
    offered: bool
    """The page states a price or a contact beside the text."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some listings in the order of their ids, and their texts that the lexicon has not judged yet."""

    listings: tuple[int, ...]
    texts: tuple[Text, ...]
    upto: int | None = None
    """Of an archive: how many of its rows are done with this batch."""

    @property
    def last(self) -> int:
        """Where the next batch begins."""
        return self.listings[-1] if self.upto is None else self.upto

    @property
    def size(self) -> int:
        """Roughly, in bytes: three for a Chinese character."""
        return 3 * sum(len(one.text) for one in self.texts)


def count(db: Database, chosen: Selection, *, after: int = 0) -> int:
    """How many listings there are to look at. Raises StorageError."""
    query = _chosen(select(func.count()).select_from(Listing), chosen, after)
    with db.read() as connection:
        return int(connection.execute(query).scalar_one())


def read(db: Database, version: str, chosen: Selection, *, after: int) -> Batch | None:
    """The next listings beyond the id `after`; None when there are no more. Raises StorageError.

    A text that `version` has judged already is not read: its verdict is stored.
    """
    with db.read() as connection:
        rows = _rows(connection, version, chosen, after)
        if not rows:
            return None
        listings = tuple(row.listing_id for row in rows)
        newest = as_texts(connection, [row for row in rows if row.body is not None])
        return Batch(listings, (*newest, *_flagged_texts(connection, version, listings)))


def texts(connection: Connection, snapshots: Collection[int]) -> tuple[Text, ...]:
    """The texts of these snapshots, in the caller's transaction."""
    query = select(*_text_columns(Snapshot.body)).select_from(Snapshot)
    rows = [row for chunk in chunks(snapshots) for row in connection.execute(query.where(Snapshot.id.in_(chunk)))]
    return as_texts(connection, rows)


def _text_columns(body: Any) -> tuple[Any, ...]:
    facts = (Snapshot.listing_id, Snapshot.id.label("snapshot_id"), Snapshot.number, Snapshot.title)
    said = (Snapshot.replies, Snapshot.price_text, Snapshot.fetched_at)
    return *facts, body.label("body"), *said


def _chosen(query: Select[*tuple[Any, ...]], chosen: Selection, after: int) -> Select[*tuple[Any, ...]]:
    query = query.where(Listing.id > after)
    if chosen.site is not None:
        query = query.where(Listing.site_id == select(Site.id).where(Site.name == fit(chosen.site)).scalar_subquery())
    if chosen.since is not None:
        one = aliased(Snapshot)  # the caller's query may name snapshots, too
        newest = select(one.id).where(one.listing_id == Listing.id, one.number == Listing.snapshot_number)
        recent = newest.where(one.fetched_at >= chosen.since).correlate(Listing).exists()
        query = query.where((Listing.first_seen_at >= chosen.since) | recent)
    return query


def _rows(connection: Connection, version: str, chosen: Selection, after: int) -> list[Row[*tuple[Any, ...]]]:
    """As many rows as a batch takes; the rest of the result is never fetched."""
    judged = and_(Detection.snapshot_id == Snapshot.id, Detection.lexicon_version == fit(version))
    body = case((Detection.id.is_(None), Snapshot.body), else_=null())
    query = select(*_text_columns(body)).select_from(Listing).join(Snapshot, NEWEST).outerjoin(Detection, judged)
    query = _chosen(query, chosen, after).order_by(Listing.id).limit(BATCH)
    rows: list[Row[*tuple[Any, ...]]] = []
    size = 0
    with connection.execute(query, execution_options={"yield_per": AHEAD}) as found:
        for row in found:
            rows.append(row)
            size += len(row.body or "") + sum(map(len, row.replies))
            if size >= BATCH_CHARACTERS:
                break
    return rows


def _flagged_texts(connection: Connection, version: str, listings: Collection[int]) -> tuple[Text, ...]:
    """The texts that leads were raised by, where the page says something else by now."""
    query = (
        select(Detection.snapshot_id)
        .join(Lead, Lead.detection_id == Detection.id)
        .where(Lead.listing_id.in_(listings), Lead.snapshot_id != Detection.snapshot_id)
    )
    flagged = set(connection.scalars(query))
    judged = select(Detection.snapshot_id).where(
        Detection.snapshot_id.in_(flagged), Detection.lexicon_version == fit(version)
    )
    return texts(connection, flagged - set(connection.scalars(judged))) if flagged else ()


def as_texts(connection: Connection, rows: Iterable[Row[*tuple[Any, ...]]]) -> tuple[Text, ...]:
    """What is judged of each row (of columns as in `_text_columns`), in the caller's transaction."""
    rows = list(rows)
    contacts = _contacts(connection, [row for row in rows if row.price_text is None])
    made = []
    for row in rows:
        text = "\n".join((row.title, row.body, *row.replies))
        shown = contacts.get(row.snapshot_id, ())
        offered = row.price_text is not None or _is_shown(connection, row, text, shown)
        made.append(Text(row.snapshot_id, text, offered))
    return tuple(made)


def _contacts(connection: Connection, rows: Iterable[Row[*tuple[Any, ...]]]) -> dict[int, list[str]]:
    """Snapshot id -> contacts of its listing that were known when it was fetched."""
    listings: defaultdict[int, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in rows:
        listings[row.listing_id].append(row)
    found: defaultdict[int, list[str]] = defaultdict(list)
    query = select(ListingContact.listing_id, ListingContact.text, ListingContact.first_seen_at)
    for chunk in chunks(listings):
        for listing_id, text, seen_at in connection.execute(query.where(ListingContact.listing_id.in_(chunk))):
            for row in listings[listing_id]:
                if seen_at <= row.fetched_at:
                    found[row.snapshot_id].append(text)
    return found


def _is_shown(connection: Connection, row: Row[*tuple[Any, ...]], text: str, contacts: Sequence[str]) -> bool:
    """Whether this version states one of them: contacts are kept for all versions of a listing together."""
    if row.number == 1 or not contacts:
        return bool(contacts)
    attributes = connection.execute(select(Snapshot.attributes).where(Snapshot.id == row.snapshot_id)).scalar_one()
    places = (text, *(value for _, value in attributes))
    return any(contact in place for contact in contacts for place in places)
