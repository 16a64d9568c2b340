from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from storage import listings
from storage.exceptions import StorageError
from storage.review import audit, decisions, leasing, queue
from storage.review.audit import Actor, Wanted
from storage.review.exceptions import Conflict, ReviewError, Unknown
from storage.review.filters import Filters
from storage.review.records import Decision
from storage.review.second import ALONE, Policy
from tests.storage.making import HOUR, NOW, rows
from tests.storage.review.making import account, lead_ids, offer

MINUTE = timedelta(minutes=1)
SERIOUS = Policy(verdicts=frozenset({"alert"}))


@pytest.fixture
def lead(db, site_id, run_id) -> int:
    return lead_ids(db, site_id, run_id, offer("1"))[0]


def decide(  # noqa: PLR0917 - one fact each
    db, lead, who, kind, seen=None, at=NOW, policy=ALONE, **facts
):
    if kind == "dismiss":
        facts = {"reason": "not_object.toy"} | facts
    return decisions.decide(db, Decision(lead, who.actor("127.0.0.1"), kind, seen, **facts), at, policy=policy)


def status(db, lead):
    (found,) = [row for row in rows(db, "leads", "id", "status", "decided_at", "decision_id") if row[0] == lead]
    return found[1:]


def test_a_decision_is_kept_with_what_was_seen(db, lead, anna):
    done = decide(db, lead, anna, "confirm", category="plant", subject="兰花", note="见\0图", seconds=3.5)
    assert (done.lead_id, done.kind, done.status) == (lead, "confirm", "confirmed")
    assert status(db, lead) == ("confirmed", NOW, done.id)
    (step,) = decisions.history(db, lead)
    assert (step.who, step.kind, step.category, step.subject, step.note) == (
        "anna同志",
        "confirm",
        "plant",
        "兰花",
        "见\ufffd图",
    )
    assert (step.at, step.seconds, step.score, step.detection_id, step.undone) == (NOW, 3.5, 80.0, 1, False)
    row = queue.row(db, lead, NOW)
    assert (row.category, row.status, row.decision_id) == ("plant", "confirmed", done.id)
    (entry,) = audit.recent(db, Wanted(kind="lead"))
    assert (entry.action, entry.object_id, entry.actor, entry.address) == (
        "lead.confirm",
        str(lead),
        "anna同志",
        "127.0.0.1",
    )
    assert entry.detail == {"decision": done.id, "status": "confirmed", "before": "new", "reason": None}
    assert decisions.state(db, lead).subject == "兰花"


def test_what_a_reviewer_corrected_outlives_a_new_text(db, lead, anna, site_id, run_id):
    decide(db, lead, anna, "confirm", category="plant")
    listings.write(db, site_id, run_id, [offer("1", "象牙", 90.0, at=NOW + HOUR)])
    row = queue.row(db, lead, NOW)
    assert (row.category, row.term, row.status) == ("plant", "象牙", "confirmed")


def test_somebody_was_faster(db, lead, anna, bert):
    first = decide(db, lead, anna, "dismiss")
    with pytest.raises(Conflict, match="anna同志 已于 03-05 16:30 对这条线索作出“排除”") as caught:
        decide(db, lead, bert, "confirm")
    assert (caught.value.who, caught.value.when, caught.value.what) == ("anna同志", NOW, "dismiss")
    assert len(decisions.history(db, lead)) == 1
    decide(db, lead, bert, "reopen", seen=first.id)
    with pytest.raises(Conflict):
        decide(db, lead, anna, "note", seen=None, note="x") and decide(db, lead, anna, "dismiss", seen=first.id)


def test_a_note_takes_nothing_from_anybody(db, lead, anna, bert):
    leasing.take(db, lead, anna.id, NOW)
    done = decide(db, lead, bert, "note", note="像是重复的")
    assert (done.status, status(db, lead)) == ("new", ("new", None, done.id))
    with pytest.raises(ReviewError, match="空的"):
        decide(db, lead, bert, "note", note=" ")
    with pytest.raises(ReviewError, match="5000"):
        decide(db, lead, bert, "note", note="x" * 5001)


