"""What the leads and referrals of a campaign's days come to, for reports. One query each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from storage.referral.folding import OUT
from storage.referral.models import Referral, ReferralLead
from storage.review import overview
from storage.review.wording import ZONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.database import Database
    from storage.review.overview import Group

DAYS = 16  # up to so many, a bar for each day
MOST_STEPS = 26  # bars of a chart: half a year of weeks


@dataclass(frozen=True, slots=True)
class LeadFigures:
    """Leads first seen in a stretch of days, and referrals of the campaign sent until its end."""

    since: date
    until: date
    """The last day."""
    statuses: Group
    steps: tuple[tuple[date, int, int], ...]
    """(first day of the step, found, decided)."""
    categories: tuple[Group, ...]
    """By code, the largest first."""
    sites: tuple[Group, ...]
    referrals: int
    referred_leads: int
    """Leads in these referrals, each once."""
    departments: tuple[tuple[str, int], ...]
    """(code, referrals), the most first."""
    nowhere: int = 0
    """Referrals sent in the stretch of days that belong to no campaign."""

    @property
    def step_days(self) -> int:
        """Days of one step."""
        return (self.steps[1][0] - self.steps[0][0]).days if len(self.steps) > 1 else (self.until - self.since).days + 1


def of_days(db: Database, campaign_id: int, since: date, until: date) -> LeadFigures:
    """The figures from `since` to `until`, both included, in the office's time zone."""
    edges = _edges(since, until)
    period = overview.Period(edges)
    steps = tuple((one.since.astimezone(ZONE).date(), one.found, one.decided) for one in overview.over_time(db, period))
    referrals, leads, departments = _referred(db, campaign_id, edges[-1])
    return LeadFigures(
        since,
        until,
        overview.statuses(db, period),
        steps,
        tuple(overview.by(db, period, "category")),
        tuple(overview.by(db, period, "site")),
        referrals,
        leads,
        departments,
        _nowhere(db, edges[0], edges[-1]),
    )


def midnight(day: date) -> datetime:
    """The day's beginning in the office's time zone."""
    return datetime.combine(day, time(), ZONE)


def _edges(since: date, until: date) -> tuple[datetime, ...]:
    """Days of a fortnight, weeks, or longer steps where that were too many."""
    days = (until - since).days + 1
    step = 1 if days <= DAYS else max(7, -(-days // MOST_STEPS))
    starts = [since + timedelta(days=at) for at in range(0, max(days, 1), step)]
    return (*(midnight(one) for one in starts), midnight(until + timedelta(days=1)))


def _referred(db: Database, campaign_id: int, before: datetime) -> tuple[int, int, tuple[tuple[str, int], ...]]:
    sent: Sequence[Any] = (Referral.campaign_id == campaign_id, Referral.status.in_(OUT), Referral.sent_at < before)
    by_department = select(Referral.department, func.count()).where(*sent).group_by(Referral.department)
    leads = (
        select(func.count(ReferralLead.lead_id.distinct()))
        .join(Referral, Referral.id == ReferralLead.referral_id)
        .where(*sent)
    )
    with db.read() as connection:
        found = connection.execute(by_department).all()
        count = connection.scalar(leads) or 0
    ordered = tuple(sorted(((code, number) for code, number in found), key=lambda one: (-one[1], one[0])))
    return sum(number for _, number in ordered), count, ordered


def _nowhere(db: Database, since: datetime, before: datetime) -> int:
    sent: Sequence[Any] = (Referral.campaign_id.is_(None), Referral.status.in_(OUT), Referral.sent_at < before)
    query = select(func.count()).select_from(Referral).where(*sent, Referral.sent_at >= since)
    with db.read() as connection:
        return connection.scalar(query) or 0
