"""Numbers for the supervisors' page: leads and what became of them, sites, words, people; from tallies by day."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from storage.models import Issue, Lead, Run, Site
from storage.review import tallies
from storage.review.models import Account
from storage.review.sources import PLATFORM
from storage.review.tallies import CHINA, CLOSED, DAY
from storage.runs import WATCH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from storage.database import Database

TOP = 15  # rows of a list that a person reads
SAMPLE = 1_000  # decided leads of which the waiting time is taken: more change nothing
FOUND = ("confirmed", "referred")
"""Statuses of leads that were right."""
JUDGED = (*FOUND, "dismissed")
ENOUGH = 3  # decisions below which a share says nothing


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time in steps: `edges` are its beginning, the beginnings of the further steps, and its end."""

    edges: tuple[datetime, ...]

    @property
    def since(self) -> datetime:
        """Its beginning."""
        return self.edges[0]

    @property
    def until(self) -> datetime:
        """Its end, which is not part of it."""
        return self.edges[-1]

    def covers(self, column: Any) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        """The conditions that a moment lies in it."""
        return column >= self.since, column < self.until

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day in China, where it is made of whole days; None where it is not."""
        here = [edge.astimezone(CHINA) for edge in self.edges]
        if any(edge.timetz() != time(tzinfo=CHINA) for edge in here):
            return None
        return here[0].date(), (here[-1] - DAY).date()


@dataclass(frozen=True, slots=True)
class Step:
    """One day or week."""

    since: datetime
    found: int
    """Leads that were first seen then."""
    decided: int
    """Leads of any age that were decided then and still are."""


@dataclass(frozen=True, slots=True)
class Group:
    """Leads that have something in common, by what became of them."""

    name: str
    statuses: dict[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.statuses.values())

    @property
    def closed(self) -> int:
        """Those that somebody is done with."""
        return sum(self.statuses.get(status, 0) for status in CLOSED)

    @property
    def right(self) -> int:
        """Confirmed ones, referred ones among them."""
        return sum(self.statuses.get(status, 0) for status in FOUND)

    @property
    def judged(self) -> int:
        """Confirmed and dismissed ones."""
        return sum(self.statuses.get(status, 0) for status in JUDGED)

    @property
    def precision(self) -> float | None:
        """The share of right ones among the judged, 0 to 1; None where too few were judged to say."""
        return self.right / self.judged if self.judged >= ENOUGH else None


@dataclass(frozen=True, slots=True)
class Load:
    """What one person decided."""

    name: str
    kinds: dict[str, int]
    seconds: float | None
    """Mean of those decisions of which the time was taken."""

    @property
    def total(self) -> int:
        """Decisions of all kinds."""
        return sum(self.kinds.values())


@dataclass(frozen=True, slots=True)
class Health:
    """How one site's runs went."""

    site: str
    statuses: dict[str, int]
    last: str
    """Status of the newest run, whenever it was."""
    listings: int
    """New ones."""
    failures: int
    """Pages that could not be read."""

    @property
    def total(self) -> int:
        """Runs."""
        return sum(self.statuses.values())


def over_time(db: Database, period: Period) -> list[Step]:
    """Leads found and decided in each step."""
    found, decided = _steps(db, period, ""), _steps(db, period, tallies.DECIDED)
    return [Step(since, found[number], decided[number]) for number, since in enumerate(period.edges[:-1])]


def _steps(db: Database, period: Period, dimension: str) -> Counter[int]:
    steps: Counter[int] = Counter()
    if period.days is None:
        for number, (since, until) in enumerate(pairwise(period.edges)):
            steps[number] = sum(_totals(db, Period((since, until)), dimension).values())
        return steps
    starts = [edge.astimezone(CHINA).date() for edge in period.edges[:-1]]
    for (day, _, _), count in tallies.add_up(db, *period.days, dimension).items():
        steps[bisect_right(starts, day) - 1] += count
    return steps


def _totals(db: Database, period: Period, dimension: str) -> dict[tuple[str, str], int]:
    """(Name, status) -> leads."""
    if period.days is not None:
        return tallies.totals(db, *period.days, dimension)
    with db.read() as connection:
        counted = tallies.tally(connection, period.since, period.until)
    return {(name, status): count for (kind, name, status), count in counted.items() if kind == dimension}


def statuses(db: Database, period: Period) -> Group:
    """What became of the leads that were first seen in the period."""
    return Group("", {status: count for (_, status), count in _totals(db, period, "").items()})


