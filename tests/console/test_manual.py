from __future__ import annotations

import pytest

from console.services import RECORD
from crawler.fields.contact import contact_spans, read_contacts
from pipelines.records import detection_record
from storage import leads, runs, sites
from storage.records import ContactRecord
from storage.review import audit, queue
from storage.review.manual import LONGEST_BODY
from tests.console.serving import serving
from tests.console.test_leads_api import program

FORM = {
    "source": "12315", "title": "有人卖猫头鹰", "body": "投诉人称某店出售活体猫头鹰\r\n价格三千", "seller": "林中客", "price": "3000元",
    "contact_kind": "phone", "contact": "13800001234", "reference": "GD-2026-1", "due": "2026-11-02", "region": "某县",
}  # fmt: skip


@pytest.fixture
def served(db):
    facts = {
        RECORD: detection_record,
        "contact_spans": contact_spans,
        "read_contacts": lambda text: tuple(ContactRecord(c.kind, c.value, c.text) for c in read_contacts(text)),
    }
    with serving(db, facts=facts) as running:
        yield running


def test_a_lead_from_elsewhere_is_judged_kept_and_pinned(served):
    li = served.signed_in("demo_li", "reviewer")
    answer = li.post("/manual", **FORM)
    assert answer.status_code == 303, answer.text
    lead_id = int(answer.headers["location"].rpartition("/")[2])
    row = queue.row(served.db, lead_id, served.clock())
    assert (row.source, row.seller, row.price_text) == ("12315", "林中客", "3000元")
    assert row.due_at.isoformat() == "2026-11-02T16:00:00+00:00"  # the end of that day here
    lead = leads.get(served.db, lead_id).lead
    assert lead.text == "有人卖猫头鹰\n投诉人称某店出售活体猫头鹰\n价格三千"
    assert "猫头鹰" in [hit.matched for hit in lead.hits]
    assert all(lead.text[hit.start : hit.end] == hit.matched for hit in lead.hits)
    page = li.get("/queue").text
    assert 'class="pinned"' in page
    assert "12315" in page
    assert audit.recent(served.db, limit=1)[0].action == "lead.enter"
    assert 'class="on-hit"' in li.get(f"/leads/{lead_id}").text
    for shown in (page, li.get(f"/leads/{lead_id}").text, li.get("/queue/bulk").text):
        assert "录入：12315" in shown
        assert ">manual:" not in shown


def test_what_is_missing_or_wrong_is_said_and_nothing_is_lost(served):
    li = served.signed_in("demo_li", "reviewer")
    wrong = {"source": "", "title": " ", "url": "javascript:alert(1)", "due": "tomorrow", "contact_kind": "x"}
    for name, value in wrong.items():
        answer = li.post("/manual", **{**FORM, name: value})
        assert answer.status_code == 422, name
        assert "GD-2026-1" in answer.text
        assert "投诉人称某店出售活体猫头鹰" in answer.text
    assert queue.page(served.db, queue.Filters(), served.clock()).rows == ()


def entered(browser, **changes) -> str:
    """The address of the lead that was made."""
    answer = browser.post("/manual", **{**FORM, **changes})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def test_contacts_of_the_text_can_be_revealed(served):
    li = served.signed_in("demo_li", "reviewer")
    address = entered(li, body="微信 demo_owl8 电话 13800005678", contact="")
    page = li.get(address).text
    assert "demo_owl8" not in page
    assert f'action="{address}/reveal"' in page
    revealed = li.post(f"{address}/reveal").text
    assert "13800005678" in revealed
    kept = leads.get(served.db, int(address.rpartition("/")[2])).lead.contacts
    assert {(one.kind, one.value) for one in kept} == {("wechat", "demo_owl8"), ("phone", "13800005678")}


def test_what_is_typed_is_not_kept_twice(served):
    li = served.signed_in("demo_li", "reviewer")
    address = entered(li, body="电话 13800001234")
    assert len(leads.get(served.db, int(address.rpartition("/")[2])).lead.contacts) == 1


def test_nothing_masked_nothing_to_reveal(served):
    li = served.signed_in("demo_li", "reviewer")
    address = entered(li, contact="")
    assert "/reveal" not in li.get(address).text


@pytest.mark.parametrize(
    ("kind", "value"), [("phone", "不是号码😀"), ("wechat", "没有"), ("qq", "12"), ("other", "😀")]
)
def test_what_is_no_contact_is_refused(served, kind, value):
    li = served.signed_in("demo_li", "reviewer")
    assert li.post("/manual", **{**FORM, "contact_kind": kind, "contact": value}).status_code == 422
    assert queue.page(served.db, queue.Filters(), served.clock()).rows == ()


