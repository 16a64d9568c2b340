"""Which campaign is meant where nobody says: the one that runs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.referral import campaigns
from storage.referral.feedback_ties import numbered
from storage.referral.models import Campaign as CampaignRow
from storage.referral.models import Referral

if TYPE_CHECKING:
    from datetime import date

    from storage.database import Database
    from storage.referral.campaign_records import Campaign
    from storage.referral.feedback_records import NewFeedback


def on(db: Database, day: date) -> Campaign | None:
    """The campaign that is open and whose days include `day`; None where there is none, or more than one."""
    said = day.isoformat()
    conditions = (CampaignRow.closed_at.is_(None), CampaignRow.starts_on <= said, CampaignRow.ends_on >= said)
    with db.read() as connection:
        found = campaigns.read(connection, *conditions)
    return found[0] if len(found) == 1 else None


def counted(db: Database, given: NewFeedback) -> NewFeedback:
    """The feedback with its campaign: as given, of its referral, else the one that ran on its day and has its unit.

    One that belongs nowhere stays as it is.
    """
    if given.campaign_id is not None or _campaign_of(db, given.referral_id) is not None:
        return given
    found = on(db, given.happened_on)
    if found is None or given.unit not in {one.name for one in found.units}:
        return given
    return replace(given, campaign_id=found.id)


def _campaign_of(db: Database, referral_id: int | None) -> int | None:
    if referral_id is None:
        return None
    with db.read() as connection:
        return connection.scalar(select(Referral.campaign_id).where(Referral.id == numbered(referral_id)))
