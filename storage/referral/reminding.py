"""What is late or soon will be, and when somebody was last reminded of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from storage.referral import queries
from storage.referral.models import ReferralStep
from storage.referral.records import Filter
from storage.statements import chunks

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from storage.database import Database
    from storage.referral.records import Referral


@dataclass(frozen=True, slots=True)
class Reminder:
    """A referral of which something is awaited."""

    referral: Referral
    late: bool
    reminders: int
    """How often the department was reminded, of whatever."""
    reminded_at: datetime | None
    """Last time."""


def awaited(db: Database, now: datetime, ahead: timedelta) -> list[Reminder]:
    """Those that are late at `now` or will be within `ahead`, the longest awaited first. Raises StorageError."""
    found = queries.find(db, Filter(overdue_at=now + ahead), limit=None)
    query = select(ReferralStep.referral_id, func.count(), func.max(ReferralStep.at)).where(
        ReferralStep.kind == "remind"
    )
    told: dict[int, tuple[int, datetime]] = {}
    with db.read() as connection:
        for chunk in chunks(one.id for one in found):
            rows = connection.execute(
                query.where(ReferralStep.referral_id.in_(chunk)).group_by(ReferralStep.referral_id)
            )
            told |= {number: (count, at) for number, count, at in rows}
    made = [Reminder(one, _is_late(one, now), *told.get(one.id, (0, None))) for one in found]
    return sorted(made, key=lambda one: (one.referral.due_at or now, one.referral.id))


def _is_late(one: Referral, now: datetime) -> bool:
    return one.due_at is not None and one.due_at < now
