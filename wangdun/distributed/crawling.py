"""The job of one site's turn: whatever it is due for when its turn comes, in a process that dies with the worker."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from procrastinate.exceptions import AlreadyEnqueued

from storage import runs
from storage.exceptions import StorageError
from wangdun import planning
from wangdun.distributed import bound, figures, station
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
UNFIT: Final = 5.0  # seconds, and as many more each time: then another worker may be faster, this one has time to be
UNFIT_MOST: Final = 60.0  # seconds: perhaps no machine can
AWAY: Final = 5.0  # seconds: a database that restarts takes a few
VAIN: Final = 200  # attempts; a job that was put off so often, for an hour or more, is told as failed
REFUSED, INTERRUPTED = 2, 130
"""Exit codes of `wangdun.worker`: the site is taken; told to stop."""
ENDED: Final = {0, 1, REFUSED, INTERRUPTED}
"""Exit codes of a process that came to its own end."""
logger = logging.getLogger("wangdun.worker")


class Unable(Exception):  # noqa: N818 -- it is a state of the world, not a fault
    """Raised by a job that was put off too often: it counts as failed."""


def register(app: App, config: Config) -> None:  # noqa: ARG001 -- what all modules of tasks have
    """Declare the job."""

    @app.task(name=NAME, queue=WORK, pass_context=True)
    async def crawl(context: JobContext, site: str, vain: int = 0, hand: int = 0) -> None:
        at = station.of(context)
        try:
            await asyncio.to_thread(_refuse, at, site, vain)
            await _take_turn(at, site, hand)
        except (Postponed, StorageError) as error:
            seconds = error.seconds if isinstance(error, Postponed) else AWAY
            if vain >= VAIN:
                raise Unable(site) from error
            logger.info("站点 %s：%s，%.0f 秒后再试", site, error, seconds)
            later = turn(app, site, context.job.priority, after=seconds, hand=hand)
            await _queue(later, site=site, vain=vain + 1, hand=hand)


def turn(app: App, site: str, priority: int = PLANNED, *, after: float = 0.0, hand: int = 0) -> JobDeferrer:
    """A turn of a site, to be deferred; of one site never two run, and never two wait. `after` in seconds.

    Of a site that several processes read together (`shared`) this holds for each `hand`: 0, and those that help it.
    """
    at = datetime.now(UTC) + timedelta(seconds=after) if after else None
    lock = f"site:{site}" + (f" {hand}" if hand else "")  # no site's name holds a space
    return app.configure_task(NAME, queue=WORK, lock=lock, queueing_lock=lock, priority=priority, schedule_at=at)


async def _queue(deferrer: JobDeferrer, **facts: str | int) -> None:
    with suppress(AlreadyEnqueued):  # somebody gave it a turn in the meantime
        await deferrer.defer_async(**facts)


def _refuse(at: Station, site: str, vain: int) -> None:
    """Raises Postponed: this worker cannot crawl the site now."""
    known = at.known()
    if site not in known:  # another worker's settings may have it
        raise Postponed(min(UNFIT_MOST, UNFIT * (1 + vain)), "本机的 config.yaml 中没有这个站点")
    if not at.has_room():
        raise Postponed(min(UNFIT_MOST, UNFIT * (1 + vain)), "本机磁盘空间不足")
    if site in planning.busy(at.config, at.db, [site]):
        raise Postponed(min(BUSY_MOST, BUSY + vain), "正在被别的进程采集")


async def _take_turn(at: Station, site: str, hand: int) -> None:
    options = await asyncio.to_thread(_wanted, at, site, hand)
    if options is None:
        return
    shared = at.config.crawler.site(site).shared and not options
    for other in range(1, await asyncio.to_thread(_hands, at)) if shared and not hand else ():
        await _queue(turn(at.app, site, hand=other), site=site, hand=other)
    before = await asyncio.to_thread(_last_run, at, site)
    args = (site, "--config", str(at.config.path), "--trigger", "schedule", *options)
    name = f"{site} {hand}" if hand else site
    process = at.children.start(name, bound.command("wangdun.worker", *args), quiet=True)
    if process is None:
        raise Postponed(BUSY, "工作进程正在停止")
    logger.info("开始采集站点 %s", site)
    try:
        code = await station.ended(process)
    finally:
        at.children.forget(name)
    logger.info("站点 %s 的采集进程结束，退出码 %d", site, code)
    if shared and code in ENDED:  # the run goes on with others, and is judged by the last of them
        return
    await asyncio.to_thread(_judge, at, site, before, code)


def _hands(at: Station) -> int:
    queue = figures.look(at.db)
    return len(queue.alive(at.config)) if queue else 1


def _wanted(at: Station, site: str, hand: int) -> list[str] | None:
    """Options of the run that the site is due for; None when it is due for none, whatever it was when it was queued."""
    if site in runs.requests(at.db):
        return []
    now = at.now()
    for one in planning.plan(at.config, at.db, at.known(), now):
        if one.site.name == site and (one.due(now) or one.watch_due(now)):
            return [] if one.due(now) else ["--watch"]
    if hand:
        last = runs.last(at.db, at.known()[site].id)
        return [] if last is not None and last.status == "running" else None
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