def test_the_lease_is_asked_for_again(db, lead, anna, bert):
    leasing.take(db, lead, anna.id, NOW, minutes=10)
    with pytest.raises(Conflict, match="anna同志 正在研判") as caught:
        decide(db, lead, bert, "confirm", at=NOW + 9 * MINUTE)
    assert caught.value.what == "lease"
    decide(db, lead, bert, "confirm", at=NOW + 10 * MINUTE)
    with pytest.raises(Conflict):
        decide(db, lead, anna, "dismiss", at=NOW + 11 * MINUTE)


def test_deciding_lets_go(db, lead, anna):
    leasing.take(db, lead, anna.id, NOW)
    decide(db, lead, anna, "needs_info")
    assert leasing.held(db, lead, NOW) is None


@pytest.mark.parametrize(("first", "then"), [
    ("confirm", "dismiss"), ("confirm", "confirm"), ("dismiss", "confirm"), ("dismiss", "refer"), (None, "approve"),
    (None, "refer"), (None, "unmerge"), (None, "reopen"), ("needs_info", "unmerge"),
])  # fmt: skip
def test_what_a_status_does_not_allow(db, lead, anna, first, then):
    seen = decide(db, lead, anna, first).id if first else None
    before = status(db, lead)
    with pytest.raises(ReviewError, match="不能"):
        decide(db, lead, anna, then, seen=seen)
    assert status(db, lead) == before


def test_reasons_are_asked_for(db, lead, anna):
    for reason in (None, "", "nothing"):
        with pytest.raises(ReviewError, match="理由"):
            decide(db, lead, anna, "dismiss", reason=reason)
    assert decide(db, lead, anna, "dismiss", reason="lawful.permit").status == "dismissed"
    assert decisions.history(db, lead)[0].reason_label == "许可、标识已核实"


def test_who_may_not(db, lead, anna, admin):
    with pytest.raises(ReviewError, match="账号"):
        decisions.decide(db, Decision(lead, Actor(None, "x"), "confirm"), NOW)
    with pytest.raises(Unknown):
        decide(db, 99, anna, "confirm")


def test_four_eyes(db, lead, anna, bert):
    asked = decide(db, lead, anna, "confirm", policy=SERIOUS)
    assert asked.status == "pending"
    assert [row.id for row in queue.page(db, Filters(status=("pending",), viewer=anna.id), NOW).rows] == []
    assert [row.id for row in queue.page(db, Filters(status=("pending",), viewer=bert.id), NOW).rows] == [lead]
    with pytest.raises(ReviewError, match="另一人"):
        decide(db, lead, anna, "approve", seen=asked.id)
    plain = account(db, "carl", "reviewer")
    with pytest.raises(ReviewError, match="没有复核权限"):
        decide(db, lead, plain, "approve", seen=asked.id)
    approved = decide(db, lead, bert, "approve", seen=asked.id, at=NOW + MINUTE)
    assert status(db, lead) == ("confirmed", NOW + MINUTE, approved.id)
    refer = decide(db, lead, bert, "refer", seen=approved.id, policy=Policy())
    assert refer.status == "pending"
    with pytest.raises(ReviewError, match="另一人"):
        decide(db, lead, bert, "approve", seen=refer.id)
    assert decide(db, lead, anna, "approve", seen=refer.id).status == "referred"


def test_refusing(db, lead, anna, bert):
    asked = decide(db, lead, anna, "confirm", policy=SERIOUS)
    assert decide(db, lead, bert, "refuse", seen=asked.id, note="证据不足").status == "new"
    assert status(db, lead)[1] is None


def test_undo(db, lead, anna):
    first = decide(db, lead, anna, "confirm", category="plant")
    done = decisions.undo(db, anna.actor(), NOW + MINUTE)
    assert (done.lead_id, done.status) == (lead, "new")
    assert queue.row(db, lead, NOW).category == "terrestrial_animal"
    assert [(step.kind, step.undone) for step in decisions.history(db, lead)] == [("confirm", True), ("undo", False)]
    assert decisions.told(db, lead) == (decisions.state(db, lead), decisions.history(db, lead))
    assert decisions.history(db, lead)[1].undoes == first.id
    with pytest.raises(ReviewError, match="没有可以撤销"):
        decisions.undo(db, anna.actor(), NOW + MINUTE)
    again = decide(db, lead, anna, "dismiss", seen=done.id)
    with pytest.raises(ReviewError, match="没有可以撤销"):
        decisions.undo(db, anna.actor(), NOW + HOUR)
    assert status(db, lead)[2] == again.id
    assert [entry.action for entry in audit.recent(db, Wanted(kind="lead"))] == [
        "lead.dismiss",
        "lead.undo",
        "lead.confirm",
    ]


