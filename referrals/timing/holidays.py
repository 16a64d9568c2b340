"""Reads the table of holidays: the shipped one, or the office's own."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from referrals.exceptions import HolidaysError
from referrals.routing import placed
from referrals.timing.calendar import SATURDAY, Calendar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from referrals.routing.placed import Place, Placed

SHIPPED = Path(__file__).parent / "holidays.yaml"
SPAN = re.compile(r"([0-9]{1,2})-([0-9]{1,2})(?:\.\.([0-9]{1,2})-([0-9]{1,2}))?")
YEARS = range(2000, 2101)  # anything else is a slip of the keyboard


def load(path: Path | None = None) -> Calendar:
    """The office's table, or the shipped one.

    Raises:
        HolidaysError: it cannot be read; every mistake is named, ``file:line  what``.
    """
    return _shipped() if path is None else _read(path)


@cache
def _shipped() -> Calendar:
    return _read(SHIPPED)


def _read(path: Path) -> Calendar:
    try:
        found = placed.read(path.read_bytes())
    except OSError as error:
        raise HolidaysError(f"{path}  节假日文件读不出来：{error.strerror or error}") from error
    days = {"off": set[date](), "work": set[date]()}
    years: set[int] = set()
    mistakes = list(found.mistakes)
    if not mistakes:
        mistakes += _collect(found, days, years)
    if mistakes:
        raise HolidaysError("\n".join(f"{path.name}:{line}  {said}" for line, said in sorted(mistakes)))
    return Calendar(frozenset(days["off"]), frozenset(days["work"]), frozenset(years))


def _collect(found: Placed, days: dict[str, set[date]], years: set[int]) -> Iterator[tuple[int, str]]:
    """Fill `days` and `years`; what is wrong, with its line."""
    if not isinstance(found.data, dict):
        yield 1, "应按年份写：2026: {off: [...], work: [...]}"
        return
    for key, told in found.data.items():
        if not str(key).isdecimal() or int(key) not in YEARS:
            yield found.line((key,)), f"{key!r} 不是年份"
        elif not isinstance(told, dict) or not set(told) <= set(days):
            yield found.line((key,)), f"{key} 年下面只能写 off（休息日）和 work（要上班的周末）"
        else:
            years.add(int(key))
            for name, spans in told.items():
                yield from _spans(found, (key, name), spans, days[name])
    yield from ((1, f"{day} 同时写在 off 和 work") for day in sorted(days["off"] & days["work"]))


def _spans(found: Placed, place: Place, spans: Any, into: set[date]) -> Iterator[tuple[int, str]]:
    if not isinstance(spans, list):
        yield found.line(place), "应为一列日期"
        return
    for number, span in enumerate(spans):
        line = found.line((*place, number))
        days = _days(int(place[0]), str(span))
        if not days:
            yield line, f"{span!r} 不是日期，应写成 05-01 或 05-01..05-05"
        elif place[1] == "work" and (wrong := [day for day in days if day.weekday() < SATURDAY]):
            yield line, f"{wrong[0]} 不是周六、周日，不用写在 work"
        else:
            into.update(days)


def _days(year: int, span: str) -> list[date]:
    """The days of ``05-01..05-05``; none where it is no such text."""
    matched = SPAN.fullmatch(span.strip())
    if matched is None:
        return []
    month, day, *end = (int(part) if part else None for part in matched.groups())
    try:
        first = date(year, month or 0, day or 0)
        last = date(year, end[0], end[1]) if end[0] and end[1] else first
    except ValueError:
        return []
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
