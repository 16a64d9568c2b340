"""Jobs of workers that are no more, and jobs that were handed out and never arrived, go back into the queue."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from procrastinate import App

STALLED: Final = """
SELECT job.id FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
 WHERE job.status = 'doing' AND now() - pg_postmaster_start_time() > %(seconds)s * interval '1 second'
   AND (worker.id IS NULL OR worker.last_heartbeat < now() - %(seconds)s * interval '1 second')
"""
"""While the server was away nobody could give a sign of life: right after its start all workers seem dead."""
GIVE_BACK: Final = """
WITH dead AS (
    SELECT job.id FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
     WHERE job.id = %(job)s AND job.status = 'doing'
       AND (worker.id IS NULL OR worker.id = ANY(%(mine)s)
            OR worker.last_heartbeat < now() - %(seconds)s * interval '1 second')
     FOR UPDATE OF job SKIP LOCKED
)
SELECT id, procrastinate_retry_job_v2(id, now(), NULL::integer, NULL::varchar, NULL::varchar) FROM dead
"""
"""One statement: of several workers that see the dead one, one gives its job back, and none takes it from a new owner."""
logger = logging.getLogger("wangdun.worker")


class Rescue:
    """One worker's look-out."""

    def __init__(self, app: App, seconds: float) -> None:
        """`seconds` without a sign of life are death."""
        self.app = app
        self.seconds = seconds
        self.running: set[int] = set()
        """Jobs that this worker is working on."""
        self._missing: set[int] = set()

    async def watch(self, call_next: Any, context: Any, _worker: Any) -> Any:
        """Procrastinate's worker middleware: note what is being worked on."""
        self.running.add(context.job.id)
        try:
            return await call_next()
        finally:
            self.running.discard(context.job.id)

    async def look(self, mine: Iterable[int]) -> int:
        """Give back what is stalled; how many. `mine` are the ids of this process's own workers.

        Raises ConnectorException: the database said no.
        """
        rows = await self.app.connector.execute_query_all_async(STALLED, seconds=self.seconds)
        stalled = {row["id"] for row in rows}
        return await self._give_back(stalled | await self._never_arrived(list(mine)), list(mine))

    async def _never_arrived(self, mine: list[int]) -> set[int]:
        """Jobs that are ours by the book, at two looks in a row, and not in fact: the answer that named them was lost."""
        listed: set[int] = set()
        for number in mine:
            jobs = await self.app.job_manager.list_jobs_async(worker_id=number, status="doing")
            listed |= {job.id for job in jobs if job.id is not None}
        absent = listed - self.running
        twice = absent & self._missing
        self._missing = absent
        return twice

    async def _give_back(self, numbers: set[int], mine: list[int]) -> int:
        given = 0
        for number in sorted(numbers):
            facts = {"job": number, "mine": mine, "seconds": self.seconds}
            try:
                given += len(await self.app.connector.execute_query_all_async(GIVE_BACK, **facts))
            except UniqueViolation:  # another with its queueing lock waits already: it will do
                await self._drop(number)
        if given:
            logger.warning("%d 个任务的工作进程已停止，任务重新排队", given)
        return given

    async def _drop(self, number: int) -> None:
        try:
            await self.app.job_manager.finish_job_by_id_async(number, Status.ABORTED, delete_job=True)
        except ConnectorException as error:  # somebody else dropped it
            logger.debug("job %d is gone: %s", number, error)
