"""Store a batch of fetched listings: listings and snapshots here, what hangs on them in `marking` and `sellers`.

Few statements a batch, each for many rows. All is decided under the site's write lock, so looking first and inserting
then is safe, and writing the same batch again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, select, update

from storage.columns import fit
from storage.marking import add_detections, raise_leads
from storage.models import Event, Listing, Retry, Snapshot
from storage.records import Outcome
from storage.sellers import link_contacts, name_sellers
from storage.statements import CHUNK, chunks, insert, row_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Row

    from storage.records import ListingRecord

COPIED = (
    "fetched_at", "status", "url", "digest", "title", "body", "replies", "seller", "price_text", "price_amount",
    "price_currency", "price_unit", "negotiable", "region", "posted_at", "images", "attributes",
)  # fmt: skip
FOLLOWED = ("url", "digest", "row_signature", "etag", "last_modified")

NEWEST = and_(Snapshot.listing_id == Listing.id, Snapshot.number == Listing.snapshot_number)
STORED = select(
    Listing.key, Listing.id, Listing.digest, Listing.snapshot_number, Listing.checked_at, Listing.last_seen_at,
    Listing.gone_at, Snapshot.id.label("snapshot_id"), Snapshot.seller_id,
).join(Snapshot, NEWEST)  # fmt: skip
REFRESH = (
    update(Listing)
    .where(Listing.id == bindparam("listing_id"))
    .values(
        {
            name: bindparam(name)
            for name in ("url", "digest", "snapshot_number", "etag", "last_modified", "last_seen_at")
        }
        | {"row_signature": func.coalesce(bindparam("row_signature"), Listing.row_signature)}
        | {"checked_at": bindparam("checked_at"), "last_run_id": bindparam("run_id"), "gone_at": None}
    )
)
APPEND = (
    update(Listing)
    .where(Listing.id == bindparam("listing_id"))
    .values(digest=bindparam("digest"), snapshot_number=bindparam("snapshot_number"), last_run_id=bindparam("run_id"))
)


@dataclass(slots=True, eq=False)
class Entry:
    """One record on its way in, and what is known of it so far."""

    record: ListingRecord
    key: str
    outcome: Outcome = Outcome.NEW
    listing_id: int = 0
    number: int = 0
    """Of the newest snapshot; 0 for none yet."""
    digest: str = ""
    """Of the newest snapshot."""
    snapshot_id: int = 0
    """The snapshot that holds this record's text; 0 until there is one."""
    seller_id: int | None = None
    detection_id: int = 0
    """0 unless this record brings a detection that is not stored yet."""
    late: bool = False
    """Something fetched later is stored already."""
    replay: bool = False
    """This very version is stored, below a newer one."""
    row: Row[*tuple[Any, ...]] | None = None

    def meet(self, row: Row[*tuple[Any, ...]]) -> None:
        """Take over what is stored under this key."""
        self.row, self.listing_id, self.number, self.digest = row, row.id, row.snapshot_number, row.digest
        self.late = self.record.fetched_at < row.checked_at
        if row.digest == self.record.digest:
            self.outcome, self.snapshot_id, self.seller_id = Outcome.UNCHANGED, row.snapshot_id, row.seller_id
        else:
            self.outcome = Outcome.CHANGED
        if row.gone_at is not None and not self.late:
            self.outcome = Outcome.BACK


def store(connection: Connection, site_id: int, run_id: int, records: Sequence[ListingRecord]) -> list[Outcome]:
    """Store `records` in order within the caller's write transaction; one outcome for each."""
    outcomes: list[Outcome] = []
    for entries in rounds(records):
        store_round(connection, site_id, run_id, entries)
        outcomes.extend(entry.outcome for entry in entries)
    return outcomes


def rounds(records: Iterable[ListingRecord]) -> Iterator[list[Entry]]:
    """Cut into lists of distinct keys that fit one statement: a key that comes twice is stored twice, in order."""
    entries: dict[str, Entry] = {}
    for record in records:
        key = fit(record.key)
        if key in entries or len(entries) == CHUNK:
            yield list(entries.values())
            entries = {}
        entries[key] = Entry(record, key)
    if entries:
        yield list(entries.values())


def store_round(connection: Connection, site_id: int, run_id: int, entries: list[Entry]) -> None:
    """Store entries with distinct keys."""
    recognise(connection, site_id, entries)
    fresh = [entry for entry in entries if not entry.snapshot_id]
    name_sellers(connection, site_id, fresh)
    add_listings(connection, site_id, run_id, entries)
    add_snapshots(connection, run_id, fresh)
    update_listings(connection, run_id, entries)
    add_detections(connection, entries)
    link_contacts(connection, entries)
    raise_leads(connection, site_id, entries, fresh)
    forget_retries(connection, site_id, [value for e in entries for value in (e.key, fit(e.record.url))])


