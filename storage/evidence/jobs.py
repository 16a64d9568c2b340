"""The queue of captures that a browser shall take: ask, claim, finish, give back.

A job is asked for once per occasion. Whoever claims it holds it for a time (the lease); when that has passed it counts
as the claim of a dead process, and the job waits again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select, update

from storage.columns import fit
from storage.evidence.models import CaptureJob
from storage.models import Site
from storage.statements import insert

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from storage.database import Database

LEASE = timedelta(minutes=30)  # twice the longest capture (600 s) with its pause and its sealing
BACK_OFF = tuple(map(timedelta, (0, 0, 0), (60, 900, 7200)))  # seconds: a hiccup, a restart, a night's maintenance
ATTEMPTS = 1 + len(BACK_OFF)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A capture that somebody asks for."""

    site_id: int
    key: str
    """Of the listing, within its site."""
    url: str
    occasion: str
    """What it belongs to, so that it is asked for once: the listing's digest, or a request's own number."""
    cause: str
    """crawl, watch, request, official."""
    score: float
    """Of the lead: the riskiest are captured first."""
    asked_by: str
    kind: str = "screen"


@dataclass(frozen=True, slots=True)
class Job:
    """A capture to take now, by whoever claimed it."""

    id: int
    site_id: int
    site: str
    key: str
    url: str
    kind: str
    occasion: str
    cause: str
    score: float
    asked_by: str
    asked_at: datetime
    attempts: int
    """This one included: 1 at the first."""
    worker: str

    @property
    def is_last(self) -> bool:
        """Whether nobody will try again by itself."""
        return self.attempts >= ATTEMPTS


@dataclass(frozen=True, slots=True)
class Counts:
    """How many jobs are in which state."""

    waiting: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0


def ask(db: Database, wanted: Wanted, now: datetime) -> int:
    """Put a capture into the queue, once per occasion; the job's id, old or new. Raises StorageError."""
    row = asdict(wanted) | {"asked_at": now, "not_before": now, "status": "waiting", "attempts": 0}
    row |= {"reason": "", "worker": "", "started_at": None, "capture_id": None}
    same = [getattr(CaptureJob, name) == fit(getattr(wanted, name)) for name in ("key", "kind", "occasion")]
    with db.write() as connection:
        connection.execute(insert(connection, CaptureJob).values(row).on_conflict_do_nothing())
        query = select(CaptureJob.id).where(CaptureJob.site_id == wanted.site_id, *same)
        return connection.execute(query).scalar_one()


def claim(db: Database, worker: str, now: datetime, *, busy: Collection[int] = ()) -> Job | None:
    """Take the riskiest job that is due and not on one of the `busy` sites; None when there is none.

    The attempt is counted at once: a page that kills its worker must not be tried for ever.
    """
    riskiest = select(CaptureJob.id).where(_due(now), CaptureJob.site_id.not_in(busy))
    riskiest = riskiest.order_by(CaptureJob.score.desc(), CaptureJob.id).limit(1).with_for_update(skip_locked=True)
    with db.write() as connection:
        job_id = connection.execute(riskiest).scalar()
        if job_id is None:
            return None
        taken: dict[str, Any] = {"status": "running", "worker": worker, "started_at": now}
        mine = update(CaptureJob).where(CaptureJob.id == job_id)
        connection.execute(mine.values(**taken, attempts=CaptureJob.attempts + 1))
        columns = [Site.name if name == "site" else getattr(CaptureJob, name) for name in Job.__slots__]
        query = select(*columns).join(Site, Site.id == CaptureJob.site_id).where(CaptureJob.id == job_id)
        return Job(*connection.execute(query).one())


def finish(db: Database, job: Job, capture_id: int, *, reason: str = "") -> bool:
    """Close the job for good: done, or failed where the sealed capture says why nothing could be seen (`reason`).

    False when the claim had passed to another meanwhile; nothing is changed then.
    """
    return _leave(db, job, status="failed" if reason else "done", reason=reason, capture_id=capture_id)


def postpone(db: Database, job: Job, reason: str, now: datetime) -> bool:
    """Let the job wait for its next attempt, ever longer; not for one whose attempts are used up."""
    later = now + BACK_OFF[min(job.attempts, len(BACK_OFF)) - 1]
    return _leave(db, job, status="waiting", reason=reason, not_before=later)


def hand_back(db: Database, job: Job) -> bool:
    """Undo the claim: the attempt did not happen (the worker is stopped, the disk is full)."""
    return _leave(db, job, status="waiting", attempts=job.attempts - 1)


def release(db: Database, machine: str) -> int:
    """Let the jobs wait again whose workers on this machine are dead (``machine:…``); how many. The one worker calls it."""
    held = CaptureJob.worker.startswith(f"{machine}:", autoescape=True)
    query = update(CaptureJob).where(CaptureJob.status == "running", held)
    with db.write() as connection:
        return connection.execute(query.values(status="waiting", worker="", started_at=None)).rowcount


def again(db: Database, now: datetime) -> int:
    """Try all failed jobs once more from the start, for instance after Chromium was installed; how many."""
    query = update(CaptureJob).where(CaptureJob.status == "failed")
    with db.write() as connection:
        return connection.execute(query.values(status="waiting", attempts=0, not_before=now)).rowcount


def due(db: Database, now: datetime) -> int:
    """How many jobs could be claimed now."""
    with db.read() as connection:
        return connection.execute(select(func.count()).select_from(CaptureJob).where(_due(now))).scalar_one()


def counts(db: Database) -> Counts:
    """How many jobs are in which state."""
    query = select(CaptureJob.status, func.count()).group_by(CaptureJob.status)
    with db.read() as connection:
        found: Counter[str] = Counter(dict(connection.execute(query).all()))
    return Counts(**{name: found[name] for name in Counts.__slots__})


def _due(now: datetime) -> ColumnElement[bool]:
    waiting = (CaptureJob.status == "waiting") & (CaptureJob.not_before <= now)
    abandoned = (CaptureJob.status == "running") & (CaptureJob.started_at <= now - LEASE)
    return or_(waiting, abandoned)


def _leave(db: Database, job: Job, **values: Any) -> bool:
    mine = update(CaptureJob).where(CaptureJob.id == job.id, CaptureJob.worker == job.worker)
    mine = mine.where(CaptureJob.status == "running", CaptureJob.attempts == job.attempts)
    with db.write() as connection:
        return connection.execute(mine.values(worker="", started_at=None, **values)).rowcount == 1
