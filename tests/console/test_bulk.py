from __future__ import annotations

import re
from html import unescape

import pytest

from storage.review import audit, decisions, queue, reasons
from storage.review.audit import Actor
from storage.review.filters import Filters
from tests.console import filling
from tests.console.serving import serving


@pytest.fixture
def li(served):
    return served.signed_in("demo_li", "reviewer")


def digest_on(html: str) -> str:
    return re.search(r'name="digest" value="([0-9a-f]+)"', html)[1]


def test_one_decision_over_all_leads_of_a_queue_with_a_row_each(served, li):
    ids = filling.fill(served.db, 5)
    page = li.get("/queue/bulk?term=猫头鹰").text
    assert "对这 5 条作出决定" in page
    done = li.post(
        "/queue/bulk", do="dismiss", reason="not_trade.news", note="转载", digest=digest_on(page), back="term=猫头鹰"
    )
    assert "5 条" in done.text
    assert [row.id for row in queue.page(served.db, Filters(status=("dismissed",)), served.clock()).rows] == ids
    assert {decisions.history(served.db, lead)[0].bulk_id for lead in ids} != {None}
    actions = [one.action for one in audit.recent(served.db, limit=6)]
    assert actions == ["bulk", *["lead.dismiss"] * 5]


def test_what_changed_since_the_preview_is_not_decided(served, li):
    first, *_ = filling.fill(served.db, 3)
    page = li.get("/queue/bulk").text
    other = served.signed_in("demo_wang", "reviewer")
    other.post(f"/leads/{first}/decide", do="dismiss:outside")
    answer = li.post("/queue/bulk", do="dismiss", reason="other", note="同样的", digest=digest_on(page), back="")
    assert answer.status_code == 409
    assert "预览之后结果有了变化" in answer.text
    assert "同样的</textarea>" in answer.text
    assert len(queue.page(served.db, Filters(status=("new",)), served.clock()).rows) == 2


def test_leads_of_others_are_skipped_and_named(served, li):
    first, second = filling.fill(served.db, 2)
    served.signed_in("demo_wang", "reviewer").get(f"/leads/{first}")
    page = li.get("/queue/bulk").text
    assert "他人研判中 1，将跳过" in page
    done = li.post("/queue/bulk", do="dismiss", reason="outside", digest=digest_on(page), back="").text
    assert "跳过 1 条" in done
    assert "demo_wang先生 正在研判" in done
    assert queue.row(served.db, second, served.clock()).status == "dismissed"


def test_a_reason_is_needed_and_other_kinds_are_refused(served, li):
    filling.fill(served.db, 2)
    page = li.get("/queue/bulk").text
    for form in ({"do": "dismiss"}, {"do": "approve"}, {"do": "note", "note": "x"}, {"do": ""}):
        assert li.post("/queue/bulk", digest=digest_on(page), back="", **form).status_code == 422, form


def test_a_bulk_decision_is_taken_back_as_one_except_where_others_went_on(served, li):
    ids = filling.fill(served.db, 4)
    page = li.get("/queue/bulk").text
    done = li.post("/queue/bulk", do="dismiss", reason="outside", digest=digest_on(page), back="").text
    batch = re.search(r'name="bulk_id" value="([0-9a-f]+)"', done)[1]
    wang = served.signed_in("demo_wang", "reviewer")
    assert wang.post("/queue/bulk/undo", bulk_id=batch).status_code == 422  # not theirs
    seen = re.search(r'name="seen" value="(\d*)"', wang.get(f"/leads/{ids[0]}").text)[1]
    assert wang.post(f"/leads/{ids[0]}/decide", do="reopen", seen=seen).status_code == 303
    answer = li.post("/queue/bulk/undo", bulk_id=batch)
    assert "已撤销：3 条" in answer.text
    assert "跳过 1 条" in answer.text
    assert [queue.row(served.db, lead, served.clock()).status for lead in ids] == ["new"] * 4
    assert [step.kind for step in decisions.history(served.db, ids[0])] == ["dismiss", "reopen"]
    actions = [one.action for one in audit.recent(served.db, limit=4)]
    assert actions == ["bulk.undo", *["lead.undo"] * 3]
    assert "已撤销：0 条" in li.post("/queue/bulk/undo", bulk_id=batch).text


def test_undo_takes_no_lead_out_of_a_batch_and_leads_to_taking_back_all_of_it(served, li):
    ids = filling.fill(served.db, 5)
    digest = digest_on(li.get("/queue/bulk").text)
    done = li.post("/queue/bulk", do="needs_info", digest=digest, back="").text
    answer = li.post("/undo", back="status=needs_info")
    assert answer.status_code == 422
    assert "不能只撤销其中一条" in answer.text
    assert "待补充，5 条" in answer.text
    assert [queue.row(served.db, lead, served.clock()).status for lead in ids] == ["needs_info"] * 5
    batch = re.search(r'name="bulk_id" value="([0-9a-f]+)"', done)[1]
    assert f'name="bulk_id" value="{batch}"' in answer.text
    assert 'name="back" value="status=needs_info"' in answer.text
    assert "已撤销：5 条" in li.post("/queue/bulk/undo", bulk_id=batch, back="status=needs_info").text
    assert [queue.row(served.db, lead, served.clock()).status for lead in ids] == ["new"] * 5
    assert "没有可以撤销的决定" in li.post("/undo").text


