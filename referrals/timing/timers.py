"""The legal timer that begins with each step: what is expected next, and until when. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from referrals.timing.calendar import days_after, hours_after
from storage.referral.records import Due

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from referrals.routing.facts import Deadline
    from referrals.timing.calendar import Calendar

AFTER: dict[str, tuple[str, ...]] = {
    "send": ("receipt", "acceptance", "answer", "decision", "result"),
    "receive": ("review", "acceptance", "answer", "decision", "result"),
    "accept": ("decision", "answer", "result"),
    "pass_on": ("decision", "answer", "result"),
    "decline": ("onward",),
    "file": ("result",),
    "not_file": ("reconsider",),
    "reconsider": ("reconsidered",),
}
"""Step -> timers, the first one that the department has. After any other step nothing is waited for."""
OF_CRIMES: dict[str, tuple[str, ...]] = {
    "draft": ("approval",),
    "change": ("approval",),
    "refuse": ("approval",),
    "approve": ("transfer",),
}
"""Our own terms: only a suspected crime has them (国务院令第310号第五条)."""
CRIME = "crime"


def next_due(  # noqa: PLR0913 -- the rule, the moment and how days are counted
    step: str,
    template: str,
    deadlines: Mapping[str, Deadline],
    at: datetime,
    calendar: Calendar,
    *,
    working: bool,
) -> Due | None:
    """What is expected after this step that happened at `at`; None: nothing.

    `deadlines` are the department's; `working`: how days count where a deadline itself does not say.
    """
    wanted = AFTER.get(step, ()) + (OF_CRIMES.get(step, ()) if template == CRIME else ())
    for code in wanted:
        if (term := deadlines.get(code)) is not None:
            return Due(until(term, at, calendar, working=working), code)
    return None


def until(term: Deadline, at: datetime, calendar: Calendar, *, working: bool) -> datetime:
    """The end of a term that begins at `at`, in UTC."""
    if term.hours:
        return hours_after(at, term.hours)
    return days_after(calendar, at, term.days, working=working if term.working is None else term.working)
