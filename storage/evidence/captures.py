"""Captures as stored: one, those of a listing or lead, the newest.

Rows that were damaged raise DamagedRow; only `page` and `each`, for whoever verifies, go on with the rest.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from sqlalchemy import and_, func, select

from storage.columns import MAX_ID, fit
from storage.evidence.models import Capture as CaptureRow
from storage.evidence.models import CaptureFile
from storage.evidence.records import Capture, StoredFile, Unreadable
from storage.evidence.soundness import UNREADABLE, check_capture
from storage.exceptions import DamagedRow
from storage.models import Lead, Listing, Site
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, ScalarSelect, Select

    from storage.database import Database

PAGE = 200  # captures held in memory while streaming: facts are some kilobytes each

SHOWN = (
    select(
        *(CaptureRow.id, CaptureRow.site_id, Site.name.label("site"), CaptureRow.key, CaptureRow.url),
        *(CaptureRow.kind, CaptureRow.cause, CaptureRow.taken_at, CaptureRow.sealed_at, CaptureRow.digest),
        *(CaptureRow.facts, CaptureRow.run_id, CaptureRow.missing, CaptureRow.removed_at),
    )
    .select_from(CaptureRow)
    .join(Site, Site.id == CaptureRow.site_id)
)
FILES = select(
    *(CaptureFile.capture_id, CaptureFile.name, CaptureFile.role, CaptureFile.media_type),
    *(CaptureFile.size, CaptureFile.sha256, CaptureFile.sm3),
).order_by(CaptureFile.capture_id, CaptureFile.position)


class Narrowing(TypedDict, total=False):
    """Which captures: all that satisfy every given condition."""

    site: str | None
    """Name of the site."""
    since: datetime | None
    """Taken at that moment or later."""
    kind: str | None
    lead_id: int | None


def get(db: Database, capture_id: int) -> Capture | None:
    """One capture with its files; None when there is no such id. Raises StorageError."""
    if not 0 < capture_id <= MAX_ID:  # typed by hand: neither database can compare it
        return None
    found = _found(db, SHOWN.where(CaptureRow.id == capture_id))
    return found[0] if found else None


def newest_id(db: Database) -> int:
    """Id of the newest capture; 0 when there is none. Raises StorageError."""
    with db.read() as connection:
        return int(connection.execute(select(func.max(CaptureRow.id))).scalar() or 0)


def has(db: Database, capture_id: int) -> bool:
    """Whether there is a row, readable or not. Raises StorageError."""
    with db.read() as connection:
        found = connection.execute(select(CaptureRow.id).where(CaptureRow.id == min(capture_id, MAX_ID)))
        return found.first() is not None


def each(db: Database, ids: Iterable[int]) -> Iterator[Capture | Unreadable]:
    """Those of these captures that there are, by id. Raises StorageError."""
    for number in sorted(set(ids)):
        try:
            found = get(db, number)
        except DamagedRow:
            yield Unreadable(number)
        else:
            yield from () if found is None else (found,)


def by_digest(connection: Connection, digest: str) -> Capture | None:
    """The capture that this manifest seals, within the caller's transaction."""
    found = _read(connection, SHOWN.where(CaptureRow.digest == digest))
    return found[0] if found else None


def of_listing(db: Database, site_id: int, key: str) -> tuple[Capture, ...]:
    """All captures of a listing, oldest first. Raises StorageError."""
    query = SHOWN.where(CaptureRow.site_id == site_id, CaptureRow.key == fit(key))
    return _found(db, query.order_by(CaptureRow.id))


def of_lead(db: Database, lead_id: int) -> tuple[Capture, ...]:
    """All captures of a lead's listing, oldest first. Raises StorageError."""
    return _found(db, _narrowed(SHOWN, {"lead_id": lead_id}).order_by(CaptureRow.id))


def ids_of_lead(db: Database, lead_id: int) -> list[int]:
    """Ids of `of_lead`, whether the rows can be read or not. Raises StorageError."""
    query = _narrowed(SHOWN, {"lead_id": lead_id}).order_by(CaptureRow.id)
    with db.read() as connection:
        return list(connection.scalars(_only_ids(query)))


def listing_of_lead(db: Database, lead_id: int) -> tuple[str, str] | None:
    """Site and key of a lead's listing; None when there is no such lead. Raises StorageError."""
    query = select(Site.name, Listing.key).join(Listing, Listing.site_id == Site.id)
    number = lead_id if 0 < lead_id <= MAX_ID else 0
    with db.read() as connection:
        row = connection.execute(query.join(Lead, Lead.listing_id == Listing.id).where(Lead.id == number)).one_or_none()
    return None if row is None else (row.name, row.key)