def test_undo_twice_goes_back_two(db, site_id, run_id, anna):
    one, two = lead_ids(db, site_id, run_id, offer("1"), offer("2"))
    decide(db, one, anna, "confirm")
    decide(db, two, anna, "confirm")
    assert decisions.undo(db, anna.actor(), NOW).lead_id == two
    assert decisions.undo(db, anna.actor(), NOW).lead_id == one


def test_nobody_undoes_what_others_built_on(db, lead, anna, bert):
    asked = decide(db, lead, anna, "confirm", policy=SERIOUS)
    decide(db, lead, bert, "approve", seen=asked.id)
    with pytest.raises(Conflict, match="bert同志"):
        decisions.undo(db, anna.actor(), NOW)


def test_undoing_a_lapsed_leads_decision(db, site_id, run_id, anna):
    (lead,) = lead_ids(db, site_id, run_id, offer("1"))
    with db.write() as connection:
        connection.execute(text("UPDATE leads SET status = 'lapsed', verdict = 'none'"))
    decide(db, lead, anna, "confirm")
    assert decisions.undo(db, anna.actor(), NOW).status == "lapsed"


def test_deadlines(db, lead, anna):
    decisions.set_due(db, lead, NOW, anna.actor(), NOW)
    assert queue.row(db, lead, NOW).due_at == NOW
    decisions.set_due(db, lead, None, anna.actor(), NOW)
    assert queue.row(db, lead, NOW).due_at is None
    with pytest.raises(Unknown):
        decisions.set_due(db, 99, None, anna.actor(), NOW)


@pytest.mark.parametrize("statement", [
    "UPDATE decisions SET kind = 'confirm'",
    "DELETE FROM decisions",
    "TRUNCATE decisions",
    "INSERT OR REPLACE INTO decisions SELECT * FROM decisions",
])  # fmt: skip
def test_the_database_refuses_changes(db, lead, anna, statement):
    decide(db, lead, anna, "dismiss")
    with pytest.raises(StorageError), db.write() as connection:
        connection.execute(text(statement))
    assert [step.kind for step in decisions.history(db, lead)] == ["dismiss"]


def test_the_stored_status_is_the_fold_of_the_decisions(db, site_id, run_id, anna, bert):
    from hypothesis import given, settings
    from hypothesis import strategies as st

    keys = iter(range(1, 10_000))
    kinds = [
        "confirm",
        "dismiss",
        "needs_info",
        "duplicate",
        "unmerge",
        "refer",
        "approve",
        "refuse",
        "reopen",
        "note",
        "undo",
    ]

    @settings(max_examples=12, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(kinds), st.booleans(), st.booleans()), max_size=8))
    def check(steps):
        one, other = lead_ids(db, site_id, run_id, offer(f"a{next(keys)}"), offer(f"b{next(keys)}"))
        for kind, by_anna, strict in steps:
            who = anna if by_anna else bert
            seen = status(db, one)[2]
            try:
                if kind == "undo":
                    decisions.undo(db, who.actor(), NOW)
                else:
                    policy = SERIOUS if strict else ALONE
                    decide(db, one, who, kind, seen=seen, policy=policy, note="x", duplicate_of=other)
            except ReviewError:
                pass
            made = decisions.state(db, one)
            assert decisions.told(db, one) == (made, decisions.history(db, one))
            (stored,) = [
                row
                for row in rows(db, "leads", "id", "status", "merged_into", "asked_by", "decided_at")
                if row[0] == one
            ]
            assert stored[1:] == (made.status, made.merged_into, made.asked_by, made.decided_at)

    check()
