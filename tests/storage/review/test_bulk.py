from __future__ import annotations

import pytest

from storage.review import audit, bulk, decisions, leasing, reasons
from storage.review.audit import Wanted
from storage.review.exceptions import Conflict, PartOfBatch, ReviewError
from storage.review.filters import Filters
from storage.review.records import Batch, Decision
from storage.review.second import ALONE, Policy
from tests.storage.making import NOW
from tests.storage.review.making import lead_ids, offer

TOYS = Filters(text="玩具", status=("new",))


@pytest.fixture
def leads(db, site_id, run_id):
    records = [offer(str(n), "玩具象牙" if n < 4 else "象牙", score=float(n)) for n in range(6)]
    return lead_ids(db, site_id, run_id, *records)


def template(who, **facts):
    return Decision(
        0, who.actor("127.0.0.1"), **{"kind": "dismiss", "reason": "not_object.toy", "note": "批量"} | facts
    )


def test_all_of_a_query(db, leads, anna):
    shown = bulk.preview(db, TOYS, NOW)
    assert ([row.id for row in shown.rows], shown.over) == (leads[3::-1], False)
    done = bulk.decide_all(db, TOYS, template(anna), NOW, digest=shown.digest)
    assert [(one.lead_id, one.status) for one in done.decided] == [(lead, "dismissed") for lead in leads[:4]]
    assert done.skipped == ()
    assert decisions.history(db, leads[0])[0].bulk_id == done.bulk_id
    assert decisions.history(db, leads[4]) == ()
    assert len(audit.recent(db, Wanted(action="lead.dismiss"))) == 4
    (summary,) = audit.recent(db, Wanted(kind="bulk", object_id=done.bulk_id))
    assert summary.detail == {"decided": 4, "skipped": 0, "kind": "dismiss"}


def test_what_others_hold_is_skipped(db, leads, anna, bert):
    leasing.take(db, leads[1], bert.id, NOW)
    digest = bulk.preview(db, TOYS, NOW).digest
    done = bulk.decide_all(db, TOYS, template(anna), NOW, digest=digest)
    assert [one.lead_id for one in done.decided] == [leads[0], leads[2], leads[3]]
    ((skipped, why),) = done.skipped
    assert skipped == leads[1]
    assert "bert同志 正在研判" in why


def test_only_what_was_previewed(db, leads, anna, bert):
    digest = bulk.preview(db, TOYS, NOW).digest
    decisions.decide(db, Decision(leads[0], bert.actor(), "note", note="等等"), NOW, policy=ALONE)
    with pytest.raises(Conflict, match="重新预览"):
        bulk.decide_all(db, TOYS, template(anna), NOW, digest=digest)
    assert decisions.history(db, leads[1]) == ()


def test_the_cap(db, leads, anna):
    shown = bulk.preview(db, TOYS, NOW, cap=3)
    assert (len(shown.rows), shown.over) == (3, True)
    with pytest.raises(ReviewError, match="最多 3 条"):
        bulk.decide_all(db, TOYS, template(anna), NOW, digest=shown.digest, cap=3)
    assert bulk.preview(db, TOYS, NOW, cap=4).over is False


def test_each_lead_has_its_second_person(db, leads, anna):
    digest = bulk.preview(db, TOYS, NOW).digest
    policy = Policy(verdicts=frozenset({"alert"}))
    done = bulk.decide_all(db, TOYS, template(anna, kind="confirm", reason=None), NOW, digest=digest, policy=policy)
    assert {one.status for one in done.decided} == {"pending"}


def test_no_lead_is_taken_out_of_a_batch(db, leads, anna, bert):
    before = decisions.decide(db, Decision(leads[4], anna.actor(), "needs_info"), NOW, policy=ALONE)
    digest = bulk.preview(db, TOYS, NOW).digest
    done = bulk.decide_all(db, TOYS, template(anna), NOW, digest=digest)
    for _ in range(2):
        with pytest.raises(PartOfBatch, match=f"批次 {done.bulk_id}，.*4 条") as told:
            decisions.undo(db, anna.actor(), NOW)
        assert told.value.batch == Batch(done.bulk_id, "dismiss", NOW, 4)
    assert [len(decisions.history(db, lead)) for lead in leads[:4]] == [1] * 4
    with pytest.raises(ReviewError, match="没有可以撤销"):
        decisions.undo(db, bert.actor(), NOW)
    with pytest.raises(ReviewError, match="没有可以撤销"):
        decisions.undo(db, anna.actor(), NOW + decisions.UNDO_WITHIN * 2)
    bulk.undo_all(db, done.bulk_id, anna.actor(), NOW)
    assert decisions.undo(db, anna.actor(), NOW).lead_id == before.lead_id


def test_what_was_decided_on_one_after_a_batch_is_taken_back_first(db, leads, anna):
    digest = bulk.preview(db, TOYS, NOW).digest
    done = bulk.decide_all(db, TOYS, template(anna), NOW, digest=digest)
    decisions.decide(db, Decision(leads[0], anna.actor(), "reopen", seen=done.decided[0].id), NOW, policy=ALONE)
    undone = decisions.undo(db, anna.actor(), NOW)
    assert (undone.lead_id, undone.status) == (leads[0], "dismissed")
    with pytest.raises(PartOfBatch):
        decisions.undo(db, anna.actor(), NOW)


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"reason": "nope"}, "没有这个理由"),
        ({"reason": "not_object.toy"}, "已停用"),
        ({"note": "长" * 5_001}, "备注不能超过"),
    ],
)
def test_what_no_lead_could_have_is_refused_as_a_whole(db, leads, anna, facts, why):
    reasons.change(db, "not_object.toy", anna.actor(), NOW, retired="toy" in facts.get("reason", ""))
    digest = bulk.preview(db, TOYS, NOW).digest
    with pytest.raises(ReviewError, match=why):
        bulk.decide_all(db, TOYS, template(anna, **facts), NOW, digest=digest)
    assert [decisions.history(db, lead) for lead in leads] == [()] * 6
    assert audit.recent(db, Wanted(kind="bulk")) == []


def test_not_for_many(db, leads, anna):
    with pytest.raises(ReviewError, match="批量"):
        bulk.decide_all(db, TOYS, template(anna, kind="approve"), NOW, digest="")
