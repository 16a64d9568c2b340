"""Chapters of the supervisors' page that are not about leads by a property: the closed loop, and the sites' health."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from console import charts
from console.charts import Series
from storage.referral.words import STATUSES as REFERRALS
from storage.words import STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

    from markupsafe import Markup

    from storage.referral.loop import Turn
    from storage.review.overview import Group, Health

OFFICE: Final = ("draft", "approved", "withdrawn")  # statuses of referrals that never left the house
ILL: Final = ("failed", "killed", "interrupted")  # statuses of runs that did not come to their end


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chart and the table behind it."""

    id: str
    title: str
    chart: Markup
    legend: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]
    note: str = ""


def share(part: int, whole: int) -> str:
    """``25%``; a dash where there is nothing to take a part of."""
    return f"{part / whole:.0%}" if whole else "—"


def by_step(weekly: bool) -> str:  # noqa: FBT001 -- the one fact of a title
    """What stands behind the title of a chart over time."""
    return "（按周，自所示日期起七天）" if weekly else "（按日）"


def states(whole: Group) -> Chapter:
    """What became of the period's leads."""
    counts = [(name, whole.statuses.get(status, 0)) for status, name in STATUSES.items()]
    title = "闭环：期内发现的线索现在的状态"
    return _counted("closed", title, counts if whole.total else [], ("状态", "线索", "占比"))


def referred(standing: Mapping[str, int]) -> Chapter:
    """Where the referrals stand that were sent in the period."""
    counts = [(name, standing.get(status, 0)) for status, name in REFERRALS.items() if status not in OFFICE]
    title = "闭环：期内送出的移送现在的状态"
    return _counted("referred", title, counts if any(standing.values()) else [], ("状态", "移送", "占比"))


def _counted(name: str, title: str, counts: Sequence[tuple[str, int]], columns: tuple[str, ...]) -> Chapter:
    total = sum(count for _, count in counts)
    series = [Series(columns[1], tuple(count for _, count in counts))]
    rows = tuple((label, count, share(count, total)) for label, count in counts)
    chart = charts.bars(title, [label for label, _ in counts], series)
    return Chapter(name, title, chart, charts.legend(series), columns, rows)


def loop(turns: Sequence[Turn], zone: ZoneInfo, *, weekly: bool) -> Chapter:
    """Referrals sent, answered and concluded over time."""
    days = [one.since.astimezone(zone).date() for one in turns]
    series = [
        Series("送出", tuple(one.sent for one in turns)),
        Series("答复", tuple(one.answered for one in turns)),
        Series("办结", tuple(one.concluded for one in turns)),
    ]
    rows = tuple((day.isoformat(), one.sent, one.answered, one.concluded) for day, one in zip(days, turns, strict=True))
    title = "闭环：移送的办理" + by_step(weekly)
    chart = charts.lines(title, [f"{day:%m-%d}" for day in days], series)
    note = "答复 = 接收、不予接收、转送、立案、不予立案；一份移送每样只计一次，撤销的不计。"
    some = any(one.sent or one.answered or one.concluded for one in turns)
    return Chapter(
        "loop", title, chart, charts.legend(series), ("日期", "送出", "答复", "办结"), rows if some else (), note
    )


def health(sites: Sequence[Health]) -> Chapter:
    """How the runs of each site went."""
    counts = [(one.statuses.get("complete", 0), one.statuses.get("partial", 0), _ill(one)) for one in sites]
    kinds = ("完成", "部分完成", "异常或中断")
    series = [Series(kind, tuple(row[at] for row in counts)) for at, kind in enumerate(kinds)]
    rows = tuple(
        (one.site, one.total, *row, one.listings, one.failures) for one, row in zip(sites, counts, strict=True)
    )
    title = "站点采集情况（运行次数）"
    columns = ("站点", "运行", *kinds, "新信息", "失败网页")
    chart = charts.bars(title, [one.site for one in sites], series)
    return Chapter("health", title, chart, charts.legend(series), columns, rows)


def _ill(one: Health) -> int:
    return sum(one.statuses.get(status, 0) for status in ILL)
