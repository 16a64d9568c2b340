"""A connector that outlives a restart of the database: what was asked is asked again until it answers."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from procrastinate.connector import Notify

PAUSE = 1.0  # seconds between two attempts: a database that restarts takes a few
LAST = 3  # attempts once the end was asked for
T = TypeVar("T")
logger = logging.getLogger("wangdun.worker")


def is_away(error: BaseException) -> bool:
    """Whether the database, or the way to it, was not there: not that it said no."""
    cause = error.__cause__ if isinstance(error, ConnectorException) else error
    return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)


class PatientConnector(PsycopgConnector):
    """Each statement at least once.

    A job that was handed out and never heard of is found by `wangdun.distributed.rescue`; all else may happen twice.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.away = False
        """The last attempt found no database."""
        self.ending = False
        """The end was asked for: nothing is waited for any more."""

    async def execute_query_async(self, query: Any, **arguments: Any) -> None:
        """As the library's."""
        await self._insist(lambda: super(PatientConnector, self).execute_query_async(query, **arguments))

    async def execute_query_one_async(self, query: Any, **arguments: Any) -> dict[str, Any]:
        """As the library's."""
        return await self._insist(lambda: super(PatientConnector, self).execute_query_one_async(query, **arguments))

    async def execute_query_all_async(self, query: Any, **arguments: Any) -> list[dict[str, Any]]:
        """As the library's."""
        return await self._insist(lambda: super(PatientConnector, self).execute_query_all_async(query, **arguments))

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        """As the library's, which ends with the first connection that cannot be made."""
        names = list(channels)
        await self._insist(lambda: super(PatientConnector, self).listen_notify(on_notification, names))

    async def _insist(self, ask: Callable[[], Awaitable[T]]) -> T:
        vain = 0
        while True:
            try:
                answer = await ask()
            except (ConnectorException, psycopg.Error) as error:
                vain += 1
                if not is_away(error) or (self.ending and vain >= LAST):
                    raise
                self._say(away=True)
                await asyncio.sleep(PAUSE)
            else:
                self._say(away=False)
                return answer

    def _say(self, *, away: bool) -> None:
        if away and not self.away:
            logger.error("数据库暂时连不上，一直重试，恢复后自动继续")
        elif self.away and not away:
            logger.info("数据库已恢复")
        self.away = away
