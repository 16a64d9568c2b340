"""Numbers of documents (文号): one series for each pattern, anew every year, never given twice."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from storage.columns import fit
from storage.referral.exceptions import ReferringError
from storage.referral.models import NumberSeries, Referral
from storage.referral.patterns import fault, write
from storage.statements import insert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

ZONE = ZoneInfo("Asia/Shanghai")  # the year of a number is that of the office's calendar
EVERY_YEAR = 0  # the year of a series whose pattern names none: it goes on for good


def take(connection: Connection, pattern: str, now: datetime) -> str:
    """The next number of a series, within the caller's write transaction: rolled back, it is free again.

    Two who take at once wait for each other. Raises ReferringError: the pattern is wrong.
    """
    if wrong := fault(pattern):
        raise ReferringError(f"{wrong}：{pattern!r}")
    year = now.astimezone(ZONE).year
    while True:
        made = write(pattern, year, _next(connection, pattern, year if "{year}" in pattern else EVERY_YEAR))
        if connection.scalar(select(Referral.id).where(Referral.number == made)) is None:
            return made  # another pattern may have made the same number once


def _next(connection: Connection, pattern: str, year: int) -> int:
    query = insert(connection, NumberSeries).values(series=fit(pattern), year=year, last=1)
    raised = query.on_conflict_do_update(
        index_elements=[NumberSeries.series, NumberSeries.year], set_={"last": NumberSeries.last + 1}
    )
    return int(connection.execute(raised.returning(NumberSeries.last)).scalar_one())
