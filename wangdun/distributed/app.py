"""The job engine: Procrastinate's App in the installation's own database, and the one way to put a job into its queue.

Everything in the queue follows from the settings and the stored rows: whoever empties it loses nothing but a minute.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from psycopg_pool import PoolTimeout

from storage.exceptions import StorageError
from wangdun.distributed.link import address, link
from wangdun.distributed.patience import PatientConnector

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from wangdun.config import Config

TASKS: Final = ("wangdun.distributed.crawling", "wangdun.distributed.duties", "wangdun.bulk.shards")
"""Modules with a function ``register(app: App, config: Config) -> None`` that declares tasks; one may be missing."""
WORK, DUTIES = "work", "duties"
"""The queues: what takes a place of a worker for long (sites, shards), and what takes a moment."""
ASKED, PLANNED, BULK = 20, 10, 0
"""Priorities: a person waits; its time has come; whenever there is room."""
CONNECTIONS = 4  # of a worker to the queue: it asks for one thing at a time, its jobs seldom for more
PATIENCE = 5.0  # seconds for a connection; a database that takes longer is not there


def jobs_app(config: Config) -> App:
    """The engine, with all tasks known, not yet open. Open it with ``with opened(…)`` or ``async with app.open_async()``."""
    connector = PatientConnector(
        conninfo=address(config),
        kwargs=link(),
        min_size=1,
        max_size=CONNECTIONS,
        timeout=PATIENCE,
        reconnect_timeout=PATIENCE,
    )
    app = App(connector=connector)
    for module in TASKS:
        if _is_there(module):
            import_module(module).register(app, config)
    return app


def _is_there(module: str) -> bool:
    package = module.rpartition(".")[0]
    return find_spec(package) is not None and find_spec(module) is not None


@contextmanager
def opened(config: Config) -> Iterator[App]:
    """The engine, to be asked from this thread; its tables are there afterwards.

    Raises:
        StorageError: the database cannot be reached.
    """
    from wangdun.distributed.tables import prepare

    prepare(config)
    app = jobs_app(config)
    try:
        with app.open():
            yield app
    except (ConnectorException, PoolTimeout) as error:
        raise StorageError(f"任务队列不可用：{type(error.__cause__ or error).__name__}") from error


def defer(  # noqa: PLR0913 -- one fact each
    app: App,
    task: str,
    *,
    queue: str = WORK,
    lock: str | None = None,
    queueing_lock: str | None = None,
    priority: int = PLANNED,
    at: datetime | None = None,
    **facts: Any,
) -> int | None:
    """Put a job into the queue of an open app; its id, None when one with this `queueing_lock` waits already.

    Args:
        app: the engine, open.
        task: the name under which a module of `TASKS` registered it.
        queue: `WORK` or `DUTIES`.
        lock: of the jobs with one lock never two run at once.
        queueing_lock: of the jobs with one never two wait.
        priority: `ASKED`, `PLANNED`, `BULK` or another number; higher is sooner.
        at: not before, aware; None for now.
        facts: what the task is called with: JSON.

    Raises:
        ConnectorException: the database does not answer.
    """
    job = app.configure_task(
        task, queue=queue, lock=lock, queueing_lock=queueing_lock, priority=priority, schedule_at=at
    )
    try:
        return job.defer(**facts)
    except AlreadyEnqueued:
        return None


def quiet_down() -> None:
    """Its log lines are English and of inner matters; ours say what people need."""
    logging.getLogger("procrastinate").setLevel(logging.CRITICAL)
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
