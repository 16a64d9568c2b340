from __future__ import annotations

from datetime import timedelta

import pytest

from storage.models import Lead
from storage.referral import flow, queries
from storage.referral.exceptions import Absent, ReferringError, Stale
from storage.referral.records import Answer, Due, Filter, NewFile
from storage.review import audit, decisions
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.storage.making import HOUR, NOW, dump, rows
from tests.storage.referral.making import complete, drafted, sent
from tests.storage.review.making import account

LETTER = NewFile("letter", "移送函.pdf", "application/pdf", 12, "ab" * 32)
LATER = NOW + timedelta(days=2)
DUE = Due(NOW + timedelta(days=3), "receipt")


def statuses(db) -> dict[int, str]:
    with db.read() as connection:
        return dict(connection.execute(Lead.__table__.select().with_only_columns(Lead.id, Lead.status)).all())


def test_a_referral_goes_from_draft_to_closed(db, hanna, arno, leads):
    made = drafted(db, hanna, *leads[:2])
    made = flow.approve(db, made.id, arno.actor(), NOW, seen=made.step_id, files=[LETTER])
    assert (made.status, made.approver, made.sent_at) == ("approved", "arno同志", None)
    made = flow.send(db, made.id, hanna.actor(), LATER, seen=made.step_id, happened_at=NOW, reference="EMS1", due=DUE)
    assert (made.status, made.sent_at, made.due_at, made.due_kind) == ("sent", NOW, DUE.at, "receipt")
    assert statuses(db) == {**dict.fromkeys(leads[:2], "referred"), **dict.fromkeys(leads[2:], "confirmed")}
    next_due = Due(LATER + timedelta(days=7), "decision")
    receipt = Answer("receive", NOW + HOUR, reference="收字3号", person="王某")
    made = flow.answer(db, made.id, receipt, hanna.actor(), LATER, seen=made.step_id, due=next_due)
    assert (made.status, made.due_kind, made.due_at) == ("received", "decision", next_due.at)
    for kind, status in (("accept", "accepted"), ("file", "filed"), ("close", "closed")):
        made = flow.answer(db, made.id, complete(kind), hanna.actor(), LATER, seen=made.step_id)
        assert (made.status, made.due_at) == (status, None)
    case = queries.get(db, made.id)
    assert [step.kind for step in case.steps] == ["draft", "approve", "send", "receive", "accept", "file", "close"]
    assert (case.steps[3].reference, case.steps[3].person, case.steps[3].happened_at) == ("收字3号", "王某", NOW + HOUR)
    assert [(one.name, one.sha256, one.current) for one in case.files] == [("移送函.pdf", "ab" * 32, True)]
    assert {lead.status for lead in case.leads} == {"referred"}
    actions = [entry.action for entry in audit.recent(db, limit=100) if entry.kind == "referral"]
    assert actions == ["referral.answer"] * 4 + ["referral.send", "referral.approve", "referral.draft"]
    told = [event for (event,) in rows(db, "deliveries", "event")]
    assert told == [f"referral.{step.kind}" for step in case.steps]


def test_each_lead_tells_of_the_referral(db, hanna, arno, leads):
    made = sent(db, hanna, arno, leads[0])
    last = decisions.history(db, leads[0])[-1]
    assert (last.kind, last.asks, last.note, last.who) == ("refer", False, made.number, "hanna同志")
    (entry,) = audit.recent(db, audit.Wanted(action="lead.refer"))
    assert (entry.object_id, entry.detail["number"]) == (str(leads[0]), made.number)


def test_nobody_approves_what_they_wrote(db, hanna, arno, leads):
    made = drafted(db, arno, leads[0])
    with pytest.raises(ReferringError, match="不能审核自己拟的稿"):
        flow.approve(db, made.id, arno.actor(), NOW, seen=made.step_id)
    with pytest.raises(ReferringError, match="没有复核员角色"):
        flow.approve(db, made.id, hanna.actor(), NOW, seen=made.step_id)
    made = flow.approve(db, made.id, arno.actor(), NOW, seen=made.step_id, policy=ALONE)
    assert made.status == "approved"
    assert audit.recent(db, limit=1)[0].detail["alone"] is True


def test_a_refused_draft_goes_back_with_the_reason(db, hanna, arno, leads):
    made = drafted(db, hanna, leads[0])
    made = flow.approve(db, made.id, arno.actor(), NOW, seen=made.step_id, files=[LETTER])
    with pytest.raises(ReferringError, match="退回须写明理由"):
        flow.refuse(db, made.id, arno.actor(), NOW, seen=made.step_id, note="")
    made = flow.refuse(db, made.id, arno.actor(), NOW, seen=made.step_id, note="缺证据")
    assert (made.status, made.approved_by) == ("draft", None)
    case = queries.get(db, made.id)
    assert (case.steps[-1].note, case.files[0].current) == ("缺证据", False)


