"""Working days and deadlines: pure. Days are those of Asia/Shanghai, moments are kept in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable

ZONE = ZoneInfo("Asia/Shanghai")
SATURDAY = 5  # date.weekday()
DAY = timedelta(days=1)
LAST_MOMENT = time(23, 59, 59)  # of the last day: what arrives on that day is in time


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked on."""

    off: frozenset[date] = frozenset()
    """Holidays."""
    work: frozenset[date] = frozenset()
    """Saturdays and Sundays that are worked on (调休)."""
    years: frozenset[int] = frozenset()
    """The years that the table tells of; in others only weekends are known."""

    def is_working(self, day: date) -> bool:
        """Whether offices are open."""
        return day in self.work or (day.weekday() < SATURDAY and day not in self.off)

    def following(self, day: date) -> date:
        """The first working day that is not before `day`."""
        while not self.is_working(day):
            day += DAY
        return day

    def add_working(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, which itself does not count. `count` is at least 1."""
        for _ in range(count):
            day = self.following(day + DAY)
        return day

    def knows(self, first: date, last: date) -> bool:
        """Whether the holidays of all these days are known."""
        return self.years.issuperset(range(first.year, last.year + 1))


def working_days(calendar: Calendar, days: Iterable[date]) -> int:
    """How many of these days are worked on."""
    return sum(map(calendar.is_working, days))


def days_after(calendar: Calendar, start: datetime, days: int, *, working: bool) -> datetime:
    """The end of the last day of a term of `days`, in UTC.

    The day of `start` does not count. A term in calendar days that would end on a day off ends on the next working day.
    """
    first = start.astimezone(ZONE).date()
    last = calendar.add_working(first, days) if working else calendar.following(first + days * DAY)
    return datetime.combine(last, LAST_MOMENT, ZONE).astimezone(UTC)


def hours_after(start: datetime, hours: int) -> datetime:
    """The end of a term in hours, which count by the clock, day and night, over any holiday; in UTC."""
    return start.astimezone(UTC) + timedelta(hours=hours)
