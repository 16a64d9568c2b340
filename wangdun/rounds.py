"""Rounds: what follows a crawl, outside of it: pictures from the queue, time stamps, the head of the custody chain."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from storage.database import Database
from storage.evidence import heads, jobs, timestamps
from storage.evidence.objects import Objects
from wangdun import timestamping
from wangdun.screens import Screens, the_one

if TYPE_CHECKING:
    from collections.abc import Callable

    from wangdun.config import Config
    from wangdun.screens import Taken, Tally
    from wangdun.timestamping import Round

POLL = 5.0  # seconds between two looks for new work, for a worker that stays
RETRY = 300.0  # seconds before an authority that gave no time stamp is asked again
logger = logging.getLogger("wangdun.screens")


@dataclass(frozen=True, slots=True)
class Done:
    """What was done."""

    screens: Tally
    stamps: Round
    waiting: int
    """Captures that still wait, for their next attempt or because the limit was reached."""


def work(
    config: Config,
    *,
    stay: bool = False,
    limit: int | None = None,
    tell: Callable[[Taken], None] = lambda _taken: None,
) -> Done:
    """Do one round; with `stay` go on with what comes, until told to stop.

    Args:
        config: the settings.
        stay: whether to wait for more.
        limit: most captures to try.
        tell: is called after each capture.

    Raises:
        Busy: another worker of this data folder is at it.
        DiskFull: there is no room for evidence.
        StorageError: database or evidence folder cannot be read or written.
        KeyboardInterrupt: told to stop; the capture under way waits in the queue.
    """
    with the_one(config):
        db = Database.open(config.storage)
        try:
            objects = Objects.of(config.storage)
            worker = Screens(config, db, objects, clock=now, tell=tell)
            while True:
                worker.run(limit)
                done = Done(worker.tally, _stamp(config, db, objects), jobs.counts(db).waiting)
                if not stay or (limit is not None and worker.tally.taken >= limit):
                    return done
                again = time.monotonic() + (RETRY if done.stamps.problem else 0.0)
                while not needed(config, db, stamps=time.monotonic() > again):
                    time.sleep(POLL)
        finally:
            db.close()


def needed(config: Config, db: Database, *, stamps: bool = True) -> bool:
    """Whether there is something to do now: captures that are due, files without a time stamp. Raises StorageError."""
    if jobs.due(db, now()):
        return True
    return stamps and config.storage.evidence.timestamp_url is not None and bool(timestamps.unstamped(db, 1))


def now() -> datetime:
    """The time of day, aware."""
    return datetime.now(UTC)


def _stamp(config: Config, db: Database, objects: Objects) -> Round:
    heads.write_head(db, objects.folder, now())
    made = timestamping.stamp_new(config.storage.evidence, db, objects, clock=now)
    if made.problem:
        logger.info("时间戳：%s", made.problem)
    return made
