"""Dates that count from now: 3 天前, 昨天 13:37, 上周五, yesterday."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from crawler.fields.clock import read_clock
from crawler.fields.glyphs import read_numeral

_SECONDS = {"秒": 1, "分": 60, "时": 3600, "天": 86400, "周": 7 * 86400}
_MONTHS = {"月": 1, "年": 12}
_ENGLISH = {"sec": "秒", "min": "分", "hour": "时", "hr": "时", "day": "天", "week": "周", "month": "月", "year": "年"}
_AGO = re.compile(
    r"(?P<count>\d{1,4}|半|几|幾|数|[一二两三四五六七八九十百]{1,4})\s?(?:多\s?)?个?個?\s?(?P<half>半)?\s?"
    r"(?P<unit>秒|分|小时|小時|时|時|钟头|天|日|周|週|星期|礼拜|月|年)(?:钟|鐘)?\s?(?:以|之)?前"
)
_AGO_ENGLISH = re.compile(
    r"(?:(?P<count>\d{1,4})|an?|one|less than (?:a|1))\s(?P<unit>sec|min|hour|hr|day|week|month|year)[a-z]{0,4}\sago"
)
_NOW = re.compile(r"刚刚|刚才|剛剛|剛才|方才|片刻前|just now|moments? ago|(?<![a-z])right now(?![a-z])")
_DAYS = (
    (re.compile(r"大前天"), 3),
    (re.compile(r"前天|前日"), 2),
    (re.compile(r"昨(?:天|日|(?=[晚夜]))|(?<![a-z])yesterday(?![a-z])"), 1),
    (re.compile(r"今(?:天|日|(?=[早晚]))|(?<![a-z])today(?![a-z])"), 0),
)
_WEEKDAY = re.compile(r"(?P<week>上上|上|本|这|這)?个?個?(?:周|週|星期|礼拜|禮拜)(?P<day>[一二三四五六日天末])")
_WEEKS = {"上上": 2, "上": 1, "本": 0, "这": 0, "這": 0}
_FEW = 3  # 几天前 and 数日前: two to four


def read_relative(line: str, local: datetime) -> datetime | None:
    """The moment that a line in small letters counts back to from `local` (aware, in the site's zone); None when none.

    Raises OverflowError when it lies before the year 1.
    """
    if match := _AGO.search(line):
        return _back(local, *_measure(match))
    if match := _AGO_ENGLISH.search(line):
        return _back(local, float(match["count"] or 1), _ENGLISH[match["unit"]])
    if _NOW.search(line):
        return local
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    for pattern, days in _DAYS:
        if match := pattern.search(line):
            return read_clock(line, match, midnight - timedelta(days=days))
    match = _WEEKDAY.search(line)
    return _weekday(line, match, local, midnight) if match else None


def _measure(match: re.Match[str]) -> tuple[float, str]:
    written, unit = match["count"], match["unit"]
    if written == "半":
        count = 0.5
    elif written in {"几", "幾", "数"}:
        count = _FEW
    else:
        count = float(written) if written.isdecimal() else float(read_numeral(written) or 0)
    names = {"小时": "时", "小時": "时", "時": "时", "钟头": "时", "日": "天", "週": "周", "星期": "周", "礼拜": "周"}
    return count + (0.5 if match["half"] else 0), names.get(unit, unit)


def _back(local: datetime, count: float, unit: str) -> datetime:
    if unit in _SECONDS:
        return local - timedelta(seconds=count * _SECONDS[unit])
    if unit == "月" and count % 1:
        return _months_back(local - timedelta(days=15), int(count))  # half a month
    return _months_back(local, int(count * _MONTHS[unit]))


def _months_back(local: datetime, months: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    if year < 1:
        raise OverflowError("before the calendar begins")
    for day in range(local.day, local.day - 4, -1):  # 31 March less a month is 28 February at the latest
        try:
            return local.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise OverflowError("no such month")


def _weekday(line: str, match: re.Match[str], local: datetime, midnight: datetime) -> datetime:
    wanted = "一二三四五六日".find(match["day"].replace("天", "日").replace("末", "六"))
    week = match["week"]
    back = local.weekday() - wanted + 7 * _WEEKS.get(week or "", 0)
    found = read_clock(line, match, midnight - timedelta(days=back))
    return found - timedelta(days=7) if week is None and found > local else found
