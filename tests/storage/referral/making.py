"""People, confirmed leads and referrals for tests; all invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storage.referral import drafts, flow
from storage.referral.records import Answer, Draft
from storage.review import decisions
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.storage.making import NOW
from tests.storage.review.making import lead_ids, offer

if TYPE_CHECKING:
    from storage.database import Database
    from storage.referral.records import Referral
    from storage.review.accounts import Account

PATTERN = "网移〔{year}〕{n}号"


def confirmed(db: Database, site_id: int, run_id: int, person: Account, *keys: str, **facts: Any) -> list[int]:
    """Leads of these keys, confirmed."""
    found = lead_ids(db, site_id, run_id, *(offer(key, **facts) for key in keys))
    for number in found:
        decisions.decide(db, Decision(number, person.actor(), "confirm"), NOW, policy=ALONE)
    return found


def wanted(*leads: int, **facts: Any) -> Draft:
    """A draft for the forestry bureau."""
    given = {
        "template": "lead", "department": "forestry", "receiver": "某县林业局", "title": "关于移送网络监测线索的函",
        "lead_ids": tuple(leads), "number": PATTERN, "copies": ("market_supervision",),
        "routing": {"rule": "r1", "clause": "第六条"}, "fields": {"办理要求": "依法核查"},
    }  # fmt: skip
    return Draft(**given | facts)


def drafted(db: Database, person: Account, *leads: int, **facts: Any) -> Referral:
    """A referral that waits for approval."""
    return drafts.draft(db, wanted(*leads, **facts), person.actor(), NOW)


def sent(db: Database, drafter: Account, approver: Account, *leads: int, **facts: Any) -> Referral:
    """A referral that left the house."""
    due = facts.pop("due", None)
    made = drafted(db, drafter, *leads, **facts)
    made = flow.approve(db, made.id, approver.actor(), NOW, seen=made.step_id)
    return flow.send(db, made.id, drafter.actor(), NOW, seen=made.step_id, reference="EMS0001", due=due)


def complete(kind: Any) -> Answer:
    """An answer that says all it must."""
    return Answer(kind, reference="立字1号", note="x", detail={"to": "某县公安局", "result": "行政处罚"})
