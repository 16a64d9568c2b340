"""Decided leads whose page changed since: marked in the queue, looked at again, kept or decided anew."""

from __future__ import annotations

from datetime import timedelta

from storage import listings
from storage.review import accounts, decisions, queue
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.console import filling
from tests.storage.making import NOW


def test_a_changed_page_is_marked_and_the_conclusion_kept(served):
    db = served.db
    reviewer = served.signed_in("demo_li", "reviewer")
    place = filling.site_and_run(db)
    lead = filling.one(db)
    who = accounts.by_name(db, "demo_li").actor()
    decisions.decide(db, Decision(lead, who, "dismiss", reason="not_object.toy"), NOW, policy=ALONE)
    page = reviewer.get(f"/leads/{lead}").text
    assert "内容有变" not in page
    assert 'value="keep"' not in page
    assert "没有符合条件的线索" in reviewer.get("/queue?status=all&changed=1").text
    later = NOW + timedelta(days=1)
    listings.write(db, *place, [filling.ad("1", at=later, body="出售猫头鹰,活体,真的,微信 demo_owl")])
    text = reviewer.get("/queue?status=all&changed=1").text
    assert f"/leads/{lead}?" in text
    assert 'title="作出结论后内容有变' in text
    assert queue.row(db, lead, later).status == "dismissed"  # the decision stands
    page = reviewer.get(f"/leads/{lead}?status=all&changed=1").text
    assert "<strong>内容有变</strong>：作出“已排除”的结论之后" in page
    form = {"do": "keep", "seen": str(decisions.history(db, lead)[-1].id), "back": "status=all&changed=1"}
    answer = reviewer.post(f"/leads/{lead}/decide", **form)
    assert answer.headers["location"] == f"/queue?status=all&changed=1&done={lead}"
    assert "维持结论" in reviewer.get(f"/leads/{lead}").text
    assert queue.row(db, lead, later).changed_at is None
    assert reviewer.post(f"/leads/{lead}/decide", **form).status_code == 409