def test_of_two_who_act_at_once_the_second_is_told_who_did_what(db, hanna, arno, leads):
    made = drafted(db, hanna, leads[0])
    flow.approve(db, made.id, arno.actor(), NOW, seen=made.step_id)
    before = dump(db)
    with pytest.raises(Stale, match="arno同志 已于 03-05 16:30 对 网移〔2026〕1号 作出“审核通过”"):
        flow.withdraw(db, made.id, hanna.actor(), NOW, seen=made.step_id, note="不移送了")
    assert dump(db) == before


def test_a_lead_opened_again_stops_approval_and_dispatch(db, hanna, arno, leads):
    made = drafted(db, hanna, *leads[:2])
    approved = flow.approve(db, made.id, arno.actor(), NOW, seen=made.step_id)
    seen = decisions.history(db, leads[1])[-1].id
    decisions.decide(db, Decision(leads[1], hanna.actor(), "reopen", seen=seen), NOW, policy=ALONE)
    before = dump(db)
    with pytest.raises(ReferringError, match=f"拟稿之后线索有变，请先修改：{leads[1]}（待研判）"):
        flow.send(db, made.id, hanna.actor(), NOW, seen=approved.step_id)
    assert dump(db) == before


def test_a_department_may_skip_steps_but_not_go_back(db, hanna, arno, leads):
    made = sent(db, hanna, arno, leads[0])
    made = flow.answer(db, made.id, Answer("file", NOW, reference="立1"), hanna.actor(), NOW, seen=made.step_id)
    assert made.status == "filed"
    for kind in ("receive", "accept", "not_file"):
        with pytest.raises(ReferringError, match="现在是“已立案”"):
            flow.answer(db, made.id, Answer(kind), hanna.actor(), NOW, seen=made.step_id)
    for kind in ("approve", "send", "withdraw", "undo", "draft"):
        with pytest.raises(ReferringError, match="不能登记这种答复"):
            flow.answer(db, made.id, Answer(kind), hanna.actor(), NOW, seen=made.step_id)


def test_reconsideration_may_end_in_a_case(db, hanna, arno, leads):
    made = sent(db, hanna, arno, leads[0])
    due = Due(NOW + timedelta(days=3), "reconsider")
    made = flow.answer(db, made.id, Answer("not_file"), hanna.actor(), NOW, seen=made.step_id, due=due)
    asked = Answer("note", note="提请复议", detail={"reconsider": True})
    made = flow.answer(db, made.id, asked, hanna.actor(), NOW, seen=None, due=Due(LATER, "reconsidered"))
    assert (made.status, made.due_kind) == ("not_filed", "reconsidered")
    made = flow.answer(db, made.id, complete("file"), hanna.actor(), NOW, seen=made.step_id)
    assert (made.status, made.due_at) == ("filed", None)


INCOMPLETE = {"file": "立案须写明立案文号", "pass_on": "转送须写明转送给了哪个单位", "close": "办结须写明办理结果"}


@pytest.mark.parametrize("kind", INCOMPLETE)
def test_what_an_answer_is_about_must_be_said(db, hanna, arno, leads, kind):
    made = sent(db, hanna, arno, leads[0], due=DUE)
    before = dump(db)
    with pytest.raises(ReferringError, match=INCOMPLETE[kind]):
        flow.answer(db, made.id, Answer(kind, note="x"), hanna.actor(), NOW, seen=made.step_id)
    assert dump(db) == before
    assert flow.answer(db, made.id, complete(kind), hanna.actor(), NOW, seen=made.step_id).status != "sent"


def test_notes_and_reminders_leave_status_and_timer_alone(db, hanna, arno, leads):
    made = sent(db, hanna, arno, leads[0], due=DUE)
    for answer in (Answer("note", note="电话问过"), Answer("remind", person="李某")):
        made = flow.answer(db, made.id, answer, hanna.actor(), NOW, seen=made.step_id)
        assert (made.status, made.due_at, made.due_kind) == ("sent", DUE.at, "receipt")
    with pytest.raises(ReferringError, match="备注是空的"):
        flow.answer(db, made.id, Answer("note", note=" "), hanna.actor(), NOW, seen=made.step_id)


def test_a_day_that_cannot_be_is_refused(db, hanna, arno, leads):
    made = drafted(db, hanna, leads[0])
    made = flow.approve(db, made.id, arno.actor(), NOW, seen=made.step_id)
    day = timedelta(days=1)
    cases = ((NOW + day, "2026-03-06 还没有到"), (NOW - day, "早于上一步的 2026-03-05"))
    for moment, said in cases:
        with pytest.raises(ReferringError, match=f"送出的时间 .*{said}"):
            flow.send(db, made.id, hanna.actor(), NOW, seen=made.step_id, happened_at=moment)
    made = flow.send(db, made.id, hanna.actor(), NOW, seen=made.step_id)
    for moment, said in cases:
        with pytest.raises(ReferringError, match=f"签收的时间 .*{said}"):
            flow.answer(db, made.id, Answer("receive", moment), hanna.actor(), NOW, seen=made.step_id)


