"""What units hand in during a campaign, who has not, and figures that only people know."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

    from storage.database import Database
    from storage.referral.campaign_records import Figure, HandedIn, NewFigure, Reminder, Report, Standing
    from storage.review.audit import Actor


def hand_in(db: Database, given: HandedIn, actor: Actor, now: datetime) -> Report:
    """Write down what a unit handed in; a later row of the same unit and due replaces it.

    Raises ReferringError: neither electronic nor on paper nor 零报告, a day to come, the campaign is closed; Absent.
    """
    raise NotImplementedError


def withdraw(db: Database, due_id: int, unit_id: int, note: str, actor: Actor, now: datetime) -> Report:
    """What was entered was a mistake. Raises ReferringError: nothing was, or no reason is given; Absent."""
    raise NotImplementedError


def standings(db: Database, campaign_id: int, today: date) -> list[Standing]:
    """Each due with each unit that has to report, by due day and the units' order. Raises Absent."""
    raise NotImplementedError


def missing(db: Database, campaign_id: int, today: date) -> list[Standing]:
    """Those of `standings` in which something is still to come."""
    raise NotImplementedError


def handed_in(db: Database, campaign_id: int, *, limit: int = 200) -> list[Report]:
    """All rows, the newest first, what no longer counts among them. Raises Absent."""
    raise NotImplementedError


def reminders(db: Database, today: date) -> list[Reminder]:
    """Of all open campaigns: dues whose first reminder is due, or that are overdue, and who has not reported."""
    raise NotImplementedError


def enter_figure(db: Database, given: NewFigure, actor: Actor, now: datetime) -> Figure:
    """Type a figure; it replaces the one typed before in the same cell.

    Raises ReferringError: no source, no such column, a wrong value, the campaign is closed; Absent.
    """
    raise NotImplementedError


def figures(db: Database, campaign_id: int, *, all_versions: bool = False) -> list[Figure]:
    """Typed figures that count, or all that ever were, by unit, column and time. Raises Absent."""
    raise NotImplementedError
