"""The job of one site's turn: whatever it is due for when its turn comes, in a process that dies with the worker."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from procrastinate.exceptions import AlreadyEnqueued

from storage import runs
from storage.exceptions import StorageError
from wangdun import planning
from wangdun.distributed import bound, station
from wangdun.distributed.app import PLANNED, WORK
from wangdun.distributed.station import Postponed
from wangdun.due import QUICK_REPEATS

if TYPE_CHECKING:
    from procrastinate import App, JobContext
    from procrastinate.jobs import JobDeferrer

    from wangdun.config import Config
    from wangdun.distributed.station import Station

NAME: Final = "crawl"
BUSY: Final = 2.0  # seconds: whoever has the site, a run by hand or one that is just dying, may be done soon
BUSY_MOST: Final = 30.0  # seconds between two looks at a site that somebody reads for long
AFTER_DEATH: Final = 5.0  # seconds before a run that died is made up for; three times as long after each that does, too
NOT_STARTED: Final = 300.0  # seconds before a site whose run could not even start is tried again, as `wangdun schedule`
NO_ROOM: Final = 60.0  # seconds before this machine's disk is looked at again; another worker may take the job before
AWAY: Final = 5.0  # seconds: a database that restarts takes a few
VAIN: Final = 200  # attempts; a job that was put off so often, for an hour or more, is told as failed
REFUSED, INTERRUPTED = 2, 130
"""Exit codes of `wangdun.worker`: the site is taken; told to stop before it began."""
logger = logging.getLogger("wangdun.worker")


class Unable(Exception):  # noqa: N818 -- it is a state of the world, not a fault
    """Raised by a job that was put off too often: it counts as failed."""


def register(app: App, config: Config) -> None:  # noqa: ARG001 -- what all modules of tasks have
    """Declare the job."""

    @app.task(name=NAME, queue=WORK, pass_context=True)
    async def crawl(context: JobContext, site: str, vain: int = 0) -> None:
        at = station.of(context)
        try:
            await asyncio.to_thread(_refuse, at, site, vain)
            await _take_turn(at, site)
        except (Postponed, StorageError) as error:
            seconds = error.seconds if isinstance(error, Postponed) else AWAY
            if vain >= VAIN:
                raise Unable(site) from error
            logger.info("站点 %s：%s，%.0f 秒后再试", site, error, seconds)
            await _put_off(turn(app, site, context.job.priority, after=seconds), site, vain + 1)


def turn(app: App, site: str, priority: int = PLANNED, *, after: float = 0.0) -> JobDeferrer:
    """A turn of a site, to be deferred; of one site never two run, and never two wait. `after` in seconds."""
    at = datetime.now(UTC) + timedelta(seconds=after) if after else None
    lock = f"site:{site}"
    return app.configure_task(NAME, queue=WORK, lock=lock, queueing_lock=lock, priority=priority, schedule_at=at)


async def _put_off(deferrer: JobDeferrer, site: str, vain: int) -> None:
    try:
        await deferrer.defer_async(site=site, vain=vain)
    except AlreadyEnqueued:  # somebody gave it a turn in the meantime
        return


def _refuse(at: Station, site: str, vain: int) -> None:
    """Raises Postponed: this worker cannot crawl the site now."""
    known = at.known()
    if site not in known:  # another worker's settings may have it
        raise Postponed(BUSY_MOST, "本机的 config.yaml 中没有这个站点")
    if not at.has_room():
        raise Postponed(NO_ROOM, "磁盘空间不足")
    if site in planning.busy(at.config, at.db, [site]):
        raise Postponed(min(BUSY_MOST, BUSY + vain), "正在被别的进程采集")


async def _take_turn(at: Station, site: str) -> None:
    options = await asyncio.to_thread(_wanted, at, site)
    if options is None:
        return
    before = await asyncio.to_thread(_last_run, at, site)
    args = (site, "--config", str(at.config.path), "--trigger", "schedule", *options)
    process = at.children.start(site, bound.command("wangdun.worker", *args), quiet=True)
    if process is None:
        raise Postponed(BUSY, "工作进程正在停止")
    logger.info("开始采集站点 %s", site)
    try:
        code = await station.ended(process)
    finally:
        at.children.forget(site)
    logger.info("站点 %s 的采集进程结束，退出码 %d", site, code)
    await asyncio.to_thread(_judge, at, site, before, code)


def _wanted(at: Station, site: str) -> list[str] | None:
    """Options of the run that the site is due for; None when it is due for none, whatever it was when it was queued."""
    if site in runs.requests(at.db):
        return []
    now = at.now()
    for one in planning.plan(at.config, at.db, at.known(), now):
        if one.site.name == site and (one.due(now) or one.watch_due(now)):
            return [] if one.due(now) else ["--watch"]
    return None


def _last_run(at: Station, site: str) -> int | None:
    return runs.last_id(at.db, at.known()[site].id)


def _judge(at: Station, site: str, before: int | None, code: int) -> None:
    """Whether the run came to an end, well or ill, is what its row says: a signal may hit a process after its work.

    Raises Postponed: it did not.
    """
    last = _last_run(at, site)
    if last is None or last == before:
        raise _not_started(at, code)
    run = runs.get(at.db, last)
    if run is None or run.status != "running":
        return
    recent = runs.recent(at.db, run.site_id, QUICK_REPEATS + 1)
    died = len(list(takewhile(lambda one: one.status in planning.UNENDED, recent)))
    if died > QUICK_REPEATS:
        logger.error("站点 %s 的采集连续 %d 次中途被终止，等下一个正常时间", site, died)
        return
    raise Postponed(AFTER_DEATH * 3 ** max(0, died - 1), "采集中途被终止")


def _not_started(at: Station, code: int) -> Postponed:
    if code == REFUSED:
        return Postponed(BUSY, "正在被别的进程采集")
    if code == INTERRUPTED or at.children.stopping.is_set():
        return Postponed(0, "没有开始就被停止")
    return Postponed(NOT_STARTED, f"采集没能启动（退出码 {code}）")
