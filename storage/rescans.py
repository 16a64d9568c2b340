"""Rescans: a newer lexicon applied to what is stored, batch by batch, with a record of what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select, update

from storage.bulk import inserting
from storage.columns import MAX_ID
from storage.differing import Differences
from storage.exceptions import StorageError
from storage.models import Rescan as RescanRow
from storage.models import RescanChange, Snapshot
from storage.rejudging import Selection
from storage.revising import Change, foresee, revise
from storage.statements import insert

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

    from storage.database import Database
    from storage.records import DetectionRecord
    from storage.rejudging import Batch
    from storage.versions import Lexicon

TAKEN_OVER = "另一个进程接手了这次复查,本进程停止"
UNFINISHED = ("running", "interrupted")
PAGE = 500  # changes held in memory while streaming
FACTS = (
    "kind", "listing_id", "snapshot_id", "lead_id", "old_verdict", "old_score", "new_verdict", "new_score",
)  # fmt: skip
ADD_CHANGES = inserting(RescanChange, ("rescan_id", *FACTS, "differences"))


@dataclass(frozen=True, slots=True)
class Rescan:
    """One application of a lexicon to what is stored."""

    id: int
    status: str
    """running (or killed), interrupted, complete, abandoned."""
    lexicon_version: str
    lexicon: tuple[str, ...]
    """Names of the local lexicon files it was made with."""
    chosen: Selection
    pid: int
    cursor: int
    """All chosen listings up to this id are done."""
    total: int
    scanned: int
    started_at: datetime
    beat_at: datetime
    """When the last batch was written."""
    finished_at: datetime | None
    source: str | None = None
    """The archive whose shards are read; None where the database's own texts are."""


def begin(  # noqa: PLR0913 - one fact each
    db: Database,
    *,
    version: str,
    lexicon: Sequence[str],
    chosen: Selection,
    total: int,
    pid: int,
    now: datetime,
    source: str | None = None,
) -> Rescan:
    """Open a new rescan; unfinished ones that it makes pointless are given up. Raises StorageError."""
    row: dict[str, Any] = {"status": "running", "lexicon_version": version, "lexicon": list(lexicon), "pid": pid}
    row |= {"site": chosen.site, "since": chosen.since, "since_text": chosen.since_text, "cursor": 0, "total": total}
    row |= {"scanned": 0, "started_at": now, "beat_at": now, "finished_at": None, "source": source}
    with db.write() as connection:
        _abandon(connection, version, chosen, source)
        query = insert(connection, RescanRow).values(row).returning(RescanRow.__table__)
        return _rescan(connection.execute(query).one())


def unfinished(db: Database, version: str, chosen: Selection, source: str | None = None) -> Rescan | None:
    """The rescan with this lexicon, selection and archive that can be taken up again."""
    with db.read() as connection:
        found = [one for one in _unfinished(connection) if one.lexicon_version == version]
    return next((one for one in found if _is_same(one, chosen, source)), None)


def _is_same(one: Rescan, chosen: Selection, source: str | None) -> bool:
    return one.chosen.wish == chosen.wish and one.source == source


def _unfinished(connection: Connection) -> list[Rescan]:
    query = select(RescanRow.__table__).where(RescanRow.status.in_(UNFINISHED)).order_by(RescanRow.id.desc())
    return [_rescan(row) for row in connection.execute(query)]


def _abandon(connection: Connection, version: str, chosen: Selection, source: str | None) -> None:
    """Give up what can no longer be taken up: begun anew, or with a lexicon whose verdicts another one replaces."""
    left = _unfinished(connection)
    ids = [one.id for one in left if one.lexicon_version != version or _is_same(one, chosen, source)]
    if ids:
        connection.execute(update(RescanRow).where(RescanRow.id.in_(ids)).values(status="abandoned"))


def resume(db: Database, rescan: Rescan, *, pid: int, now: datetime, total: int) -> Rescan:
    """Take a rescan up again where it stopped; `total` counts anew."""
    query = update(RescanRow).where(RescanRow.id == rescan.id)
    query = query.values(status="running", pid=pid, beat_at=now, total=total)
    with db.write() as connection:
        return _rescan(connection.execute(query.returning(RescanRow.__table__)).one())


