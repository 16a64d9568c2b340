"""Store a batch of fetched listings: listings and snapshots here, what hangs on them in `marking` and `sellers`.

Few statements a batch, each for many rows. All is decided under the site's write lock, so looking first and inserting
then is safe, and writing the same batch again changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, null, select, update

from storage.bulk import Bulk, inserting, take_ids
from storage.columns import CleanText, fit
from storage.marking import add_detections, raise_leads
from storage.models import Event, Listing, Retry, Snapshot
from storage.records import Outcome
from storage.sellers import link_contacts, name_sellers
from storage.statements import CHUNK, chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Dialect, Row, Update

    from storage.records import ListingRecord

COPIED = (
    "fetched_at", "status", "url", "digest", "title", "body", "replies", "seller", "price_text", "price_amount",
    "price_currency", "price_unit", "negotiable", "region", "posted_at", "images", "attributes",
)  # fmt: skip
FOLLOWED = ("url", "digest", "row_signature", "etag", "last_modified")

_copied, _followed = attrgetter(*COPIED), attrgetter(*FOLLOWED)

NEWEST = and_(Snapshot.listing_id == Listing.id, Snapshot.number == Listing.snapshot_number)
STORED = (
    select(
        Listing.key, Listing.id, Listing.digest, Listing.snapshot_number, Listing.checked_at, Listing.last_seen_at,
        Listing.gone_at, Snapshot.id.label("snapshot_id"), Snapshot.seller_id,
    )
    .join(Snapshot, NEWEST)
    .where(Listing.site_id == bindparam("site_id"), Listing.key.in_(bindparam("keys", expanding=True)))
)  # fmt: skip
WAITING = select(Retry.id).where(Retry.site_id == bindparam("site_id")).limit(1)
ADD_LISTINGS = inserting(
    Listing,
    (
        "id",
        "site_id",
        "key",
        *FOLLOWED,
        "first_seen_at",
        "last_seen_at",
        "checked_at",
        "last_run_id",
        "snapshot_number",
    ),
)
ADD_SNAPSHOTS = inserting(Snapshot, ("id", "listing_id", "number", "run_id", "seller_id", *COPIED))
ADD_EVENTS = inserting(Event, ("listing_id", "run_id", "kind", "at", "reason"))
APPENDED = ("snapshot_number", "digest", "last_run_id")
REFRESHED = (*APPENDED, "url", "etag", "last_modified", "last_seen_at", "checked_at")


def _append(_dialect: Dialect) -> Update:
    values: dict[str, Any] = {name: bindparam(name) for name in APPENDED}
    return update(Listing).where(Listing.id == bindparam("listing_id")).values(values)


def _refresh(_dialect: Dialect) -> Update:
    kept = {"row_signature": func.coalesce(bindparam("row_signature", type_=CleanText), Listing.row_signature)}
    values: dict[str, Any] = {name: bindparam(name) for name in REFRESHED} | kept | {"gone_at": null()}
    return update(Listing).where(Listing.id == bindparam("listing_id")).values(values)


APPEND = Bulk(("listing_id", *APPENDED), _append)
REFRESH = Bulk(("listing_id", *REFRESHED, "row_signature"), _refresh)


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

    @property
    def old(self) -> bool:
        """Fetched no later than what is stored."""
        return self.row is not None and self.record.fetched_at <= self.row.checked_at

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
    asked = {"site_id": site_id, "keys": [entry.key for entry in entries]}
    stored = {row.key: row for row in connection.execute(STORED, asked)}
    for entry in entries:
        if row := stored.get(entry.key):
            entry.meet(row)
    _recognise_replays(connection, {e.listing_id: e for e in entries if e.old and not e.snapshot_id})


def _recognise_replays(connection: Connection, old: dict[int, Entry]) -> None:
    """A killed run's pages come again from its cache: a version below the newest must not be stored twice."""
    if not old:
        return
    query = select(Snapshot.listing_id, Snapshot.id, Snapshot.digest, Snapshot.seller_id).order_by(Snapshot.number)
    for row in connection.execute(query.where(Snapshot.listing_id.in_(old))):
        entry = old[row.listing_id]
        if row.digest == entry.record.digest:
            entry.snapshot_id, entry.seller_id, entry.outcome = row.id, row.seller_id, Outcome.UNCHANGED
            entry.replay = entry.late = True


def add_listings(connection: Connection, site_id: int, run_id: int, entries: list[Entry]) -> None:
    """Insert those never seen before; their first snapshot follows."""
    new = [entry for entry in entries if entry.row is None]
    if not new:
        return
    for entry, listing_id in zip(new, take_ids(connection, Listing, len(new)), strict=True):
        entry.listing_id = listing_id
    rows = [
        (entry.listing_id, site_id, entry.key, *_followed(entry.record), *[entry.record.fetched_at] * 3, run_id, 1)
        for entry in new
    ]
    ADD_LISTINGS.run(connection, rows)


def add_snapshots(connection: Connection, run_id: int, fresh: list[Entry]) -> None:
    """Insert a snapshot for each entry whose text is not stored."""
    if not fresh:
        return
    rows = []
    for entry, snapshot_id in zip(fresh, take_ids(connection, Snapshot, len(fresh)), strict=True):
        entry.snapshot_id, entry.number, entry.digest = snapshot_id, entry.number + 1, entry.record.digest
        rows.append((snapshot_id, entry.listing_id, entry.number, run_id, entry.seller_id, *_copied(entry.record)))
    ADD_SNAPSHOTS.run(connection, rows)


def update_listings(connection: Connection, run_id: int, entries: list[Entry]) -> None:
    """Bring stored listings up to date; a late record adds its text but takes nothing newer back."""
    known = [entry for entry in entries if entry.row is not None]
    REFRESH.run(connection, [_refreshed(entry, run_id) for entry in known if not entry.late])
    APPEND.run(connection, [_appended(entry, run_id) for entry in known if entry.late])
    back = [entry for entry in known if entry.outcome is Outcome.BACK]
    ADD_EVENTS.run(connection, [(e.listing_id, run_id, "back", e.record.fetched_at, "") for e in back])


def _refreshed(entry: Entry, run_id: int) -> tuple[Any, ...]:
    assert entry.row is not None
    record = entry.record
    times = (max(record.fetched_at, entry.row.last_seen_at), record.fetched_at)
    return (*_appended(entry, run_id), record.url, record.etag, record.last_modified, *times, record.row_signature)


def _appended(entry: Entry, run_id: int) -> tuple[Any, ...]:
    return entry.listing_id, entry.number, entry.digest, run_id


def forget_retries(connection: Connection, site_id: int, identities: Iterable[str]) -> None:
    """What is stored need not be tried again."""
    if connection.scalar(WAITING, {"site_id": site_id}) is None:  # nearly always: saves a long IN list at every batch
        return
    for chunk in chunks(identities):
        connection.execute(delete(Retry).where(Retry.site_id == site_id, Retry.identity.in_(chunk)))
