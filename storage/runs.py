"""Crawl runs: start, heartbeat, end, and asking for one now."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import delete, func, select, update

from storage.models import Run as RunRow
from storage.models import RunRequest, Site
from storage.records import RunTally
from storage.statements import insert, lock_site

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from storage.database import Database

End = Literal["complete", "partial", "failed", "interrupted"]
WATCH = "watch"
"""Trigger of a run that reads only watched leads' pages: it says nothing of the lists, and no schedule counts it."""
KILLED = "上次运行没有正常结束(进程被中断或断电)"
TALLIED = tuple(field.name for field in fields(RunTally))


@dataclass(frozen=True, slots=True)
class Run:
    """One crawl of one site, as stored."""

    id: int
    site_id: int
    status: str
    """running, complete, partial, failed, interrupted or killed."""
    reason: str
    """Chinese, for people; empty while all is well."""
    trigger: str
    pid: int
    lexicon_version: str
    config_hash: str
    started_at: datetime
    beat_at: datetime
    """The last sign of life."""
    finished_at: datetime | None
    complete_walk: bool
    """It walked all list pages to their end or to a page of known listings after an earlier complete walk."""
    tally: RunTally


def start(  # noqa: PLR0913 - one fact each
    db: Database, site_id: int, *, now: datetime, pid: int, lexicon_version: str, config_hash: str, trigger: str
) -> int:
    """Open a run and return its id; a run of this site that is still "running" was killed, and is marked so.

    It answers a request for the site in the same transaction, unless it is a watch run: whatever dies when, the request
    is neither lost nor answered twice.
    """
    row = {"site_id": site_id, "status": "running", "reason": "", "trigger": trigger, "pid": pid}
    row |= {"lexicon_version": lexicon_version, "config_hash": config_hash, "complete_walk": False}
    row |= {"started_at": now, "beat_at": now, "finished_at": None} | asdict(RunTally())
    left = update(RunRow).where(RunRow.site_id == site_id, RunRow.status == "running")
    name = select(Site.name).where(Site.id == site_id).scalar_subquery()
    with db.write() as connection:
        lock_site(connection, site_id)
        if trigger != WATCH:
            connection.execute(delete(RunRequest).where(RunRequest.site == name))
        connection.execute(left.values(status="killed", reason=KILLED, finished_at=now))
        return connection.scalars(insert(connection, RunRow).values(row).returning(RunRow.id)).one()


def beat(db: Database, run_id: int, now: datetime, tally: RunTally) -> None:
    """Store a sign of life and the counts so far; a run that is over stays as it is."""
    _update(db, run_id, {"beat_at": now} | asdict(tally), RunRow.finished_at.is_(None))


def finish(  # noqa: PLR0913 - one fact each
    db: Database, run_id: int, *, now: datetime, status: End, reason: str, tally: RunTally, complete_walk: bool
) -> None:
    """Close a run for good."""
    end = {"status": status, "reason": reason, "finished_at": now, "beat_at": now, "complete_walk": complete_walk}
    _update(db, run_id, end | asdict(tally))


def _update(db: Database, run_id: int, values: dict[str, Any], *only: ColumnElement[bool]) -> None:
    with db.write() as connection:
        connection.execute(update(RunRow).where(RunRow.id == run_id, *only).values(values))


def last(db: Database, site_id: int) -> Run | None:
    """The newest run of a site, running or not; here and below, watch runs are left out."""
    runs = _some(db, _of(site_id).limit(1))
    return runs[0] if runs else None


def last_id(db: Database, site_id: int) -> int | None:
    """Id of the newest run of a site, watch runs included."""
    with db.read() as connection:
        return connection.execute(select(func.max(RunRow.id)).where(RunRow.site_id == site_id)).scalar()


def get(db: Database, run_id: int) -> Run | None:
    """The run with this id, of whatever kind; None when there is none."""
    runs = _some(db, select(RunRow.__table__).where(RunRow.id == run_id))
    return runs[0] if runs else None


def recent(db: Database, site_id: int, limit: int) -> list[Run]:
    """The newest runs of a site, newest first."""
    return _some(db, _of(site_id).limit(limit))


def last_good(db: Database, site_id: int, limit: int) -> list[Run]:
    """The newest runs of a site that ended as complete, newest first: what a new run is compared with."""
    return _some(db, _of(site_id).where(RunRow.status == "complete").limit(limit))


def walk_was_complete(db: Database, site_id: int, *, before: int | None = None) -> bool:
    """Whether the newest run walked its list pages to the end; only then may a walk stop at a page of known listings.

    `before` leaves out the caller's own run and later ones. Without it a run that is still "running" (the caller's, or
    one that was killed and not marked yet) makes the answer False, which costs a longer walk and loses nothing.
    """
    query = select(RunRow.status, RunRow.complete_walk).where(RunRow.site_id == site_id, RunRow.trigger != WATCH)
    if before is not None:
        query = query.where(RunRow.id < before)
    with db.read() as connection:
        row = connection.execute(query.order_by(RunRow.id.desc()).limit(1)).first()
    return row is not None and row.status not in {"running", "killed"} and row.complete_walk


def request_now(db: Database, site: str, now: datetime) -> None:
    """Ask for a run of the site with this name; asking twice is asking once."""
    row = {"site": site, "requested_at": now}
    with db.write() as connection:
        connection.execute(insert(connection, RunRequest).values(row).on_conflict_do_nothing())


def requests(db: Database) -> list[str]:
    """Names of the sites that somebody asked for and that have not begun a run since, oldest request first."""
    with db.read() as connection:
        return list(connection.scalars(select(RunRequest.site).order_by(RunRequest.id)))


def newest(connection: Connection) -> dict[int, Run]:
    """The newest run of every site."""
    return _newest(connection, select(func.max(RunRow.id)).where(RunRow.trigger != WATCH).group_by(RunRow.site_id))


def newest_of_any_kind(connection: Connection) -> dict[int, Run]:
    """The newest run of every site, watch runs included."""
    return _newest(connection, select(func.max(RunRow.id)).group_by(RunRow.site_id))


def _newest(connection: Connection, ids: Select[*tuple[Any, ...]]) -> dict[int, Run]:
    runs = map(_run, connection.execute(select(RunRow.__table__).where(RunRow.id.in_(ids))))
    return {run.site_id: run for run in runs}


def _of(site_id: int) -> Select[*tuple[Any, ...]]:
    query = select(RunRow.__table__).where(RunRow.site_id == site_id, RunRow.trigger != WATCH)
    return query.order_by(RunRow.id.desc())


def _some(db: Database, query: Select[*tuple[Any, ...]]) -> list[Run]:
    with db.read() as connection:
        return [_run(row) for row in connection.execute(query)]


def _run(row: Row[*tuple[Any, ...]]) -> Run:
    facts = dict(row._mapping)  # noqa: SLF001 - the documented way to read by name
    tally = RunTally(**{name: facts.pop(name) for name in TALLIED})
    return Run(**facts, tally=tally)
