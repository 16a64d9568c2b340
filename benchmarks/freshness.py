"""What learned intervals save. Usage: python -m benchmarks.freshness [--days N].

A simulation, no network and no clock: boards get new rows at random moments (Poisson), each with a habit of its own, one
of them by day only. The same boards are visited by the pace that the product learns and by fixed intervals; the interval
that costs as many requests, and the one that finds new rows as soon, are looked for. Likewise for known pages, of which
young ones change often and old ones hardly ever, with a budget of visits a day.
"""

from __future__ import annotations

import argparse
import json
import random
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp
from pathlib import Path
from statistics import fmean

from storage.freshness import rechecks
from storage.freshness.estimate import DAY, HOUR, Arrivals, Visits, change_rate, pace, prior
from storage.freshness.rechecks import KINDS, Candidate
from storage.records import Known

SHORT, LONG = timedelta(minutes=30), timedelta(days=1)
HABITS = {
    "每 5 天一条": 0.2,
    "每天一条": 1.0,
    "每天五条": 5.0,
    "每小时一条": 24.0,
    "每小时四条": 96.0,
    "白天每小时六条": 90.0,
}
BY_DAY = "白天每小时六条"
FIXED = tuple(timedelta(minutes=5 * step) for step in (*range(6, 37), *range(40, 73, 4), 96, 144, 192, 288))
BUDGET = 40  # visits of known pages a day, of 600 pages
KNOWN_RATES = {0: 0.5, 1: 0.15, 2: 0.03, 3: 0.002}  # changes a day of a page of each age
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Cost:
    """What a way of visiting costs and brings."""

    requests: int
    delay: float
    """Mean, hours, from a row's arrival to the visit that finds it."""


def arrivals(habit: str, days: int, chances: random.Random) -> list[float]:
    """Moments (seconds) at which rows arrive."""
    at, found = 0.0, []
    rate = HABITS[habit] / DAY * (24 / 15 if habit == BY_DAY else 1)
    while (at := at + chances.expovariate(rate)) < days * DAY:
        hour = at / HOUR % 24
        if habit != BY_DAY or 8 <= hour < 23:
            found.append(at)
    return found


def fixed(rows: list[float], wait: timedelta, days: int) -> Cost:
    """Visits at equal intervals."""
    step = wait.total_seconds()
    count = int(days * DAY // step)
    late = [(int(at // step) + 1) * step - at for at in rows if at < count * step]
    return Cost(count, fmean(late) / HOUR if late else 0.0)


def learned(rows: list[float], days: int) -> Cost:
    """Visits by the pace that was learned so far; what was there before the first visit does not count."""
    at, told, seen, count, late = 0.0, Arrivals(), 0, 0, []
    while True:
        wait = pace([told.rate], SHORT, LONG).total_seconds()
        at += wait
        if at > days * DAY:
            return Cost(count, fmean(late) / HOUR if late else 0.0)
        now = bisect_right(rows, at)
        late += [at - moment for moment in rows[seen:now]]
        told, seen, count = told.after(now - seen, wait), now, count + 1


def boards(days: int) -> dict[str, dict[str, float]]:
    """Each habit by itself, and all of them under one fixed interval for all."""
    chances = random.Random(1)
    moments = {habit: arrivals(habit, days, chances) for habit in HABITS}
    rows: dict[str, dict[str, float]] = {}
    for habit, told in moments.items():
        ours, six = learned(told, days), fixed(told, timedelta(hours=6), days)
        rows[habit] = {
            "requests": ours.requests, "delay_hours": ours.delay, "requests_6h": six.requests, "delay_6h": six.delay,
        }  # fmt: skip
    return rows | {"total": totals(moments, days)}


def totals(moments: dict[str, list[float]], days: int) -> dict[str, float]:
    """All boards together, a row found late weighing alike on every board."""
    count = sum(map(len, moments.values()))
    costs = {habit: learned(told, days) for habit, told in moments.items()}
    ours = Cost(
        sum(cost.requests for cost in costs.values()),
        sum(costs[habit].delay * len(told) for habit, told in moments.items()) / count,
    )
    under = {wait: _under(moments, wait, days, count) for wait in FIXED}
    as_soon = next(
        cost for wait, cost in sorted(under.items(), reverse=True) if cost.delay <= ours.delay or wait == SHORT
    )
    as_many = min(under.values(), key=lambda cost: abs(cost.requests - ours.requests))
    return {
        "requests": ours.requests, "delay_hours": ours.delay, "fixed_requests_for_the_same_delay": as_soon.requests,
        "fixed_delay_there": as_soon.delay, "fixed_delay_for_as_many_requests": as_many.delay,
        "fixed_requests_there": as_many.requests, "saved": 1 - ours.requests / as_soon.requests,
    }  # fmt: skip


def _under(moments: dict[str, list[float]], wait: timedelta, days: int, count: int) -> Cost:
    costs = {habit: fixed(told, wait, days) for habit, told in moments.items()}
    late = sum(costs[habit].delay * len(told) for habit, told in moments.items())
    return Cost(sum(cost.requests for cost in costs.values()), late / count)


def pages(days: int, *, learning: bool) -> dict[str, float]:
    """Known pages with a budget of visits: by what was learned, or the longest unread first as it comes."""
    chances = random.Random(2)
    random.seed(3)  # the product's own draw
    kinds = [chances.choices(list(KNOWN_RATES), (1, 2, 3, 6))[0] for _ in range(600)]
    read, told = [0.0] * len(kinds), {kind: [prior(LONG)] for kind in KINDS}
    found = visits = 0
    for day in range(1, days + 1):
        rates = {kind: change_rate(told[kind]) for kind in KINDS}
        due = [
            at
            for at, kind in enumerate(kinds)
            if day - read[at] >= (rechecks.wait(rates[kind], LONG).total_seconds() / DAY if learning else 1)
        ]
        for at in _chosen(due, kinds, read, rates, day) if learning else sorted(due, key=read.__getitem__)[:BUDGET]:
            gap = (day - read[at]) * DAY
            changed = chances.random() < 1 - exp(-KNOWN_RATES[kinds[at]] * gap / DAY)
            told[kinds[at]].append(Visits(1, changed, gap))
            read[at], found, visits = float(day), found + changed, visits + 1
    return {"visits": visits, "changes_found": found, "share": found / visits}


def _chosen(due: list[int], kinds: list[int], read: list[float], rates: dict[int, float], day: int) -> list[int]:
    now = START + timedelta(days=day)
    made = [
        Candidate(
            Known(at, str(at), "", None, None, None, "", START + timedelta(days=read[at]), None), kinds[at], False, False  # noqa: FBT003
        )
        for at in due
    ]  # fmt: skip
    return [int(page.known.key) for page in rechecks.choose(made, rates, now, BUDGET)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--write", action="store_true", help="keep the figures in benchmarks/results")
    options = parser.parse_args()
    figures = {"days": options.days, "boards": boards(options.days)}
    figures["pages"] = {"learned": pages(options.days, learning=True), "fixed": pages(options.days, learning=False)}
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    if options.write:
        path = Path(__file__).parent / "results" / "freshness.json"
        path.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
