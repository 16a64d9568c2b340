"""Numbers for the supervisors' page: leads and what became of them, sites, words, people. Plain counts, one query each."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select

from storage.models import Issue, Lead, Run, Site, Snapshot
from storage.review.models import Account, Decision
from storage.runs import WATCH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from storage.database import Database

TOP = 15  # rows of a list that a person reads
SAMPLE = 5_000  # decided leads of which the waiting time is taken: more change nothing
CLOSED = ("confirmed", "dismissed", "duplicate", "referred")
"""Statuses of leads that somebody is done with."""
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

    def step(self, column: Any) -> ColumnElement[int]:
        """The number of the step that a moment lies in, from 0."""
        return case(*((column < edge, number) for number, edge in enumerate(self.edges[1:])), else_=len(self.edges) - 2)


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
    found = _steps(db, period, Lead.first_seen_at)
    decided = _steps(db, period, Lead.decided_at, Lead.status.in_(CLOSED))
    return [Step(since, found[number], decided[number]) for number, since in enumerate(period.edges[:-1])]


def _steps(db: Database, period: Period, column: Any, *conditions: Any) -> Counter[int]:
    step = period.step(column).label("step")
    query = select(step, func.count()).where(*period.covers(column), *conditions).group_by(step)
    with db.read() as connection:
        return Counter({int(number): count for number, count in connection.execute(query)})


def statuses(db: Database, period: Period) -> Group:
    """What became of the leads that were first seen in the period."""
    query = select(Lead.status, func.count()).where(*period.covers(Lead.first_seen_at)).group_by(Lead.status)
    with db.read() as connection:
        return Group("", dict(connection.execute(query).all()))


def by(db: Database, period: Period, what: str) -> list[Group]:
    """The same for each category, department, site, region, source, channel or term; the largest first, at most `TOP`.

    A category that a reviewer corrected counts as corrected. Raises KeyError for anything else.
    """
    columns: dict[str, Any] = {
        "category": func.coalesce(Lead.judged_category, Lead.category),
        "department": Lead.department,
        "site": Site.name,
        "region": Snapshot.region,
        "source": Lead.source,
        "channel": Lead.channel,
        "term": Lead.term,
    }
    name = func.coalesce(columns[what], "").label("name")
    query = select(name, Lead.status, func.count()).where(*period.covers(Lead.first_seen_at))
    if what == "site":
        query = query.join(Site, Site.id == Lead.site_id)
    if what == "region":
        query = query.join(Snapshot, Snapshot.id == Lead.snapshot_id)
    groups: defaultdict[str, dict[str, int]] = defaultdict(dict)
    with db.read() as connection:
        for value, status, count in connection.execute(query.group_by(name, Lead.status)):
            groups[value][status] = count
    return _largest([Group(value, found) for value, found in groups.items()])


def _largest(groups: Sequence[Group]) -> list[Group]:
    return sorted(groups, key=lambda one: (-one.total, one.name))[:TOP]


def waiting(db: Database, period: Period) -> float | None:
    """Median hours from first seen to decided, of the leads decided last in the period; None where none was."""
    query = select(Lead.first_seen_at, Lead.decided_at).where(
        *period.covers(Lead.decided_at), Lead.status.in_(CLOSED)
    )  # fmt: skip
    with db.read() as connection:
        rows = connection.execute(query.order_by(Lead.decided_at.desc()).limit(SAMPLE)).all()
    hours = [(decided - seen).total_seconds() / 3600 for seen, decided in rows if decided is not None]
    return median(hours) if hours else None


def overdue(db: Database, now: datetime) -> int:
    """Leads that nobody is done with though they were due."""
    query = select(func.count()).select_from(Lead).where(Lead.due_at < now, Lead.status.not_in((*CLOSED, "lapsed")))
    with db.read() as connection:
        return int(connection.execute(query).scalar_one())


def loads(db: Database, period: Period) -> list[Load]:
    """What each person decided in the period, the busiest first."""
    name = func.coalesce(func.nullif(Account.display_name, ""), Account.name).label("name")
    query = (
        select(Account.id, name, Decision.kind, func.count(), func.count(Decision.seconds), func.sum(Decision.seconds))
        .join(Account, Account.id == Decision.account_id)
        .where(*period.covers(Decision.at))
        .group_by(Account.id, name, Decision.kind)
    )
    people: dict[int, tuple[str, dict[str, int], list[float]]] = {}
    with db.read() as connection:
        for account, person, kind, count, timed, seconds in connection.execute(query):
            _, kinds, times = people.setdefault(account, (person, {}, [0.0, 0.0]))
            kinds[kind] = count
            times[0] += timed
            times[1] += seconds or 0.0
    made = [Load(person, kinds, times[1] / times[0] if times[0] else None) for person, kinds, times in people.values()]
    return sorted(made, key=lambda one: (-one.total, one.name))


def health(db: Database, period: Period) -> list[Health]:
    """How the runs of each site went; looks at watched pages alone are no runs."""
    query = (
        select(Run.site_id, Run.status, func.count(), func.sum(Run.listings_new), func.sum(Run.errors))
        .where(*period.covers(Run.started_at), Run.trigger != WATCH)
        .group_by(Run.site_id, Run.status)
    )
    newest = select(func.max(Run.id)).where(Run.trigger != WATCH).group_by(Run.site_id)
    with db.read() as connection:
        sites = {row.id: row.name for row in connection.execute(select(Site.id, Site.name).order_by(Site.name))}
        last = {
            row.site_id: row.status
            for row in connection.execute(select(Run.site_id, Run.status).where(Run.id.in_(newest)))
        }
        rows = connection.execute(query).all()
    runs: defaultdict[int, dict[str, int]] = defaultdict(dict)
    sums: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for site, status, count, fresh, errors in rows:
        runs[site][status] = count
        sums[site][0] += int(fresh or 0)
        sums[site][1] += int(errors or 0)
    return [Health(name, runs[site], last.get(site, ""), *sums[site]) for site, name in sites.items() if site in last]


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