def test_a_bulk_decision_is_taken_back_within_half_an_hour_only(served, li):
    (lead,) = filling.fill(served.db, 1)
    page = li.get("/queue/bulk").text
    done = li.post("/queue/bulk", do="dismiss", reason="outside", digest=digest_on(page), back="").text
    served.clock.go_on(minutes=29)
    li.get("/queue")
    served.clock.go_on(minutes=2)
    batch = re.search(r'name="bulk_id" value="([0-9a-f]+)"', done)[1]
    answer = li.post("/queue/bulk/undo", bulk_id=batch)
    assert answer.status_code == 422
    assert "半小时" in answer.text
    assert queue.row(served.db, lead, served.clock()).status == "dismissed"


def test_another_reason_has_to_be_written_down(served, li):
    ids = filling.fill(served.db, 2)
    digest = digest_on(li.get("/queue/bulk").text)
    answer = li.post("/queue/bulk", do="dismiss", reason="other", digest=digest, back="")
    assert answer.status_code == 422
    assert "选“其他”须在备注中写明理由" in answer.text
    assert [decisions.history(served.db, lead) for lead in ids] == [(), ()]


def test_a_reason_retired_while_the_form_was_open_is_said_once_and_the_form_is_kept(served, li):
    ids = filling.fill(served.db, 3)
    digest = digest_on(li.get("/queue/bulk").text)
    reasons.change(served.db, "not_trade.news", Actor(None, "test"), served.clock(), retired=True)
    for code in ("not_trade.news", "nope"):
        answer = li.post("/queue/bulk", do="dismiss", reason=code, note="同样的", digest=digest, back="term=猫头鹰")
        assert answer.status_code == 422
        assert answer.text.count("没有这个理由") == 1
        assert "同样的</textarea>" in answer.text
        assert digest_on(answer.text) == digest
    assert [decisions.history(served.db, lead) for lead in ids] == [()] * 3
    done = li.post("/queue/bulk", do="dismiss", reason="outside", digest=digest, back="term=猫头鹰")
    assert "3 条" in done.text


def test_the_cap_holds(db):
    with serving(db, bulk_cap=3) as served:
        filling.fill(db, 4)
        li = served.signed_in("demo_li", "reviewer")
        assert "最多 3 条" in li.get("/queue/bulk").text
        answer = li.post("/queue/bulk", do="dismiss", reason="outside", digest="x", back="")
        assert answer.status_code == 422
        assert "先缩小范围" in answer.text


def test_grave_leads_wait_for_a_second_person(served, li):
    filling.fill(served.db, 2)
    page = li.get("/queue/bulk").text
    assert "确认须复核 2" in page
    li.post("/queue/bulk", do="confirm", digest=digest_on(page), back="")
    assert len(queue.page(served.db, Filters(status=("pending",)), served.clock()).rows) == 2


def told(html):
    """What a result page says became of the leads."""
    return re.sub("<[^>]+>", "", re.search(r'<p class="success">(.*?)（批次', html)[1])


def test_what_waits_for_a_second_person_is_not_told_as_confirmed(served, li):
    filling.fill(served.db, 2)
    done = li.post("/queue/bulk", do="confirm", digest=digest_on(li.get("/queue/bulk").text), back="term=猫头鹰").text
    assert told(done) == "确认：0 条；提请复核：2 条"
    assert "须由另一名复核员同意" in done
    (way,) = re.findall(r'href="([^"]*)">提请复核', done)
    rows = li.get(unescape(way)).text
    assert rows.count("<tr data-row") == 2
    assert "term=" in way


def test_what_is_confirmed_at_once_is_told_apart_from_what_waits(db):
    with serving(db, second={"confirm": "serious", "serious_score": 94}) as served:
        filling.fill(db, 3)
        li = served.signed_in("demo_li", "reviewer")
        done = li.post(
            "/queue/bulk", do="confirm", digest=digest_on(li.get("/queue/bulk?q=第3号").text), back="q=第3号"
        )
        assert told(done.text) == "确认：1 条"
        done = li.post("/queue/bulk", do="confirm", digest=digest_on(li.get("/queue/bulk").text), back="held=")
        assert told(done.text) == "确认：0 条；提请复核：2 条"
        assert "status=confirmed" not in done.text


def test_titles_are_shown_without_what_cannot_be_seen(served, li):
    filling.one(served.db, title="出地\u200b枪配件")
    page = li.get("/queue/bulk?status=new").text
    assert "出地枪配件" in page
    assert "\ufffd" not in page
