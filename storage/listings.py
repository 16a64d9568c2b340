"""Stored listings: what is known of them, storing a batch, and their coming and going."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, null, select, update

from storage import writing
from storage.bulk import Bulk
from storage.columns import MAX_ID, fit
from storage.lookup import Lookup
from storage.models import Event, Listing, Snapshot
from storage.records import Event as EventRecord
from storage.records import History, Known, Outcome
from storage.records import Snapshot as SnapshotRecord
from storage.statements import chunks, insert, lock_site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Dialect, Row, Update

    from storage.database import Database
    from storage.records import ListingRecord

KNOWN = select(
    Listing.id, Listing.key, Listing.url, Listing.row_signature, Listing.etag, Listing.last_modified, Listing.digest,
    Listing.checked_at, Listing.gone_at,
)  # fmt: skip

GONE = select(Listing.id, Listing.key).where(
    Listing.site_id == bindparam("site_id"),
    Listing.key.in_(bindparam("keys", expanding=True)),
    Listing.gone_at.is_not(None),
)
KNOWN_KEYS = Lookup(
    KNOWN.where(Listing.site_id == bindparam("site_id"), Listing.key.in_(bindparam("keys", expanding=True))), "keys"
)


def _setting(names: Sequence[str], **fixed: Any) -> Bulk:
    """Set these columns of listings that are named by site and key."""

    def build(_dialect: Dialect) -> Update:
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        named = (Listing.site_id == bindparam("site"), Listing.key == bindparam("of"))
        return update(Listing).where(*named).values(values | fixed)

    return Bulk(("site", "of", *names), build)


RESIGN = _setting(("row_signature",))
SEEN, CHECKED, VALIDATED = ("last_run_id", "last_seen_at"), ("checked_at",), ("etag", "last_modified")
TOUCHES = {
    (checked, validated): _setting((*SEEN, *CHECKED * checked, *VALIDATED * validated), gone_at=null())
    for checked in (False, True)
    for validated in (False, True)
}
"""By whether the page itself said that it is as it was, and whether it brought validators."""


def known(db: Database, site_id: int, keys: Iterable[str]) -> dict[str, Known]:
    """What is stored under these keys; keys never seen are left out. Raises StorageError."""
    asked = {fit(key): key for key in keys}
    found = {}
    with db.read() as connection:
        for chunk in chunks(asked):
            for row in KNOWN_KEYS.rows(connection, chunk, site_id=site_id):
                one = Known(*row)
                found[asked[one.key]] = one
    return found


def write(db: Database, site_id: int, run_id: int, batch: Sequence[ListingRecord]) -> list[Outcome]:
    """Store a batch in one transaction: all of it or nothing; one outcome per record, in order.

    Writing the same batch again, after a crash or from a cache, leaves the same rows.

    Raises:
        StorageError: nothing of the batch was stored.
        NaiveTimeError: a datetime without a time zone; nothing of the batch was stored.
    """
    if not batch:
        return []
    with db.write() as connection:
        lock_site(connection, site_id)
        return writing.store(connection, site_id, run_id, batch)


@dataclass(frozen=True, slots=True)
class Touch:
    """Listings that were seen unchanged at one moment."""

    keys: Sequence[str]
    at: datetime
    checked: bool = False
    """The item page itself said so."""
    signatures: Mapping[str, str] = field(default_factory=dict)
    """Row signatures that differ from the stored ones although the offer does not (a thread was answered), by key."""
    validators: tuple[str | None, str | None] | None = None
    """(ETag, Last-Modified) of the page's newest answer, where that brought them."""


def touch_all(db: Database, site_id: int, run_id: int, touches: Sequence[Touch]) -> None:
    """Note in one transaction, in order, that listings were seen unchanged. Gone ones are back. Raises StorageError."""
    if not touches:
        return
    first = {fit(key): one.at for one in reversed(touches) for key in one.keys}
    with db.write() as connection:
        lock_site(connection, site_id)
        gone = [row for chunk in chunks(first) for row in connection.execute(GONE, {"site_id": site_id, "keys": chunk})]
        for (checked, validated), group in groupby(touches, key=lambda one: (one.checked, one.validators is not None)):
            TOUCHES[checked, validated].run(connection, _touched(site_id, run_id, group))
        for row in gone:
            _note(connection, [row.id], {"run_id": run_id, "kind": "back", "at": first[row.key], "reason": ""})
        RESIGN.run(connection, [(site_id, key, to) for one in touches for key, to in one.signatures.items()])


def _touched(site_id: int, run_id: int, touches: Iterable[Touch]) -> list[tuple[Any, ...]]:
    return [
        (site_id, key, run_id, one.at, *((one.at,) if one.checked else ()), *(one.validators or ()))
        for one in touches
        for key in one.keys
    ]


def mark_gone(  # noqa: PLR0913, PLR0917 - one fact each
    db: Database, site_id: int, run_id: int, key: str, now: datetime, reason: str
) -> bool:
    """Note that a listing's page is no longer there; False when it is unknown or gone already. Nothing is deleted."""
    with db.write() as connection:
        lock_site(connection, site_id)
        query = update(Listing).where(Listing.site_id == site_id, Listing.key == fit(key), Listing.gone_at.is_(None))
        query = query.values(gone_at=now, checked_at=now, last_run_id=run_id)
        went = connection.scalars(query.returning(Listing.id)).all()
        _note(connection, went, {"run_id": run_id, "kind": "gone", "at": now, "reason": reason})
    return bool(went)


def _note(connection: Connection, listing_ids: Sequence[int], event: dict[str, Any]) -> None:
    if listing_ids:
        rows = [event | {"listing_id": listing_id} for listing_id in listing_ids]
        connection.execute(insert(connection, Event), rows)


def history(db: Database, listing_id: int) -> History:
    """All snapshots and events of a listing, oldest first; empty when there is no such listing."""
    if not 0 < listing_id <= MAX_ID:
        return History((), ())
    with db.read() as connection:
        return read_history(connection, listing_id)


def read_history(connection: Connection, listing_id: int, *, events: bool = True) -> History:
    """The same within a transaction; `events`: there may be some."""
    snapshots = select(Snapshot.__table__).where(Snapshot.listing_id == listing_id).order_by(Snapshot.number)
    query = select(Event.kind, Event.at, Event.run_id, Event.reason).where(Event.listing_id == listing_id)
    return History(
        tuple(map(_snapshot, connection.execute(snapshots))),
        tuple(EventRecord(*row) for row in connection.execute(query.order_by(Event.id))) if events else (),
    )


def _snapshot(row: Row[*tuple[Any, ...]]) -> SnapshotRecord:
    facts = {name: row._mapping[name] for name in SnapshotRecord.__slots__}  # noqa: SLF001 - the documented way to read by name
    facts["replies"], facts["images"] = tuple(facts["replies"]), tuple(facts["images"])
    facts["attributes"] = tuple((name, value) for name, value in facts["attributes"])
    return SnapshotRecord(**facts)
