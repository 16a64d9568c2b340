"""The closed loop of referrals for the supervisors' page: sent, answered, concluded; and where those sent stand now."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from storage.referral.models import Referral, ReferralStep

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.database import Database

SENT, ANSWERED, CONCLUDED = "sent", "answered", "concluded"
MEANS: Final[dict[str, str]] = {
    "send": SENT,
    "accept": ANSWERED,
    "decline": ANSWERED,
    "pass_on": ANSWERED,
    "file": ANSWERED,
    "not_file": ANSWERED,
    "close": CONCLUDED,
}
"""Kind of step -> what it is for the loop; a receipt that says only that the letter came is no answer."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one day or week brought."""

    since: datetime
    sent: int
    """Referrals."""
    answered: int
    concluded: int


def over_time(db: Database, edges: Sequence[datetime]) -> list[Turn]:
    """Each stretch between two of `edges`; a referral counts once for each thing, what was undone not at all.

    Raises StorageError.
    """
    undone = select(ReferralStep.undoes).where(ReferralStep.undoes.is_not(None))
    query = (
        select(ReferralStep.referral_id, ReferralStep.kind, ReferralStep.at)
        .where(ReferralStep.at >= edges[0], ReferralStep.at < edges[-1], ReferralStep.kind.in_(MEANS))
        .where(ReferralStep.id.not_in(undone))
        .order_by(ReferralStep.id)
    )
    first: dict[tuple[int, str], int] = {}
    with db.read() as connection:
        for referral, kind, at in connection.execute(query):
            first.setdefault((referral, MEANS[kind]), bisect_right(edges, at) - 1)
    counts = Counter((place, what) for (_, what), place in first.items())
    return [
        Turn(since, *(counts[place, what] for what in (SENT, ANSWERED, CONCLUDED)))
        for place, since in enumerate(edges[:-1])
    ]


def standing(db: Database, since: datetime, until: datetime) -> dict[str, int]:
    """Status -> referrals that were sent in that time. Raises StorageError."""
    query = select(Referral.status, func.count()).where(Referral.sent_at >= since, Referral.sent_at < until)
    with db.read() as connection:
        return dict(connection.execute(query.group_by(Referral.status)).all())
