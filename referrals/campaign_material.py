"""What a report on a campaign is made of: the form, the leads of its days, who reported, typical cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from referrals.anonymous import anonymise
from storage.referral import campaign_leads, campaigns, feedback, queries, reporting, results
from storage.referral.campaign_records import OPEN
from storage.referral.exceptions import ReferringError
from storage.referral.feedback_records import Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from storage.database import Database
    from storage.referral.campaign_leads import LeadFigures
    from storage.referral.campaign_records import Campaign, StageDates, Standing
    from storage.referral.feedback_records import Feedback
    from storage.referral.form_records import Form

MOST_CASES = 200  # typical cases of one campaign; a report shows a few of them


@dataclass(frozen=True, slots=True)
class TypicalCase:
    """A case fit to be told."""

    unit: str
    title: str
    text: str
    """Without names."""
    pictures: tuple[str, ...]
    """SHA-256 in the evidence folder."""


@dataclass(frozen=True, slots=True)
class Material:
    """All that a draft says."""

    campaign: Campaign
    stage: StageDates | None
    since: date
    until: date
    form: Form
    leads: LeadFigures
    standings: tuple[Standing, ...]
    """Of dues whose day has come."""
    cases: tuple[TypicalCase, ...]
    hidden: int
    """Typical cases that must not be published."""
    pending: int
    """Typical cases that wait for 会商."""

    @property
    def missing(self) -> tuple[Standing, ...]:
        """Those in which something is still to come."""
        return tuple(one for one in self.standings if one.state in OPEN)


def gather(db: Database, campaign_id: int, until: date, *, stage_only: bool) -> Material:
    """Read it all. `stage_only`: leads of the stage that the day lies in, else of the whole campaign.

    Raises:
        Absent: there is no such campaign.
        ReferringError: the day lies before the campaign, or in no stage where one is asked for.
    """
    campaign = campaigns.get(db, campaign_id)
    if until < campaign.starts_on:
        raise ReferringError(f"截止日 {until} 早于专项行动开始日 {campaign.starts_on}")
    stage = _stage(campaign, until) if stage_only else None
    since = stage.starts_on if stage else campaign.starts_on
    told = feedback.find(db, Wanted(campaign_id=campaign_id, typical=True), limit=MOST_CASES)
    told = [one for one in reversed(told) if one.happened_on <= until]
    standings = [one for one in reporting.standings(db, campaign_id, until) if one.due.due_on <= until]
    return Material(
        campaign,
        stage,
        since,
        until,
        results.compute(db, campaign_id, until=until),
        campaign_leads.of_days(db, campaign_id, since, until),
        tuple(standings),
        tuple(_told(db, one) for one in told if one.publish == "yes"),
        sum(one.publish == "no" for one in told),
        sum(one.publish == "after_meeting" for one in told),
    )


def _stage(campaign: Campaign, until: date) -> StageDates:
    """The stage of the day, or the last one before it."""
    begun = [one for one in campaign.stages if one.starts_on <= until]
    if not begun:
        raise ReferringError(f"专项行动“{campaign.name}”在 {until} 没有已开始的阶段，无法起草阶段报告")
    return campaign.stage_on(until) or begun[-1]


def _told(db: Database, one: Feedback) -> TypicalCase:
    sellers, contacts = _known(db, one.lead_ids)
    return TypicalCase(
        one.unit, anonymise(one.title, sellers, contacts), anonymise(one.typical, sellers, contacts), one.pictures
    )


def _known(db: Database, lead_ids: Sequence[int]) -> tuple[list[str], list[str]]:
    """Names and contacts on the pages that the case began with."""
    found = queries.material(db, lead_ids) if lead_ids else ()
    return (
        [lead.seller for lead in found if lead.seller],
        [value for lead in found for _, value in lead.contacts],
    )