def recognise(connection: Connection, site_id: int, entries: list[Entry]) -> None:
    """Find out which listings are stored, and whether their newest snapshot says the same."""
    query = STORED.where(Listing.site_id == site_id, Listing.key.in_([entry.key for entry in entries]))
    stored = {row.key: row for row in connection.execute(query)}
    for entry in entries:
        if row := stored.get(entry.key):
            entry.meet(row)
    _recognise_replays(connection, {e.listing_id: e for e in entries if e.late and not e.snapshot_id})


def _recognise_replays(connection: Connection, late: dict[int, Entry]) -> None:
    """A killed run's pages come again from its cache: a version below the newest must not be stored twice."""
    if not late:
        return
    query = select(Snapshot.listing_id, Snapshot.id, Snapshot.digest, Snapshot.fetched_at, Snapshot.seller_id)
    for row in connection.execute(query.where(Snapshot.listing_id.in_(late))):
        entry = late[row.listing_id]
        if (row.digest, row.fetched_at) == (entry.record.digest, entry.record.fetched_at):
            entry.snapshot_id, entry.seller_id, entry.replay = row.id, row.seller_id, True
            entry.outcome = Outcome.UNCHANGED


def add_listings(connection: Connection, site_id: int, run_id: int, entries: list[Entry]) -> None:
    """Insert those never seen before; their first snapshot follows."""
    new = {entry.key: entry for entry in entries if not entry.listing_id}
    if not new:
        return
    rows = [
        row_values(entry.record, FOLLOWED)
        | {"site_id": site_id, "key": key, "snapshot_number": 1, "last_run_id": run_id, "gone_at": None}
        | dict.fromkeys(("first_seen_at", "last_seen_at", "checked_at"), entry.record.fetched_at)
        for key, entry in new.items()
    ]
    query = insert(connection, Listing).returning(Listing.key, Listing.id)
    for key, listing_id in connection.execute(query, rows):
        new[key].listing_id = listing_id


def add_snapshots(connection: Connection, run_id: int, fresh: list[Entry]) -> None:
    """Insert a snapshot for each entry whose text is not stored."""
    if not fresh:
        return
    by_listing = {entry.listing_id: entry for entry in fresh}
    rows = []
    for entry in fresh:
        entry.number, entry.digest = entry.number + 1, entry.record.digest
        links = {"listing_id": entry.listing_id, "run_id": run_id, "number": entry.number, "seller_id": entry.seller_id}
        rows.append(row_values(entry.record, COPIED) | links)
    query = insert(connection, Snapshot).returning(Snapshot.listing_id, Snapshot.id)
    for listing_id, snapshot_id in connection.execute(query, rows):
        by_listing[listing_id].snapshot_id = snapshot_id


def update_listings(connection: Connection, run_id: int, entries: list[Entry]) -> None:
    """Bring stored listings up to date; a late record adds its text but takes nothing newer back."""
    known = [entry for entry in entries if entry.row is not None]
    if current := [_refreshed(entry, run_id) for entry in known if not entry.late]:
        connection.execute(REFRESH, current)
    if late := [_appended(entry, run_id) for entry in known if entry.late]:
        connection.execute(APPEND, late)
    if back := [_return(entry, run_id) for entry in known if entry.outcome is Outcome.BACK]:
        connection.execute(insert(connection, Event), back)


def _refreshed(entry: Entry, run_id: int) -> dict[str, Any]:
    assert entry.row is not None
    fetched_at = entry.record.fetched_at
    times = {"checked_at": fetched_at, "last_seen_at": max(fetched_at, entry.row.last_seen_at)}
    return row_values(entry.record, FOLLOWED) | _appended(entry, run_id) | times


def _appended(entry: Entry, run_id: int) -> dict[str, Any]:
    newest = {"digest": entry.digest, "snapshot_number": entry.number}
    return newest | {"listing_id": entry.listing_id, "run_id": run_id}


def _return(entry: Entry, run_id: int) -> dict[str, Any]:
    at = entry.record.fetched_at
    return {"listing_id": entry.listing_id, "run_id": run_id, "kind": "back", "at": at, "reason": ""}


def forget_retries(connection: Connection, site_id: int, identities: Iterable[str]) -> None:
    """What is stored need not be tried again."""
    waiting = select(Retry.id).where(Retry.site_id == site_id).limit(1)
    if connection.execute(waiting).first() is None:  # nearly always: saves a long IN list at every batch
        return
    for chunk in chunks(identities):
        connection.execute(delete(Retry).where(Retry.site_id == site_id, Retry.identity.in_(chunk)))