def test_the_day_of_a_deadline_is_shown_as_it_was_typed(served):
    li = served.signed_in("demo_li", "reviewer")
    page = li.get(entered(li, due="2026-11-05")).text
    assert "期限 2026-11-05<" in page
    assert "2026-11-06" not in page


def test_a_past_deadline_and_the_same_entry_are_asked_about_once(served):
    li = served.signed_in("demo_li", "reviewer")
    late = li.post("/manual", **{**FORM, "due": "2026-11-01"})
    assert late.status_code == 422
    assert "期限已经过去" in late.text
    first = entered(li, due="2026-11-01", sure="1").rpartition("/")[2]
    again = li.post("/manual", **FORM)
    assert again.status_code == 422
    assert f"线索 #{first}" in again.text
    assert 'name="sure"' in again.text
    assert entered(li, sure="1") != f"/leads/{first}"


def test_a_tip_without_hits_is_said_to_be_from_a_person(served):
    li = served.signed_in("demo_li", "reviewer")
    page = li.get(entered(li, title="群众来电", body="反映情况，请核实")).text
    assert "人工录入</span>" in page
    assert "35.0 分" in page
    assert "人工录入：按待核起点计分" in page


def test_the_number_at_the_source_is_shown_told_and_found(served):
    li = served.signed_in("demo_li", "reviewer")
    address = entered(li)
    page = li.get(address).text
    assert '<dt>来源编号</dt><dd class="foreign break">GD-2026-1</dd>' in page
    assert "<dt>来源</dt><dd>12315 · 人工录入</dd>" in page
    lead = leads.get(served.db, int(address.rpartition("/")[2])).lead
    assert lead.key not in page  # means nothing to anybody
    told = program(served, "demo_bot", "reviewer").get(f"/api/v1{address}").json()
    assert told["reference"] == "GD-2026-1"
    for query in ("GD-2026-1", "gd-2026", "2026-1"):
        assert f'href="{address}' in li.get("/queue", params={"status": "all", "q": query}).text
    assert f'href="{address}' not in li.get("/queue", params={"status": "all", "q": "GD-2025"}).text


def test_a_contact_in_place_of_the_number_is_masked(served):
    li = served.signed_in("demo_li", "reviewer")
    address = entered(li, reference="13800001234", contact="")
    assert "13800001234" not in li.get(address).text
    assert "13800001234" in li.post(f"{address}/reveal").text


@pytest.mark.parametrize(
    ("field", "label", "most"), [("body", "内容", LONGEST_BODY), ("title", "标题", 200), ("seller", "卖家", 100)]
)
def test_what_is_too_long_is_handed_back_whole(served, field, label, most):
    li = served.signed_in("demo_li", "reviewer")
    assert "maxlength" not in li.get("/manual").text.split('action="/manual"')[1]
    given = "长" * (most * 3) + "尾"
    answer = li.post("/manual", **{**FORM, field: given})
    assert answer.status_code == 422
    assert f"{label}有 {most * 3 + 1} 个字，最多 {most} 个字" in answer.text
    assert given in answer.text
    assert "GD-2026-1" in answer.text
    assert queue.page(served.db, queue.Filters(), served.clock()).rows == ()
    kept = entered(li, **{field: "长" * most})
    assert getattr(leads.get(served.db, int(kept.rpartition("/")[2])).history.snapshots[0], field) == "长" * most


def test_what_is_typed_in_is_no_crawl(served):
    entered(served.signed_in("demo_li", "reviewer"))
    monitor = served.signed_in("demo_wang", "monitor", "auditor")
    shown = monitor.get("/sites").text
    assert "manual:" not in shown
    assert "没有站点" in shown
    assert monitor.get("/sites/manual:12315").status_code == 404
    (run,) = runs.recent(served.db, sites.find(served.db, "manual:12315"), 9)
    assert monitor.get(f"/sites/manual:12315/runs/{run.id}").status_code == 404
    figures = monitor.get("/figures").text
    assert "manual:" not in figures
    assert "录入：12315" in figures.split('id="site"')[1].split("</section>")[0]
    assert "12315" not in figures.split('id="health"')[1].split("</section>")[0]
    assert "来源编号：GD-2026-1" in monitor.get("/audit").text
