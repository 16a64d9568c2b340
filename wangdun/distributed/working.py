"""The worker: takes jobs until it is told to stop, whatever becomes of the database or of other workers meanwhile."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import psycopg
from procrastinate.exceptions import ProcrastinateException
from procrastinate.worker import Worker
from psycopg_pool import PoolTimeout

from storage.database import Database
from storage.exceptions import StorageError
from wangdun.children import Children
from wangdun.config import load
from wangdun.distributed import app as engine
from wangdun.distributed import duties, present, tables
from wangdun.distributed.patience import PatientConnector
from wangdun.distributed.rescue import Rescue
from wangdun.distributed.station import Postponed, Station
from wangdun.exceptions import ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from procrastinate import App

    from wangdun.config import Config

BEATS: Final = 5  # signs of life within the time after which a worker counts as dead
LOOK: Final = 2.0  # seconds between two looks at what people ask for and at what dead workers left: somebody waits
POLL: Final = 2.0  # seconds between two looks for jobs that nothing announces: put off ones, those of the dead
AGAIN: Final = 2.0  # seconds before an engine that stopped by itself is started again
LEXICON: Final = 60.0  # seconds between two looks at the lexicon's files: two megabytes
DAY: Final = 86400.0  # seconds: see `Crew._engine`
THREADS: Final = 8  # beside one a place: duties, looks, signs of life
FAULTS: Final = (ProcrastinateException, psycopg.Error, PoolTimeout, StorageError, OSError)
"""What a database or a network can do to us."""
logger = logging.getLogger("wangdun.worker")


class Crew:
    """One process: an engine for what takes long, one for what takes a moment, and the look-outs."""

    def __init__(self, config: Config, db: Database, *, name: str, places: int) -> None:
        self.places = places
        self.lexicon = ""
        self._lexicon_due = 0.0
        self.app: App = engine.jobs_app(config)
        self.station = Station(config, db, self.app, name, Children())
        self.stalled = config.wangdun.stalled_after.total_seconds()
        self.rescue = Rescue(self.app, self.stalled)
        self.engines: list[Worker] = []
        self.stopping = asyncio.Event()

    async def work(self) -> None:
        """Until told to stop; then the runs in progress get `wangdun.grace` to come to an end."""
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(self.places + THREADS))
        loops = [
            asyncio.create_task(self._again_and_again(self._look, LOOK)),
            asyncio.create_task(self._again_and_again(self._beat, self.stalled / BEATS)),
        ]
        stop = asyncio.create_task(self._stop())
        while not self.stopping.is_set():
            try:
                await self._serve()
            except FAULTS as error:
                logger.error("任务队列中断，重新连接：%s", type(error.__cause__ or error).__name__)  # noqa: TRY400
            if not self.stopping.is_set():
                await asyncio.sleep(AGAIN)
        await stop
        for one in loops:
            one.cancel()
        await asyncio.gather(*loops, return_exceptions=True)

    async def _serve(self) -> None:
        async with self.app.open_async():
            self.engines = [
                self._engine(engine.WORK, self.places, listen=True),
                self._engine(engine.DUTIES, duties.PLACES, listen=False),
            ]
            running = [asyncio.create_task(one.run()) for one in self.engines]  # type: ignore[no-untyped-call]
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for one in self.engines:
                one.stop()  # type: ignore[no-untyped-call]
            ends = await asyncio.gather(*running, return_exceptions=True)
            self.engines = []
            for end in ends:
                if isinstance(end, BaseException):
                    raise end

    def _engine(self, queue: str, places: int, *, listen: bool) -> Worker:
        return Worker(
            self.app,
            queues=[queue],
            name=self.station.name,
            concurrency=places,
            fetch_job_polling_interval=POLL,
            listen_notify=listen,
            delete_jobs="successful",
            additional_context={"station": self.station},
            install_signal_handlers=False,
            update_heartbeat_interval=self.stalled / BEATS,
            stalled_worker_timeout=DAY,  # after a long outage all look dead: who is, `Rescue` finds out
            worker_middleware=[self.rescue.watch],
        )

    async def _stop(self) -> None:
        await self.stopping.wait()
        assert isinstance(self.app.connector, PatientConnector)
        self.app.connector.ending = True
        for one in self.engines:
            one.stop()  # type: ignore[no-untyped-call]
        await asyncio.to_thread(self.station.children.stop, self.station.config.wangdun.grace.total_seconds())

    async def _again_and_again(self, work: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            try:
                await work()
            except (*FAULTS, Postponed) as error:
                logger.debug("%s", error)  # the connector and the settings have said it
            await asyncio.sleep(seconds)

    async def _look(self) -> None:
        mine = [one.worker_id for one in self.engines if one.worker_id is not None]
        if len(mine) < len(self.engines) or not mine or self.stopping.is_set():
            return
        await self.rescue.look(mine)
        await duties.pick_up_requests(self.station)

    async def _beat(self) -> None:
        await asyncio.to_thread(self._say_present)

    def _say_present(self) -> None:
        station = self.station
        note = station.note or ("" if station.has_room() else "磁盘空间不足，不启动采集")
        if time.monotonic() >= self._lexicon_due:
            self.lexicon = _lexicon(station.config)
            self._lexicon_due = time.monotonic() + LEXICON
        present.beat(station.config, station.db, present.Sign(station.name, self.places, self.lexicon, note))


def _lexicon(config: Config) -> str:
    """The version of the lexicon's files as a run would read them now; what cannot be read has none."""
    from keywords.exceptions import KeywordsError
    from keywords.lexicon.compile import source_version

    try:
        return source_version(load(config.path).keywords.overlay)  # packs come and go without a change of the file
    except (ConfigError, KeywordsError):
        return "?"


def serve(config: Config, *, places: int, name: str | None) -> int:
    """Be a worker until told to stop; the exit code.

    Raises:
        Busy: there is one with this name already.
        StorageError: the database cannot be opened.
    """
    engine.quiet_down()
    db = Database.open(config.storage)
    try:
        tables.prepare(config)
        with present.named(config, name) as own:
            logger.info("工作进程 %s 已启动：同时采集 %d 个站点，进程号 %d", own, places, os.getpid())
            asyncio.run(_until_told(Crew(config, db, name=own, places=places)))
            with suppress(StorageError):  # without a database there is nobody to say goodbye to
                present.leave(db, own)
    finally:
        db.close()
    logger.info("工作进程已停止")
    return 0


async def _until_told(crew: Crew) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, crew.stopping.set)
    loop.add_signal_handler(signal.SIGHUP, crew.station.look_again)
    await crew.work()
