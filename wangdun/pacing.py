"""Pacing: how often a site with ``every: auto`` is crawled, from how often its lists had something new."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from crawler.config import AUTO
from storage.freshness.estimate import Arrivals, pace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crawler.config import Site
    from storage.freshness.boards import Board

CAREFUL: Final = 2  # times the interval after a failed run: the site is down or wants to be left alone
MINUTE: Final = 60.0
SPANS: Final = ((86400.0, "天"), (3600.0, "小时"), (60.0, "分钟"))


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to wait between two runs, and why."""

    wait: timedelta
    """Whole minutes."""
    why: str
    """Chinese."""


def pace_of(site: Site, boards: Iterable[Board], *, failed: bool = False) -> Pace | None:
    """The pace of a site; None unless it is left to us. `failed`: its newest run did."""
    if site.every != AUTO:
        return None
    lists = {board.url: board for board in boards if board.kind == "list" and board.url in site.start}
    rates = [lists[url].arrivals.rate if url in lists else Arrivals().rate for url in site.start]
    wait = pace(rates, site.every_min, site.every_max)
    why = _reason(lists.values(), sum(rates), wait, site)
    if failed:
        wait, why = min(site.every_max, wait * CAREFUL), why + "；上次采集异常，间隔加倍"
    return Pace(_whole_minutes(wait), why)


def _reason(lists: Iterable[Board], rate: float, wait: timedelta, site: Site) -> str:
    if not any(board.reads > 1 for board in lists):
        return "还没有读过两次，先按一般的快慢"
    why = f"平均每 {span_words(1 / rate)}有一条新的或改动的信息"
    if wait == site.every_max:
        return why + "，已是最长间隔"
    return why + ("，已是最短间隔" if wait == site.every_min else "")


def span_words(seconds: float) -> str:
    """``3.2 小时``."""
    size, unit = next((one for one in SPANS if seconds >= one[0]), SPANS[-1])
    count = seconds / size
    return f"{count:.0f} {unit}" if count >= 10 else f"{max(count, 0.1):.1f} {unit}"


def _whole_minutes(span: timedelta) -> timedelta:
    return max(timedelta(minutes=1), timedelta(minutes=round(span.total_seconds() / MINUTE)))
