"""Figures: what was found and what became of it, for supervisors; a page that prints on A4."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query, Request
from starlette.responses import Response

from console import chapters, charts
from console.chapters import Chapter, share
from console.charts import Series
from console.codes import CATEGORIES, DEPARTMENTS, SOURCES
from console.exceptions import Refusal
from console.pages import page, site_name
from console.person import Db, Here, Now
from console.reading import at_once
from console.routing import Nav, Screen
from storage.database import Database
from storage.referral import loop
from storage.review import overview
from storage.review.overview import Group, Load, Period, Step
from storage.words import CHANNELS

router = Screen(Nav("统计", "/figures", 60, "g t"))

SPANS = {"30": "近 30 天", "90": "近 90 天", "365": "近一年"}
USUAL = 30  # days: the month that a supervisor reports on
DAILY = 45  # days up to which a chart has a point for each day, beyond it for each week
LONGEST = 3_660  # days: ten years of weeks is what a chart can show
STATES = (("right", "已确认"), ("other", "已排除或重复"), ("open", "未办结"))
Day = Annotated[str, Query(max_length=20)]


@router.get("/figures")
@at_once
def show(  # noqa: PLR0913, PLR0917 -- one parameter per filter
    request: Request, here: Here, db: Db, now: Now, days: Day = "", since: Day = "", until: Day = ""
) -> Response:
    """All charts of one period."""
    first, last = _asked(days, since, until, now.astimezone(here.zone).date())
    period = _period(first, last, here.zone)
    steps = overview.over_time(db, period)
    whole = overview.statuses(db, period)
    facts: dict[str, Any] = {
        "whole": whole,
        "waiting": overview.waiting(db, period),
        "overdue": overview.overdue(db, now),
    }
    facts["decided"] = sum(one.decided for one in steps)
    facts["chapters"] = [
        _over_time(steps, here.zone),
        *_closed(db, period, whole, here.zone),
        *_groups(db, period),
        *_lexicon(db, period),
        _people(db, period),
        chapters.health(overview.health(db, period)),
    ]
    asked = {"days": days if not since and not until else "", "since": first.isoformat(), "until": last.isoformat()}
    unit = str(here.facts.get("unit", ""))
    return page(request, "figures.html", asked=asked, spans=SPANS, unit=unit, first=first, last=last, **facts)


def _asked(days: str, since: str, until: str, today: date) -> tuple[date, date]:
    """The first and the last day."""
    try:
        last = date.fromisoformat(until) if until else today
        first = date.fromisoformat(since) if since else last - timedelta(days=int(days or USUAL) - 1)
    except (ValueError, OverflowError) as error:
        raise Refusal(422, "日期应写成 2026-11-01。") from error
    if not timedelta(0) <= last - first < timedelta(days=LONGEST) or last.year > 9000:
        raise Refusal(422, "起止日期不正确：先后颠倒，或超过十年。")
    return first, last


def _period(first: date, last: date, zone: ZoneInfo) -> Period:
    count = (last - first).days + 1
    step = 1 if count <= DAILY else 7
    starts = [first + timedelta(days=number) for number in range(0, count, step)]
    return Period(tuple(datetime.combine(day, time(), zone) for day in (*starts, last + timedelta(days=1))))


def _over_time(steps: Sequence[Step], zone: ZoneInfo) -> Chapter:
    labels = [one.since.astimezone(zone).strftime("%m-%d") for one in steps]
    days = [one.since.astimezone(zone).date().isoformat() for one in steps]
    series = [
        Series("发现线索", tuple(one.found for one in steps)),
        Series("办结线索", tuple(one.decided for one in steps)),
    ]
    rows = tuple((day, one.found, one.decided) for day, one in zip(days, steps, strict=True))
    title = "线索数量" + chapters.by_step(_weekly([one.since for one in steps]))
    return Chapter(
        "time", title, charts.lines(title, labels, series), charts.legend(series), ("日期", "发现", "办结"), rows
    )


def _weekly(starts: Sequence[datetime]) -> bool:
    return len(starts) > 1 and starts[1] - starts[0] > timedelta(days=2)


def _closed(db: Database, period: Period, whole: Group, zone: ZoneInfo) -> list[Chapter]:
    turns = loop.over_time(db, period.edges)
    return [
        chapters.states(whole),
        chapters.loop(turns, zone, weekly=_weekly(period.edges[:-1])),
        chapters.referred(loop.standing(db, period.since, period.until)),
    ]


def _groups(db: Database, period: Period) -> list[Chapter]:
    kinds: tuple[tuple[str, str, Callable[[str], str]], ...] = (
        ("category", "按标的类别", lambda code: CATEGORIES.get(code, code)),
        ("site", "按站点", site_name),
        ("department", "按建议主办部门", lambda code: DEPARTMENTS.get(code, code)),
        ("region", "按页面所写地区", lambda code: code),
        ("source", "按线索来源", lambda code: SOURCES.get(code, code)),
    )
    return [_group(what, title, overview.by(db, period, what), said) for what, title, said in kinds]


def _group(what: str, title: str, groups: Sequence[Group], said: Callable[[str], str]) -> Chapter:
    names = [said(one.name) or "未注明" for one in groups]
    counts = [(one.right, one.closed - one.right, one.total - one.closed) for one in groups]
    series = [Series(name, tuple(row[at] for row in counts)) for at, (_, name) in enumerate(STATES)]
    rows = tuple(
        (name, one.total, *row, share(one.closed, one.total))
        for name, one, row in zip(names, groups, counts, strict=True)
    )
    columns = (title.removeprefix("按"), "线索", "已确认", "排除或重复", "未办结", "办结率")
    note = f"只列最多的 {overview.TOP} 项" if len(groups) == overview.TOP else ""
    return Chapter(what, title, charts.bars(title, names, series), charts.legend(series), columns, rows, note)


def _words(db: Database, period: Period, what: str, title: str, said: Callable[[str], str]) -> Chapter:
    shown = [(said(one.name) or "未注明", one) for one in overview.by(db, period, what) if one.judged]
    series = [
        Series("判对", tuple(one.right for _, one in shown)),
        Series("判错", tuple(one.judged - one.right for _, one in shown)),
    ]
    rows = tuple((name, one.judged, one.right, _percent(one.precision)) for name, one in shown)
    chart = charts.bars(title, [name for name, _ in shown], series)
    note = f"准确率 = 确认 ÷（确认 + 排除），不足 {overview.ENOUGH} 条的不计"
    columns = (title.removeprefix("词库质量：按"), "已判", "确认", "准确率")
    return Chapter(f"words-{what}", title, chart, charts.legend(series), columns, rows, note)


def _lexicon(db: Database, period: Period) -> list[Chapter]:
    return [
        _words(db, period, "term", "词库质量：按主要词条", lambda term: term),
        _words(db, period, "channel", "词库质量：按写法渠道", lambda code: CHANNELS.get(code, code)),
    ]


def _people(db: Database, period: Period) -> Chapter:
    loads = overview.loads(db, period)
    kinds = (("confirm", "确认"), ("dismiss", "排除"), ("approve", "复核同意"))
    series = [Series(name, tuple(one.kinds.get(kind, 0) for one in loads)) for kind, name in kinds]
    known = {kind for kind, _ in kinds}
    others = tuple(sum(count for kind, count in one.kinds.items() if kind not in known) for one in loads)
    series.append(Series("其他", others))
    names = [one.name for one in loads]
    rows = tuple(_person(one, series, at) for at, one in enumerate(loads))
    title = "研判工作量"
    columns = ("人员", *(one.name for one in series), "合计", "平均用时")
    return Chapter("people", title, charts.bars(title, names, series), charts.legend(series), columns, rows)


def _person(one: Load, series: Sequence[Series], at: int) -> tuple[str | int, ...]:
    seconds = "—" if one.seconds is None else f"{one.seconds:.0f} 秒"
    return one.name, *(int(kind.values[at]) for kind in series), one.total, seconds


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.0%}"
