"""Numbers of documents (文号): one series for each pattern, anew every year, never given twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select

from storage.columns import fit
from storage.referral.exceptions import ReferringError
from storage.referral.models import NumberSeries, Referral
from storage.statements import insert

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

ZONE = ZoneInfo("Asia/Shanghai")  # the year of a number is that of the office's calendar
FIELD = re.compile(r"\{([^{}]*)\}")
COUNTER = re.compile(r"n(?::0([1-9]))?")  # {n}, or {n:03} for 001
LONGEST = 60  # characters: a number stands on one line of the letter's head
EVERY_YEAR = 0  # the year of a series whose pattern names none: it goes on for good


def fault(pattern: str) -> str | None:
    """What is wrong with a pattern, in Chinese; None when nothing is."""
    fields = FIELD.findall(pattern)
    counters = [name for name in fields if COUNTER.fullmatch(name)]
    strange = [name for name in fields if name != "year" and not COUNTER.fullmatch(name)]
    if strange:
        return f"文号格式中有不认识的字段 {{{strange[0]}}}，只能用 {{year}} 和 {{n}}"
    if len(counters) != 1:
        return "文号格式中应有且只有一个序号 {n}，如 网林移〔{year}〕{n}号"
    if len(pattern) > LONGEST or "\n" in pattern or FIELD.sub("", pattern).strip() == "":
        return f"文号格式应有发文字号，写成一行，不超过 {LONGEST} 个字"
    return None


def write(pattern: str, year: int, number: int) -> str:
    """The number as it stands on the letter."""

    def filled(found: re.Match[str]) -> str:
        if found[1] == "year":
            return str(year)
        counter = COUNTER.fullmatch(found[1])
        return str(number).zfill(int(counter[1] or 0) if counter else 0)

    return FIELD.sub(filled, pattern)


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