def advance(  # noqa: PLR0913, PLR0917 - one fact each
    db: Database,
    rescan: Rescan,
    lexicon: Lexicon,
    batch: Batch,
    found: Mapping[int, DetectionRecord | None],
    now: datetime,
) -> tuple[Rescan, list[Change]]:
    """Apply the verdicts on one batch and note that it is done, in one transaction: all of it or nothing.

    Raises:
        StorageError: nothing of the batch was stored; or another process has taken the rescan over.
    """
    mine = update(RescanRow).where(RescanRow.id == rescan.id, RescanRow.cursor == rescan.cursor)
    mine = mine.where(RescanRow.pid == rescan.pid, RescanRow.status == "running")
    done = rescan.scanned + len(batch.listings)
    with db.write() as connection:
        query = mine.values(cursor=batch.last, scanned=done, beat_at=now).returning(RescanRow.__table__)
        row = connection.execute(query).one_or_none()
        if row is None:
            raise StorageError(TAKEN_OVER)
        changes = revise(connection, lexicon, batch.listings, found, now)
        ADD_CHANGES.run(connection, [_row(rescan.id, change) for change in changes])
        return _rescan(row), changes


def preview(db: Database, lexicon: Lexicon, batch: Batch, found: Mapping[int, DetectionRecord | None]) -> list[Change]:
    """What `advance` would change; nothing is written."""
    with db.read() as connection:
        return foresee(connection, lexicon, batch.listings, found)


def finish(db: Database, rescan: Rescan, status: Literal["complete", "interrupted"], now: datetime) -> Rescan:
    """Close a rescan, or note that it was stopped."""
    query = update(RescanRow).where(RescanRow.id == rescan.id)
    ended = {"status": status, "finished_at": now if status == "complete" else None}
    with db.write() as connection:
        return _rescan(connection.execute(query.values(ended).returning(RescanRow.__table__)).one())


def get(db: Database, rescan_id: int) -> Rescan | None:
    """The rescan with this number."""
    return _one(db, select(RescanRow.__table__).where(RescanRow.id == rescan_id)) if 0 < rescan_id <= MAX_ID else None


def newest(db: Database) -> Rescan | None:
    """The last one begun."""
    return _one(db, select(RescanRow.__table__).order_by(RescanRow.id.desc()).limit(1))


def changes(db: Database, rescan_id: int) -> Iterator[Change]:
    """What a rescan changed, in the order of the listings; no transaction stays open."""
    query = select(RescanChange.id, *(getattr(RescanChange, name) for name in FACTS), RescanChange.differences)
    query = query.add_columns(Snapshot.title).join(Snapshot, Snapshot.id == RescanChange.snapshot_id)
    query = query.where(RescanChange.rescan_id == rescan_id).order_by(RescanChange.id).limit(PAGE)
    last = 0
    while True:
        with db.read() as connection:
            rows = connection.execute(query.where(RescanChange.id > last)).all()
        if not rows:
            return
        yield from map(_change, rows)
        last = rows[-1].id


def _row(rescan_id: int, change: Change) -> tuple[Any, ...]:
    return (rescan_id, *(getattr(change, name) for name in FACTS), change.differences.as_facts())


def _change(row: Row[*tuple[Any, ...]]) -> Change:
    facts = {name: row._mapping[name] for name in (*FACTS, "title")}  # noqa: SLF001 - the documented way to read by name
    return Change(**facts, differences=Differences.of_facts(row.differences))


def _one(db: Database, query: Select[*tuple[Any, ...]]) -> Rescan | None:
    with db.read() as connection:
        row = connection.execute(query).first()
    return _rescan(row) if row is not None else None


def _rescan(row: Row[*tuple[Any, ...]]) -> Rescan:
    facts = dict(row._mapping)  # noqa: SLF001 - the documented way to read by name
    chosen = Selection(facts.pop("site"), facts.pop("since"), facts.pop("since_text"))
    return Rescan(**facts | {"lexicon": tuple(facts["lexicon"])}, chosen=chosen)
