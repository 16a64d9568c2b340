"""The regular jobs of an installation: each minute what is due is put into the queue, people are told, screens taken.

Each runs at one worker at a time; whichever it is makes no difference.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from procrastinate.exceptions import AlreadyEnqueued
from sqlalchemy import text

from storage import runs
from storage.review import sampling
from wangdun import exchange, notifying, planning, rounds
from wangdun.distributed import bound, station
from wangdun.distributed.app import ASKED, DUTIES
from wangdun.distributed.crawling import turn
from wangdun.distributed.link import SCHEMA
from wangdun.distributed.station import Postponed
from wangdun.exceptions import Busy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from procrastinate import App, JobContext
    from procrastinate.jobs import JobDeferrer

    from wangdun.config import Config
    from wangdun.distributed.station import Station

EACH_MINUTE: Final = "* * * * *"
DAY: Final = 86400.0  # seconds for which a worker that is gone is remembered
KEPT: Final = 7 * 24  # hours for which failed jobs can be looked at
PLACES: Final = 4  # duties at once: one of each kind
FIRST = text(
    f"INSERT INTO {SCHEMA}.ticks (planned, worker) SELECT to_timestamp(:planned), :worker"  # noqa: S608 -- a constant
    " WHERE to_timestamp(:planned) < now() + interval '1 minute'"
    f" AND NOT EXISTS (SELECT 1 FROM {SCHEMA}.ticks WHERE planned >= to_timestamp(:planned))"
    " ON CONFLICT DO NOTHING"
)
"""A worker that was suspended would do the minutes again that it missed; one whose clock is ahead, those to come."""
CLOCK = text("SELECT extract(epoch FROM now())::float")
SKEW: Final = 60.0  # seconds that clocks may differ: what is due is a matter of minutes
FORGET = (
    text(f"DELETE FROM {SCHEMA}.ticks WHERE planned < now() - interval '1 day'"),  # noqa: S608 -- a constant
    text(f"DELETE FROM {SCHEMA}.present WHERE beat_at < now() - interval '1 day'"),  # noqa: S608 -- a constant
)
logger = logging.getLogger("wangdun.worker")


def register(app: App, config: Config) -> None:  # noqa: ARG001 -- what all modules of tasks have
    """Declare the jobs."""

    @app.periodic(cron=EACH_MINUTE)
    @app.task(name="tick", queue=DUTIES, lock="tick", queueing_lock="tick", pass_context=True)
    async def tick(context: JobContext, timestamp: int) -> None:
        at = station.of(context)
        with suppress(Postponed):  # the settings are wrong, and that was said: another minute, another worker
            await _tick(at, timestamp)

    @app.task(name="tell", queue=DUTIES, lock="tell", queueing_lock="tell", pass_context=True)
    async def tell(context: JobContext) -> None:
        await asyncio.to_thread(_tell, station.of(context))

    @app.task(name="screens", queue=DUTIES, lock="screens", queueing_lock="screens", pass_context=True)
    async def screens(context: JobContext) -> None:
        await _run(station.of(context), "截屏 ", "evidence", "screens", "--once")

    @app.task(name="deliver", queue=DUTIES, lock="deliver", queueing_lock="deliver", pass_context=True)
    async def deliver(context: JobContext) -> None:
        await _run(station.of(context), "收发 ", "deliver")


async def _tick(at: Station, planned: int) -> None:
    due, duties = await asyncio.to_thread(_look, at, planned)
    for name in due:
        await _queue(turn(at.app, name), site=name)
    for name in duties:
        await _queue(at.app.configure_task(name))
    if due or duties:
        await at.app.job_manager.delete_old_jobs(
            KEPT, include_failed=True, include_cancelled=True, include_aborted=True
        )


async def _queue(deferrer: JobDeferrer, **facts: Any) -> None:
    with suppress(AlreadyEnqueued):  # it waits
        await deferrer.defer_async(**facts)


def _look(at: Station, planned: int) -> tuple[list[str], list[str]]:
    """Sites that are due and duties there are, at the first look at this minute; nothing at a second one."""
    config = at.fresh()
    with at.db.write() as connection:
        wrong = at.now().timestamp() - connection.execute(CLOCK).scalar_one()
        if abs(wrong) > SKEW:
            logger.error(
                "本机时钟与数据库服务器相差 %.0f 秒，请校时（NTP）；校时之前由别的工作进程看哪些站点到了时间", wrong
            )
            return [], []
        if not connection.execute(FIRST, {"planned": planned, "worker": at.name}).rowcount:
            return [], []
        for statement in FORGET:
            connection.execute(statement)
    now = at.now()
    sampling.draw_due(at.db, now)
    found = planning.plan(config, at.db, at.known(), now)
    due = [one.site.name for one in planning.overdue_first(found, now)]
    watched = [one.site.name for one in found if one.watch_due(now)]
    return [*due, *watched], list(_duties(config, at, now))


def _duties(config: Config, at: Station, now: datetime) -> Iterator[str]:
    if config.wangdun.notify:
        yield "tell"
    if rounds.needed(config, at.db):
        yield "screens"
    if exchange.needed(config, at.db, now):
        yield "deliver"


def _tell(at: Station) -> None:
    with suppress(Busy):  # a round that somebody began by hand is as good
        notifying.tell(at.fresh(), at.db, partial(datetime.now, UTC))


async def _run(at: Station, name: str, *args: str) -> None:
    """Run one of our own commands to its end; what it could not do, the next one tries."""
    process = at.children.start(name, bound.command("wangdun", *args, "--config", str(at.config.path)))
    if process is None:
        return
    try:
        code = await station.ended(process)
    finally:
        at.children.forget(name)
    if code not in {0, 1}:
        logger.error("%s没有完成（退出码 %d），稍后再试", name, code)


async def pick_up_requests(at: Station) -> None:
    """Give sites that somebody asked for a turn before all others."""
    for name in await asyncio.to_thread(_asked, at):
        waiting = list(await at.app.job_manager.list_jobs_async(queueing_lock=f"site:{name}", status="todo"))
        if any(job.priority >= ASKED and not job.scheduled_at for job in waiting):
            continue
        for job in waiting:
            if job.id is not None:
                await at.app.job_manager.cancel_job_by_id_async(job.id, delete_job=True)
        await _queue(turn(at.app, name, ASKED), site=name)


def _asked(at: Station) -> list[str]:
    known = at.known()
    return [name for name in runs.requests(at.db) if name in known]
