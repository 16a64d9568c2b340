"""The time of day that stands beside a date."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_REACH = 24  # characters between a date and its time: a weekday, "at", brackets
_CLOCK = re.compile(
    r"(?:(?P<half>上午|早上|早晨|凌晨|清晨|中午|下午|傍晚|晚上|夜里|早|晚|夜|am|pm)\s?)?"
    r"(?<![\d:])(?P<h>\d{1,2})\s?(?::|时|時|点|點)(?:\s?(?P<m>\d{1,2})(?!\d)(?:(?::|分)\s?(?P<s>\d{1,2})(?!\d)(?:\.\d{1,9})?)?)?"
    r"[分秒]?(?:\s?(?P<after>[ap])\.?m\b\.?)?"
    r"(?:\s?(?P<zone>z\b|utc\b|gmt\b|cst\b)?(?:\s?(?P<offset>[+-]\d\d:?\d\d)(?!\d))?)?"
)
_NOON = frozenset({"中午", "下午", "傍晚", "晚上", "夜里", "晚", "夜", "pm"})


def read_clock(line: str, date: re.Match[str], midnight: datetime) -> datetime:
    """`midnight` moved to the time that stands behind the date in the line, or else before it; unmoved when none does."""
    start, end = date.span()
    for match in (
        _CLOCK.search(line, end, end + _REACH * 2),
        *reversed(list(_CLOCK.finditer(line, max(0, start - _REACH), start))[-1:]),
    ):
        if match and match.start() - end <= _REACH and (moved := _at(match, midnight)):
            return moved
    return midnight


def _at(match: re.Match[str], midnight: datetime) -> datetime | None:
    hour, minute, second = (int(match[name] or 0) for name in ("h", "m", "s"))
    half = match["half"] or (match["after"] and match["after"] + "m")
    if half and hour <= 12:
        # 12 am and 凌晨12点 are midnight, 12 pm and 中午12点 noon; 中午11点 stays before noon
        late = half in _NOON and not (half == "中午" and hour in {10, 11})
        hour = hour % 12 + (12 if late else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    moved = midnight.replace(hour=hour, minute=minute, second=second)
    zone = _zone(match)
    return moved.replace(tzinfo=zone) if zone else moved


def _zone(match: re.Match[str]) -> timezone | None:
    offset = match["offset"]
    if offset:
        hours, minutes = int(offset[1:3]), int(offset[-2:])
        if hours > 14 or minutes > 59:  # UTC+14 is the farthest zone there is
            return None
        shift = timedelta(hours=hours, minutes=minutes)
        return timezone(-shift if offset[0] == "-" else shift)
    if match["zone"] == "cst":
        return timezone(timedelta(hours=8))  # on Chinese pages China Standard Time
    return UTC if match["zone"] else None
