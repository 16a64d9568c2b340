"""What routing asks of a lead, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from referrals.routing.words import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """A lead, as far as its department depends on it. The order of `acts` and `flags` makes no difference."""

    category: str
    agency: str | None = None
    """forestry or agriculture, as the lexicon's entry says; None where it says nothing."""
    acts: tuple[str, ...] = ()
    """sell, buy, serve, service, advertise, ship, import_export."""
    venue: str = UNKNOWN
    verdict: str = "alert"
    flags: tuple[str, ...] = ()
    """protected, food, migratory, worst."""
    value: Decimal | None = None
    """Yuan, as asked for or appraised; None where nobody knows."""
    province: str = ""
    lead_id: int = 0
    """0: of no stored lead."""
    parties: tuple[str, ...] = ()
    """The account and its contacts: leads that share one are of the same party. Empty: nobody knows whose it is."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long one step may take. Give `days` or `hours`."""

    name: str
    """For people: 回执."""
    days: int = 0
    hours: int = 0
    """Counted by the clock, also over holidays."""
    working: bool | None = None
    """Working or calendar days; None: as the office has chosen."""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Support:
    """Why a department helps."""

    department: str
    clause: str
    because: str
    rule: str


@dataclass(frozen=True, slots=True)
class Other:
    """An answer that was not taken: an equally good rule, or another lead's."""

    lead: str
    rule: str
    said: str


@dataclass(frozen=True, slots=True)
class Part:
    """Those of several leads that one department would lead, seen one by one."""

    department: str
    leads: tuple[int, ...]
    parties: int
    """How many different ones; a lead of which nobody knows whose it is counts as one."""


@dataclass(frozen=True, slots=True)
class Route:
    """Who leads, who supports, why, and until when."""

    lead: str
    support: tuple[str, ...]
    clause: str
    template: str
    """Kind of letter: lead, crime, appraisal, cleanup, platform, postal."""
    deadlines: Mapping[str, Deadline]
    """Name of a timer -> how long: transfer, receipt, acceptance, review, onward, decision, result, reconsider,
    reconsidered, answer; as in `storage.referral.words.DUE_KINDS`."""
    explanation: str
    """Chinese, for people: 因…，依据…由…主办；…由…协办。"""
    rule: str
    """Id; empty where no rule fits and the fallback answered."""
    others: tuple[Other, ...] = ()
    reasons: tuple[Support, ...] = field(default=())
    """Of the supporting departments, in their order."""
    parts: tuple[Part, ...] = ()
    """Of stored leads, by their leading departments."""

    def as_dict(self) -> dict[str, object]:
        """JSON-ready, for `Draft.routing`."""
        return {
            "lead": self.lead,
            "support": list(self.support),
            "clause": self.clause,
            "template": self.template,
            "explanation": self.explanation,
            "rule": self.rule,
            "reasons": [
                {"department": one.department, "clause": one.clause, "because": one.because, "rule": one.rule}
                for one in self.reasons
            ],
            "others": [{"lead": one.lead, "rule": one.rule, "said": one.said} for one in self.others],
            "parts": [
                {"department": one.department, "leads": list(one.leads), "parties": one.parties} for one in self.parts
            ],
        }
