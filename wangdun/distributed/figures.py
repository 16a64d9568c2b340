"""What is asked about the queue: how much waits, what failed, which minute was seen to last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from wangdun.distributed import present
from wangdun.distributed.link import SCHEMA

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database
    from wangdun.config import Config
    from wangdun.distributed.present import Present

COUNTS = text(f"""
WITH jobs AS (
    SELECT j.status, coalesce(j.scheduled_at, min(e.at)) AS since
      FROM {SCHEMA}.procrastinate_jobs j LEFT JOIN {SCHEMA}.procrastinate_events e ON e.job_id = j.id
     GROUP BY j.id
)
SELECT count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing'),
       count(*) FILTER (WHERE status = 'failed'),
       extract(epoch FROM now() - min(since) FILTER (WHERE status = 'todo' AND since < now()))::float
  FROM jobs
""")  # noqa: S608 -- a constant
LAST_TICK = text(f"SELECT max(planned) FROM {SCHEMA}.ticks")  # noqa: S608 -- a constant
READY = text("SELECT to_regclass(:jobs) IS NOT NULL AND to_regclass(:present) IS NOT NULL")
LATE: Final = 180.0  # seconds without a tick: there is one a minute while a worker lives


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue at one moment."""

    waiting: int
    running: int
    failed: int
    """Within the last week."""
    oldest: float
    """Seconds for which the job that waits longest could have begun; 0 when none waits."""
    last_tick: datetime | None
    workers: tuple[Present, ...]
    """All of the last day, alive or not."""

    def alive(self, config: Config) -> list[Present]:
        """Workers that gave a sign of life not long ago."""
        return [one for one in self.workers if one.is_alive(config.wangdun.stalled_after)]


def look(db: Database) -> Queue | None:
    """What there is; None where no worker has ever run. Raises StorageError."""
    with db.read() as connection:
        names = {"jobs": f"{SCHEMA}.procrastinate_jobs", "present": f"{SCHEMA}.present"}
        if not connection.scalar(READY, names):
            return None
        waiting, running, failed, oldest = connection.execute(COUNTS).one()
        last = connection.scalar(LAST_TICK)
    return Queue(waiting, running, failed, max(0.0, oldest or 0.0), last, tuple(present.workers(db)))