def test_undo_takes_back_the_newest_step_and_restores_the_timer(db, hanna, arno, leads):
    made = sent(db, hanna, arno, leads[0], due=DUE)
    made = flow.answer(db, made.id, Answer("receive"), hanna.actor(), NOW, seen=made.step_id)
    made = flow.answer(db, made.id, Answer("note", note="x"), hanna.actor(), NOW, seen=made.step_id)
    made = flow.undo(db, made.id, hanna.actor(), NOW, seen=made.step_id)
    assert (made.status, made.due_at, made.due_kind) == ("sent", DUE.at, "receipt")
    case = queries.get(db, made.id)
    assert [(step.kind, step.undone) for step in case.steps[2:]] == [
        ("send", False), ("receive", True), ("note", False), ("undo", False)
    ]  # fmt: skip
    made = flow.undo(db, made.id, hanna.actor(), NOW, seen=made.step_id)
    assert (made.status, made.sent_at, made.due_at) == ("approved", None, None)
    assert statuses(db)[leads[0]] == "confirmed"
    assert decisions.history(db, leads[0])[-1].kind == "undo"
    made = flow.send(db, made.id, hanna.actor(), NOW, seen=made.step_id)
    assert (made.status, statuses(db)[leads[0]]) == ("sent", "referred")


def test_a_lead_that_another_referral_holds_stays_referred(db, hanna, arno, leads):
    first = sent(db, hanna, arno, leads[0])
    sent(db, hanna, arno, leads[0], department="public_security", copies=(), again="涉嫌犯罪")
    flow.undo(db, first.id, hanna.actor(), NOW, seen=first.step_id)
    assert statuses(db)[leads[0]] == "referred"


def test_what_was_written_or_withdrawn_cannot_be_undone(db, hanna, leads):
    made = drafted(db, hanna, leads[0])
    with pytest.raises(ReferringError, match="“拟稿”不能撤销"):
        flow.undo(db, made.id, hanna.actor(), NOW, seen=made.step_id)
    made = flow.withdraw(db, made.id, hanna.actor(), NOW, seen=made.step_id, note="x")
    with pytest.raises(ReferringError, match="“撤回”不能撤销"):
        flow.undo(db, made.id, hanna.actor(), NOW, seen=made.step_id)


def test_the_program_may_enter_a_receipt_but_not_send(db, hanna, arno, leads):
    made = sent(db, hanna, arno, leads[0])
    folder = audit.Actor(None, "收件文件夹")
    made = flow.answer(db, made.id, Answer("receive"), folder, NOW, seen=None)
    assert (made.status, queries.get(db, made.id).steps[-1].account_id) == ("received", None)
    with pytest.raises(ReferringError, match="账号"):
        flow.undo(db, made.id, folder, NOW, seen=None)


def test_lists_narrow_and_overdue_is_what_is_awaited(db, hanna, arno, leads):
    first = sent(db, hanna, arno, leads[0], due=DUE)
    second = sent(db, hanna, arno, leads[1], due=Due(NOW + HOUR, "receipt"))
    third = drafted(db, hanna, leads[2], title="100% 的线索")
    closed = sent(db, hanna, arno, leads[3], due=Due(NOW + HOUR, "receipt"))
    flow.answer(db, closed.id, complete("close"), hanna.actor(), NOW, seen=closed.step_id)
    late = NOW + timedelta(days=9)
    assert [one.id for one in queries.overdue(db, late)] == [second.id, first.id]
    assert queries.overdue(db, NOW) == []
    assert [one.id for one in queries.find(db)] == [closed.id, third.id, second.id, first.id]
    assert [one.id for one in queries.find(db, before=second.id)] == [first.id]
    for wanted, found in (
        (Filter(status=("draft",)), [third.id]),
        (Filter(text="100%"), [third.id]),
        (Filter(text="%的"), []),
        (Filter(lead_id=leads[0]), [first.id]),
        (Filter(department="agriculture"), []),
    ):
        assert [one.id for one in queries.find(db, wanted)] == found
        assert queries.count(db, wanted) == len(found)
    told = queries.counts(db, late)
    assert (told.by_status, told.overdue) == ({"closed": 1, "draft": 1, "sent": 2}, 2)
    assert queries.by_number(db, first.number).id == first.id
    for absent in (0, 999, 2**70):
        with pytest.raises(Absent):
            queries.get(db, absent)


def test_a_disabled_approver_is_refused(db, hanna, leads):
    made = drafted(db, hanna, leads[0])
    gone = account(db, "gone", "monitor")
    with pytest.raises(ReferringError, match="没有复核员角色"):
        flow.approve(db, made.id, gone.actor(), NOW, seen=made.step_id)