def by(db: Database, period: Period, what: str) -> list[Group]:
    """The same for each category, department, site, region, source, channel or term; the largest first, at most `TOP`.

    A category that a reviewer corrected counts as corrected. Raises KeyError for anything else.
    """
    if what not in tallies.DIMENSIONS or not what:
        raise KeyError(what)
    groups: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (name, status), count in _totals(db, period, what).items():
        groups[name][status] = count
    largest = _largest([Group(name, found) for name, found in groups.items()])
    return _named(db, largest) if what == "site" else largest


def _named(db: Database, sites: list[Group]) -> list[Group]:
    """Sites are counted by their numbers."""
    query = select(Site.id, Site.name).where(Site.id.in_([int(one.name) for one in sites]))
    with db.read() as connection:
        names = dict(connection.execute(query).all())
    return [Group(names[int(one.name)], one.statuses) for one in sites]


def _largest(groups: Sequence[Group]) -> list[Group]:
    return sorted(groups, key=lambda one: (-one.total, one.name))[:TOP]


def waiting(db: Database, period: Period) -> float | None:
    """Median hours from first seen to decided, of the leads decided last in the period; None where none was."""
    # statuses are looked at here: in the query, SQLite would read all leads of those instead of the last decided ones
    query = select(Lead.first_seen_at, Lead.decided_at, Lead.status).where(*period.covers(Lead.decided_at))
    with db.read() as connection:
        rows = connection.execute(query.order_by(Lead.decided_at.desc()).limit(SAMPLE)).all()
    closed = [(seen, decided) for seen, decided, status in rows if status in CLOSED and decided is not None]
    hours = [(decided - seen).total_seconds() / 3600 for seen, decided in closed]
    return median(hours) if hours else None


def overdue(db: Database, now: datetime) -> int:
    """Leads that nobody is done with though they were due."""
    query = select(func.count()).select_from(Lead).where(Lead.due_at < now, Lead.status.not_in((*CLOSED, "lapsed")))
    with db.read() as connection:
        return int(connection.execute(query).scalar_one())


def loads(db: Database, period: Period) -> list[Load]:
    """What each person decided in the period, the busiest first."""
    made, timed, seconds = (_totals(db, period, kind) for kind in (tallies.MADE, tallies.TIMED, tallies.SECONDS))
    name = func.coalesce(func.nullif(Account.display_name, ""), Account.name)
    with db.read() as connection:
        names: dict[int, str] = dict(connection.execute(select(Account.id, name)).all())
    kinds: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for (account, kind), count in made.items():
        kinds[account][kind] = count
    found = [
        Load(names[int(account)], counts, _mean(_of(seconds, account), _of(timed, account)))
        for account, counts in kinds.items()
    ]
    return sorted(found, key=lambda one: (-one.total, one.name))


def _of(counts: dict[tuple[str, str], int], account: str) -> int:
    return sum(count for (name, _), count in counts.items() if name == account)


def _mean(seconds: int, timed: int) -> float | None:
    return seconds / timed if timed else None


def health(db: Database, period: Period) -> list[Health]:
    """How the runs of each site went; looks at watched pages alone are no runs, nor is what people typed in."""
    query = (
        select(Run.site_id, Run.status, func.count(), func.sum(Run.listings_new), func.sum(Run.errors))
        .where(*period.covers(Run.started_at), Run.trigger != WATCH)
        .group_by(Run.site_id, Run.status)
    )
    newest = select(Run.status).where(Run.site_id == Site.id, Run.trigger != WATCH).order_by(Run.id.desc()).limit(1)
    last = newest.correlate(Site).scalar_subquery()
    crawled = select(Site.id, Site.name, last.label("last")).where(Site.platform != PLATFORM)
    with db.read() as connection:
        sites = connection.execute(crawled.order_by(Site.name)).all()
        rows = connection.execute(query).all()
    runs: defaultdict[int, dict[str, int]] = defaultdict(dict)
    sums: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for site, status, count, fresh, errors in rows:
        runs[site][status] = count
        sums[site][0] += int(fresh or 0)
        sums[site][1] += int(errors or 0)
    return [Health(row.name, runs[row.id], row.last, *sums[row.id]) for row in sites if row.last is not None]


def issues_by_site(db: Database, since: datetime) -> dict[str, int]:
    """Name of the site -> pages that could not be read since then."""
    query = (
        select(Site.name, func.count())
        .select_from(Issue)
        .join(Site, Site.id == Issue.site_id)
        .where(Issue.seen_at >= since)
    )
    with db.read() as connection:
        return dict(connection.execute(query.group_by(Site.name)).all())
