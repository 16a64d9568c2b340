"""Campaigns (专项行动): made, changed, read, closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.database import Database
    from storage.referral.campaign_records import Campaign, Plan
    from storage.review.audit import Actor


def mistakes(plan: Plan) -> tuple[str, ...]:
    """All that is wrong with a plan, in Chinese; pure."""
    raise NotImplementedError


def create(db: Database, plan: Plan, actor: Actor, now: datetime) -> Campaign:
    """Make a campaign. Raises ReferringError: what is wrong with the plan, or the name is taken."""
    raise NotImplementedError


def change(db: Database, campaign_id: int, plan: Plan, actor: Actor, now: datetime) -> Campaign:
    """Make it as the plan says. Units and dues are told by their names.

    A unit that the plan leaves out need not report any more, its figures stay; a due that it leaves out goes, unless
    somebody has handed it in. Raises ReferringError, Absent.
    """
    raise NotImplementedError


def get(db: Database, campaign_id: int) -> Campaign:
    """One campaign. Raises Absent."""
    raise NotImplementedError


def named(db: Database, name_or_id: str) -> Campaign:
    """By name, part of the name that only one has, or number. Raises Absent: none, or several; names the nearest."""
    raise NotImplementedError


def everyone(db: Database, *, open_only: bool = False) -> list[Campaign]:
    """All campaigns, the newest first."""
    raise NotImplementedError


def close(db: Database, campaign_id: int, actor: Actor, now: datetime) -> Campaign:
    """Nothing more is expected: no reminders, no changes. Raises ReferringError: it is closed already; Absent."""
    raise NotImplementedError


def reopen(db: Database, campaign_id: int, actor: Actor, now: datetime) -> Campaign:
    """Take the closing back. Raises ReferringError: it is open; Absent."""
    raise NotImplementedError
