from __future__ import annotations

import pytest

from console.services import RECORD
from pipelines.records import detection_record
from storage import leads
from storage.review import audit, queue
from tests.console.serving import serving

FORM = {
    "source": "12315", "title": "有人卖猫头鹰", "body": "投诉人称某店出售活体猫头鹰\r\n价格三千", "seller": "林中客", "price": "3000元",
    "contact_kind": "phone", "contact": "13800001234", "reference": "GD-2026-1", "due": "2026-11-02", "region": "某县",
}  # fmt: skip


@pytest.fixture
def served(db):
    with serving(db, facts={RECORD: detection_record}) as running:
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


def test_what_is_missing_or_wrong_is_said_and_nothing_is_lost(served):
    li = served.signed_in("demo_li", "reviewer")
    wrong = {"source": "", "title": " ", "url": "javascript:alert(1)", "due": "tomorrow", "contact_kind": "x"}
    for name, value in wrong.items():
        answer = li.post("/manual", **{**FORM, name: value})
        assert answer.status_code == 422, name
        assert "GD-2026-1" in answer.text
        assert "投诉人称某店出售活体猫头鹰" in answer.text
    assert queue.page(served.db, queue.Filters(), served.clock()).rows == ()
