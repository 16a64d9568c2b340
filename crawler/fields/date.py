"""When something was posted, as Chinese and foreign forums write it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from crawler.fields.clock import read_clock
from crawler.fields.glyphs import WIDTH, read_numeral
from crawler.fields.relative import read_relative
from crawler.fields.text import line_text

if TYPE_CHECKING:
    from collections.abc import Iterator

Order = Literal["YMD", "MDY", "DMY"]

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_LONGEST = 200  # characters; a date field with its label is shorter
_YEARS = range(1990, 2101)  # before the first forum, or after any plausible one: not a date of posting
_SLACK = timedelta(days=1)  # clocks and time zones differ; more is last year's date

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan 一月", "feb 二月", "mar 三月", "apr 四月", "may 五月", "jun 六月", "jul 七月", "aug 八月", "sep 九月", "oct 十月",
         "nov 十一月", "dec 十二月"), start=1,
    )
    for name in names.split()
}  # fmt: skip
_NAME = (
    r"(?P<name>十[一二]月|[一二三四五六七八九十]月|(?<![a-z])(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])\.?)"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|日|号)?"
_YEAR = r"(?P<year>\d{4})(?!\d)年?"
_NUMBERED = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\d.])(?P<year>\d{4})\s?[-/.年]\s?(?P<month>\d{1,2})\s?[-/.月]\s?(?P<day>\d{1,2})(?![\d.]\d)\s?[日号]?",
        r"(?<![\d.])(?P<year>\d{2})年(?P<month>\d{1,2})月(?P<day>\d{1,2})[日号]?",
        r"(?<![\d.])(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<c>\d{4}|\d{2})(?![\d.]\d|\d)",
    )
)
_NAMED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?<!\d){_DAY}[\s,/-]{{0,3}}(?:of\s)?{_NAME}[\s,./-]{{0,3}}{_YEAR}",
        rf"{_NAME}\s?{_DAY}[\s,/-]{{1,3}}{_YEAR}",
        rf"(?<!\d){_YEAR}[\s,/-]{{0,3}}{_NAME}[\s,/-]{{0,3}}{_DAY}(?!\d)",
    )
)
_YEARLESS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\d.])(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?[日号]?(?!\d)",
        rf"(?<!\d){_DAY}[\s,/-]{{0,2}}{_NAME}(?!\s?\d)",
        rf"{_NAME}\s?{_DAY}(?![\d:])",
        r"(?:^|(?<=[\s:：于(\[]))(?P<a>\d{1,2})[-/](?P<b>\d{1,2})(?=$|[\s,)\]])",
        r"^(?P<a>\d{1,2})\.(?P<b>\d{1,2})(?=$|\s\d{1,2}:\d\d)",
    )
)
_COMPACT = re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?:(?P<h>\d\d)(?P<m>\d\d)(?P<s>\d\d)?)?")
_STAMP = re.compile(r"\d{10}(?:\d{3})?")
_WRITTEN = re.compile(r"[〇○零一二三四五六七八九十]{1,4}(?=[年月日号])")
_FIRST_STAMP = 946_684_800  # 2000-01-01: before it, ten digits are an account number


def read_date(text: str, now: datetime, *, timezone: tzinfo = _SHANGHAI, order: Order = "YMD") -> datetime | None:
    """Date in a text, aware, in UTC; None when there is none.

    `now` (aware) gives what the page leaves out; a date without a year is never more than a day ahead of it. `timezone`
    is that of the site, unless the text names one. `order` settles ``10-11-2026`` and ``10-11``. A date without a time is
    midnight at the site.
    """
    line = line_text(text[: 2 * _LONGEST])[:_LONGEST].translate(WIDTH).lower()
    local = now.astimezone(timezone)
    try:
        found = _read_alone(line, local) or _read_full(line, local, order)
        found = found or read_relative(line, local) or _read_yearless(line, local, order)
        return found.astimezone(UTC) if found else None
    except OverflowError:  # 9999 years ago
        return None


def _read_alone(line: str, local: datetime) -> datetime | None:
    """Texts of nothing but digits: a Unix time, or a date without separators."""
    if _STAMP.fullmatch(line):
        seconds = int(line) / (1000 if len(line) == 13 else 1)
        found = datetime.fromtimestamp(seconds, UTC) if seconds >= _FIRST_STAMP else None
        return found if found and found <= local + _SLACK else None
    match = _COMPACT.fullmatch(line)
    if match is None:
        return None
    hour, minute, second = (int(match[name] or 0) for name in "hms")
    day = _day(match, int(match["year"]), "YMD")
    if day is None or hour > 23 or minute > 59 or second > 59:
        return None
    return day.replace(hour=hour, minute=minute, second=second, tzinfo=local.tzinfo)


def _read_full(line: str, local: datetime, order: Order) -> datetime | None:
    for match in _matches(_NUMBERED + _NAMED, line):
        named = match.groupdict()
        written = named.get("year") or named["a" if order == "YMD" and len(named["c"]) == 2 else "c"]
        year = int(written) + (2000 if len(written) == 2 else 0)
        day = _day(match, year, order)
        if day is not None and day.year in _YEARS:
            return read_clock(line, match, day.replace(tzinfo=local.tzinfo))
    return None


def _read_yearless(line: str, local: datetime, order: Order) -> datetime | None:
    for match in _matches(_YEARLESS, line):
        for year in range(local.year + 1, local.year - 8, -1):  # 29 February may be eight years back
            day = _day(match, year, order)
            if day is None:
                continue
            found = read_clock(line, match, day.replace(tzinfo=local.tzinfo))
            if found <= local + _SLACK:
                return found
    return None


def _matches(patterns: tuple[re.Pattern[str], ...], line: str) -> Iterator[re.Match[str]]:
    arabic = _WRITTEN.sub(_arabic, line) if "年" in line else line
    for pattern in patterns:
        yield from pattern.finditer(arabic)


def _arabic(match: re.Match[str]) -> str:
    """二〇二六 → 2026, padded to the old length so that spans stay true."""
    value = read_numeral(match[0].replace("○", "〇"))
    return match[0] if value is None else str(value).rjust(len(match[0]))


def _day(match: re.Match[str], year: int, order: Order) -> datetime | None:
    """Midnight, without zone, of the day that a match names; None when there is no such day."""
    named = match.groupdict()
    if named.get("name"):
        month, day = _MONTHS[named["name"] if "月" in named["name"] else named["name"][:3]], int(named["day"])
    elif named.get("month"):
        month, day = int(named["month"]), int(named["day"])
    else:
        month, day = _month_and_day(named, order)
    try:
        return datetime.combine(datetime(year, month, day), time())  # noqa: DTZ001  # the caller adds the site's zone
    except ValueError:
        return None


def _month_and_day(named: dict[str, str | None], order: Order) -> tuple[int, int]:
    a, b, c = (int(named.get(name) or 0) for name in "abc")
    if order == "YMD" and len(named.get("c") or "") == 2:
        return b, c  # 26-10-16
    swapped = order == "DMY" or (order == "YMD" and a > 12)
    return (b, a) if swapped else (a, b)
