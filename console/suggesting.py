"""Who should handle leads, as the table of duties says: for a lead's page and for a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.referral_service import REFERRALS, Suggestion
from console.services import ServiceRefusal
from referrals.routing import route, rules
from storage.referral import queries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.state import Console
    from referrals.routing.facts import Route
    from storage.referral.records import ReferredLead


def for_lead(console: Console, lead_id: int) -> tuple[Suggestion | None, str]:
    """The suggestion for one stored lead, or why there is none. Raises StorageError."""
    return for_leads(console, queries.material(console.db, [lead_id]))


def for_leads(console: Console, leads: Sequence[ReferredLead]) -> tuple[Suggestion | None, str]:
    """The suggestion for leads that go together; by the shipped table where the program brought no other."""
    service = console.facts.get(REFERRALS)
    if service is None:
        return as_suggestion(route.of_leads([route.facts_of(lead) for lead in leads], rules.load())), ""
    try:
        return service.suggest(leads), ""
    except ServiceRefusal as error:
        return None, str(error)


def as_suggestion(found: Route) -> Suggestion:
    """What routing answered, ready to be shown."""
    return Suggestion(
        lead=found.lead,
        support=found.support,
        clause=found.clause,
        template=found.template,
        explanation=found.explanation,
        reasons=tuple((one.department, one.because, one.clause) for one in found.reasons),
        others=tuple(one.said for one in found.others),
        facts=found.as_dict(),
    )