def leads_of(db: Database, found: Iterable[Capture]) -> dict[int, int]:
    """Capture id -> id of the lead that its listing became, for those that have one. Raises StorageError."""
    query = select(CaptureRow.id, Lead.id).join(
        Listing, and_(Listing.site_id == CaptureRow.site_id, Listing.key == CaptureRow.key)
    )
    query = query.join(Lead, Lead.listing_id == Listing.id)
    told: dict[int, int] = {}
    with db.read() as connection:
        for chunk in chunks([one.id for one in found]):
            told.update(dict(connection.execute(query.where(CaptureRow.id.in_(chunk))).tuples().all()))
    return told


def recent(db: Database, limit: int, *, before: int | None = None, **narrow: Unpack[Narrowing]) -> tuple[Capture, ...]:
    """The newest captures first, at most `limit`, of those older than the id `before`. Raises StorageError."""
    query = _narrowed(SHOWN, narrow).order_by(CaptureRow.id.desc()).limit(limit)
    return _found(db, query if before is None else query.where(CaptureRow.id < before))


def count(db: Database, **narrow: Unpack[Narrowing]) -> int:
    """How many such captures there are. Raises StorageError."""
    query = _narrowed(SHOWN, narrow).with_only_columns(func.count(), maintain_column_froms=True)
    with db.read() as connection:
        return int(connection.execute(query).scalar_one())


def page(db: Database, *, after: int, up_to: int) -> tuple[Capture | Unreadable, ...]:
    """The next captures by id, at most `PAGE`; none when there are no more. Raises StorageError."""
    query = SHOWN.where(CaptureRow.id > after, CaptureRow.id <= up_to).order_by(CaptureRow.id).limit(PAGE)
    try:
        return _found(db, query)
    except DamagedRow:
        with db.read() as connection:
            ids = connection.scalars(_only_ids(query)).all()
        return tuple(each(db, ids))


def _narrowed(query: Select[*tuple[Any, ...]], narrow: Narrowing) -> Select[*tuple[Any, ...]]:
    if (site := narrow.get("site")) is not None:
        query = query.where(Site.name == fit(site))
    if (since := narrow.get("since")) is not None:
        query = query.where(CaptureRow.taken_at >= since)
    if (kind := narrow.get("kind")) is not None:
        query = query.where(CaptureRow.kind == kind)
    if (lead_id := narrow.get("lead_id")) is not None:
        number = lead_id if 0 < lead_id <= MAX_ID else 0  # typed by hand: neither database can compare it
        # as two values: joined, PostgreSQL takes longer to think of ways than to go the only good one
        query = query.where(CaptureRow.site_id == _of_listing(Listing.site_id, number))
        query = query.where(CaptureRow.key == _of_listing(Listing.key, number))
    return query


def _of_listing(column: Any, lead_id: int) -> ScalarSelect[Any]:
    return select(column).join(Lead, Lead.listing_id == Listing.id).where(Lead.id == lead_id).scalar_subquery()


def _found(db: Database, query: Select[*tuple[Any, ...]]) -> tuple[Capture, ...]:
    with db.read() as connection:
        return _read(connection, query)


def _only_ids(query: Select[*tuple[Any, ...]]) -> Select[int]:
    return query.with_only_columns(CaptureRow.id, maintain_column_froms=True)


def _read(connection: Connection, query: Select[*tuple[Any, ...]]) -> tuple[Capture, ...]:
    """Raises DamagedRow for the first that cannot be read."""
    try:
        return _decoded(connection, query)
    except UNREADABLE:
        ids = connection.scalars(_only_ids(query)).all()
    return tuple(one for number in ids for one in _single(connection, number))


def _single(connection: Connection, number: int) -> tuple[Capture, ...]:
    try:
        return _decoded(connection, SHOWN.where(CaptureRow.id == number))
    except UNREADABLE as error:
        what = f"第 {number} 号固定的数据库记录被改动或损坏，读不出；请运行 wangdun evidence verify 核验"
        raise DamagedRow(what) from error


def _decoded(connection: Connection, query: Select[*tuple[Any, ...]]) -> tuple[Capture, ...]:
    rows = connection.execute(query).all()
    files = _files(connection, [row.id for row in rows])
    return tuple(_capture(row, files[row.id]) for row in rows)


def _files(connection: Connection, ids: Sequence[int]) -> dict[int, list[StoredFile]]:
    found: defaultdict[int, list[StoredFile]] = defaultdict(list)
    for chunk in chunks(ids):
        for row in connection.execute(FILES.where(CaptureFile.capture_id.in_(chunk))):
            facts = dict(row._mapping)  # noqa: SLF001 - the documented way to read by name
            found[facts.pop("capture_id")].append(StoredFile(**facts))
    return found


def _capture(row: Row[*tuple[Any, ...]], files: Sequence[StoredFile]) -> Capture:
    return check_capture(Capture(**row._mapping, files=tuple(files)))  # noqa: SLF001 - the documented way to read by name
