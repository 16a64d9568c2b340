from __future__ import annotations

from datetime import timedelta

import pytest

from storage import leads
from storage.review import leasing, permits, queue, tokens
from storage.review.permits import Place
from tests.console import filling
from tests.console.serving import SETUP
from tests.storage.review.making import lead_ids
from tests.storage.review.test_permits import FARM, claiming


def program(served, name: str, *roles: str):
    number = served.person(name, *roles)
    key = tokens.create(served.db, number, "demo", roles, SETUP, served.clock(), lasts=timedelta(days=1))
    return served.browser(headers={"authorization": f"Bearer {key}"})


@pytest.fixture
def reviewer(served):
    return program(served, "demo_li", "reviewer")


def test_the_queue_page_by_page(served, reviewer):
    ids = filling.fill(served.db, 5)
    seen, after = [], ""
    while after is not None:
        answer = reviewer.get("/api/v1/leads", params={"limit": 2, "after": after}).json()
        seen += [one["id"] for one in answer["leads"]]
        after = answer["next"]
    assert seen == ids
    assert reviewer.get("/api/v1/leads", params={"q": "第3号"}).json()["leads"][0]["id"] == ids[2]
    assert reviewer.get("/api/v1/leads", params={"status": "no"}).status_code == 422


def test_one_lead_in_full_with_contacts_masked(served, reviewer):
    lead = filling.one(served.db)
    answer = reviewer.get(f"/api/v1/leads/{lead}")
    assert "13800001234" not in answer.text
    found = answer.json()
    (hit,) = found["hits"]
    assert found["text"][hit["start"] : hit["end"]] == hit["matched"] == "猫头鹰"
    assert found["departments"] == ["forestry", "market_supervision", "cyberspace"]
    assert found["explanation"]["factors"][0]["label"] == "交易意图"
    assert reviewer.get("/api/v1/leads/999").status_code == 404


def test_papers_are_told_with_what_was_found_out(served, reviewer):
    (lead,) = lead_ids(served.db, *filling.site_and_run(served.db), claiming("1", FARM, contacts=filling.CONTACTS))
    open_yet = {"paper": FARM[0], "number": FARM[1], "outcome": "open", "note": "", "who": "", "at": None}
    assert reviewer.get(f"/api/v1/leads/{lead}").json()["permits"] == [open_yet]
    place = Place(lead, leads.get(served.db, lead).lead.detection_id, 1)
    permits.say(served.db, place, "invalid", "卖家电话 13800001234 答复不出", SETUP, served.clock())
    (told,) = reviewer.get(f"/api/v1/leads/{lead}").json()["permits"]
    assert (told["outcome"], told["at"][:10]) == ("invalid", "2026-11-02")
    assert "138****1234" in told["note"]


def test_decide_collide_and_undo(served, reviewer):
    lead = filling.one(served.db)
    address = f"/api/v1/leads/{lead}/decisions"
    assert reviewer.post(address, json={"kind": "dismiss"}).status_code == 422
    assert (
        "kind：没有这个值，可用：confirm, " in reviewer.post(address, json={"kind": "agree"}).json()["error"]["message"]
    )
    done = reviewer.post(address, json={"kind": "dismiss", "reason": "not_trade.news", "note": "转载"})
    assert done.json() == {"decision": 1, "lead": lead, "kind": "dismiss", "status": "dismissed"}
    other = program(served, "demo_wang", "reviewer")
    answer = other.post(address, json={"kind": "reopen"})
    assert answer.status_code == 409
    assert "demo_li先生" in answer.json()["error"]["message"]
    assert other.post(address, json={"kind": "approve", "seen": 1}).status_code == 422
    assert reviewer.post("/api/v1/decisions/undo").json()["status"] == "new"
    assert reviewer.get(f"/api/v1/leads/{lead}").json()["history"][0]["undone"] is True
    leasing.take(served.db, lead, 1, served.clock())
    assert other.post(address, json={"kind": "confirm", "seen": 2}).status_code == 409
    assert queue.row(served.db, lead, served.clock()).status == "new"


def test_roles_hold_for_programs(served):
    lead = filling.one(served.db)
    monitor = program(served, "demo_zhao", "monitor")
    assert monitor.get(f"/api/v1/leads/{lead}").status_code == 200
    assert monitor.post(f"/api/v1/leads/{lead}/decisions", json={"kind": "confirm"}).status_code == 403
    assert served.browser().get("/api/v1/leads").status_code == 401


def test_programs_that_never_see_contacts_cannot_find_leads_by_them(served):
    filling.one(served.db)
    monitor = program(served, "demo_zhao", "monitor")
    assert monitor.get("/api/v1/leads", params={"q": "demo_owl"}).status_code == 422
    assert monitor.get("/api/v1/leads", params={"q": "猫头鹰"}).status_code == 200
