"""What a dispatch means for its leads: each gets a decision, so that its own history tells of the referral."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.bulk import take_ids
from storage.referral.exceptions import ReferringError
from storage.referral.folding import OUT
from storage.referral.models import Referral as ReferralRow
from storage.referral.models import ReferralLead
from storage.review import decisions
from storage.review.audit import Event
from storage.review.folding import Made, apply, fold, standing
from storage.review.models import Decision
from storage.statements import chunks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.referral.records import Referral
    from storage.review.audit import Actor


def refer(connection: Connection, referral: Referral, actor: Actor, now: datetime) -> tuple[list[int], list[Event]]:
    """Make the confirmed leads of a referral `referred`; ids of the decisions, and what is to be added to the audit.

    Others were referred before.
    """
    made, events = [], []
    for lead_id in sorted(referral.lead_ids):
        case = decisions.open_case(connection, lead_id)
        state = case.state
        if state.status != "confirmed":
            continue
        number = take_ids(connection, Decision, 1)[0]
        decision = Made(number, "refer", now, actor.account_id or 0)
        decisions.add_row(connection, case, decision, note=referral.number, seconds=None, bulk_id=None)
        decisions.settle(connection, case, apply(state, decision), decision)
        made.append(number)
        events.append(_event("lead.refer", lead_id, number, referral))
    return made, events


def take_back(
    connection: Connection, referral: Referral, decided: Sequence[int], actor: Actor, now: datetime
) -> tuple[list[int], list[Event]]:
    """Undo these decisions, but for leads that another sent referral holds; as `refer`.

    Raises:
        ReferringError: something was decided on a lead since.
    """
    elsewhere = _elsewhere(connection, referral)
    made, events = [], []
    for lead_id in sorted(referral.lead_ids):
        case = decisions.open_case(connection, lead_id)
        last = [row for row in standing(case.rows) if row.kind not in {"note", "keep"}]
        ours = [row for row in standing(case.rows) if row.id in decided]
        if not ours or lead_id in elsewhere:
            continue
        if last[-1].id != ours[0].id:
            raise ReferringError(f"线索 {lead_id} 在送出之后又有处理，不能撤销送出")
        number = take_ids(connection, Decision, 1)[0]
        decision = Made(number, "undo", now, actor.account_id or 0, undoes=ours[0].id)
        decisions.add_row(connection, case, decision, note=referral.number, seconds=None, bulk_id=None)
        decisions.settle(connection, case, fold((*case.rows, decision)), decision)
        made.append(number)
        events.append(_event("lead.undo", lead_id, number, referral))
    return made, events


def _event(action: str, lead_id: int, decision_id: int, referral: Referral) -> Event:
    return Event(action, "lead", lead_id, {"decision": decision_id, "referral": referral.id, "number": referral.number})


def _elsewhere(connection: Connection, referral: Referral) -> set[int]:
    query = (
        select(ReferralLead.lead_id)
        .join(ReferralRow, ReferralRow.id == ReferralLead.referral_id)
        .where(ReferralRow.status.in_(sorted(OUT)), ReferralRow.id != referral.id)
    )
    return {
        number
        for chunk in chunks(referral.lead_ids)
        for number in connection.scalars(query.where(ReferralLead.lead_id.in_(chunk)))
    }
