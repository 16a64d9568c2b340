"""How many leads of each sort each day brought: counted once for a day, and again only after something in it has changed.

Triggers note the days whose leads change (`stale_days`); who asks for figures counts those days anew first. So the figures
are exact at any time, and cost a page of a year no more than its days.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, text

from storage.columns import fit
from storage.models import Lead, Snapshot
from storage.review.models import Decision, LeadTally, StaleDay
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from storage.database import Database

CHINA = timezone(timedelta(hours=8))  # one time for the whole country, and no summer time since 1991
CLOSED = ("confirmed", "dismissed", "duplicate", "referred")
"""Statuses of leads that somebody is done with."""
DAY = timedelta(days=1)
AT_ONCE = 20  # days counted in one transaction: others wait a few tenths of a second at most
LOCK = 0x74616C79  # "taly": any number, for PostgreSQL's advisory lock

DIMENSIONS = ("", "category", "department", "site", "region", "source", "channel", "term")
"""By the day a lead was first seen; the first one counts all."""
DECIDED = "decided"
"""By the day of the last decision on leads that somebody is done with."""
MADE, TIMED, SECONDS = "made", "timed", "seconds"
"""Decisions by the day they were made: how many, of how many the time was taken, and how long those took; the name is the
account's number, the status the kind."""

Key = tuple[str, str, str]
"""Dimension, name, status."""


def add_up(db: Database, first: date, last: date, dimension: str) -> dict[tuple[date, str, str], int]:
    """(Day, name, status) -> leads, for days of China's time from `first` to `last`. Raises StorageError."""
    refresh(db, first, last)
    query = select(LeadTally.day, LeadTally.name, LeadTally.status, LeadTally.leads).where(
        LeadTally.dimension == dimension, LeadTally.day >= first.isoformat(), LeadTally.day <= last.isoformat()
    )
    with db.read() as connection:
        return {
            (date.fromisoformat(day), name, status): count for day, name, status, count in connection.execute(query)
        }


def totals(db: Database, first: date, last: date, dimension: str) -> dict[tuple[str, str], int]:
    """(Name, status) -> leads of all these days."""
    refresh(db, first, last)
    query = (
        select(LeadTally.name, LeadTally.status, func.sum(LeadTally.leads))
        .where(LeadTally.dimension == dimension, LeadTally.day >= first.isoformat(), LeadTally.day <= last.isoformat())
        .group_by(LeadTally.name, LeadTally.status)
    )
    with db.read() as connection:
        return {(name, status): int(count) for name, status, count in connection.execute(query)}


def refresh(db: Database, first: date, last: date) -> None:
    """Count the days anew in which something has changed."""
    within = (StaleDay.day >= first.isoformat(), StaleDay.day <= last.isoformat())
    with db.read() as connection:
        days = connection.scalars(select(StaleDay.day).where(*within).distinct().order_by(StaleDay.day)).all()
    for start in range(0, len(days), AT_ONCE):
        with db.write() as connection:
            if connection.dialect.name == "postgresql":  # SQLite's write transaction is exclusive already
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            _count(connection, days[start : start + AT_ONCE])


def _count(connection: Connection, days: Sequence[str]) -> None:
    """The marks go first: what others change meanwhile marks its day again."""
    rows = []
    connection.execute(delete(StaleDay).where(StaleDay.day.in_(days)))
    for day in days:
        since = datetime.combine(date.fromisoformat(day), time(), CHINA)
        for (dimension, name, status), count in tally(connection, since, since + DAY).items():
            rows.append({"day": day, "dimension": dimension, "name": name, "status": status, "leads": count})
    connection.execute(delete(LeadTally).where(LeadTally.day.in_(days)))
    for some in chunks(rows):
        connection.execute(insert(LeadTally), some)


def tally(connection: Connection, since: datetime, until: datetime) -> Counter[Key]:
    """Counts of all dimensions between two moments, from the leads and decisions themselves."""
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    found: Counter[Key] = Counter()
    for row in connection.execute(FOUND.where(Lead.first_seen_at >= since, Lead.first_seen_at < until)):
        found.update(_keys(row))
    decided = DONE.where(Lead.decided_at >= since, Lead.decided_at < until)
    found.update({(DECIDED, "", status): count for status, count in connection.execute(decided) if status in CLOSED})
    made = DECISIONS.where(Decision.at >= since, Decision.at < until)
    for account, kind, count, timed, seconds in connection.execute(made):
        for dimension, value in ((MADE, count), (TIMED, timed), (SECONDS, round(seconds or 0))):
            found[dimension, str(account), kind] += value
    return found


FOUND = select(
    Lead.status, func.coalesce(Lead.judged_category, Lead.category), Lead.department, Lead.site_id, Snapshot.region,
    Lead.source, Lead.channel, Lead.term,
).join(Snapshot, Snapshot.id == Lead.snapshot_id)  # fmt: skip
# not narrowed to some statuses: SQLite would read all leads of those instead of the day's
DONE = select(Lead.status, func.count()).group_by(Lead.status)
DECISIONS = select(
    Decision.account_id, Decision.kind, func.count(), func.count(Decision.seconds), func.sum(Decision.seconds)
).group_by(Decision.account_id, Decision.kind)


def _keys(row: Any) -> Iterator[Key]:
    status, *values = row
    for dimension, value in zip(DIMENSIONS, ("", *values), strict=True):
        yield dimension, fit("" if value is None else str(value)), status
