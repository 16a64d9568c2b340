from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.referral import drafts, flow, queries, steps
from storage.referral.exceptions import ReferringError
from storage.referral.folding import ALLOWED, LEADS_TO, PASSIVE, State, fold
from storage.referral.records import Due
from storage.review.second import ALONE
from tests.storage.making import NOW, rows
from tests.storage.referral.making import complete, drafted, wanted

KINDS = (*LEADS_TO, *PASSIVE, "undo")


def act(db, made, kind: str, actor, now, *, leads):
    due = Due(now + timedelta(days=1), kind) if kind in {"send", "receive", "remind"} else None
    if kind == "approve":
        return flow.approve(db, made.id, actor, now, seen=made.step_id, policy=ALONE)
    if kind == "change":
        return drafts.change(db, made.id, wanted(*leads[: 1 + made.step_id % 3]), actor, now, seen=made.step_id)
    if kind == "send":
        return flow.send(db, made.id, actor, now, seen=made.step_id, due=due)
    if kind == "undo":
        return flow.undo(db, made.id, actor, now, seen=made.step_id)
    if kind in {"refuse", "withdraw"}:
        return getattr(flow, kind)(db, made.id, actor, now, seen=made.step_id, note="理由")
    return flow.answer(db, made.id, complete(kind), actor, now, seen=made.step_id, due=due)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(kinds=st.lists(st.sampled_from(KINDS), max_size=14))
def test_what_is_stored_is_the_fold_of_the_rows(db, arno, leads, kinds):
    made = drafted(db, arno, *leads[:2], again="再次")
    for place, kind in enumerate(kinds):
        before = made
        try:
            made = act(db, made, kind, arno.actor(), NOW + timedelta(minutes=place), leads=leads)
        except ReferringError:
            assert queries.one(db, made.id) == before
        with db.read() as connection:
            state = fold(steps.rows_in(connection, made.id))
        assert state == State(made.status, made.approved_by, made.sent_at, made.due_at, made.due_kind)
        assert made == queries.one(db, made.id)
    check_leads(db)


def check_leads(db) -> None:
    """A lead is `referred` exactly while a referral that went out holds it."""
    out = {row[0] for row in rows(db, "referrals", "id", "status") if row[1] not in {"draft", "approved", "withdrawn"}}
    held = {lead for referral, lead in rows(db, "referral_leads", "referral_id", "lead_id") if referral in out}
    assert {number for number, status in rows(db, "leads", "id", "status") if status == "referred"} == held


def test_every_status_is_reached_and_has_rules():
    assert set(ALLOWED) == set(LEADS_TO.values())
    assert all(set(kinds) <= {*LEADS_TO, *PASSIVE} for kinds in ALLOWED.values())
