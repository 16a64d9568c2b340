from __future__ import annotations

from datetime import timedelta

import pytest

from storage.referral import campaigns, feedback, queries
from storage.referral.campaign_records import Plan
from storage.review import tokens
from tests.console.referring import confirmed, referring
from tests.console.serving import SETUP


class Programs:
    """Tokens of two people, and confirmed leads."""

    def __init__(self, served, db, folder) -> None:
        self.served, self.db = served, db
        self.li, self.zhao = self.program("demo_li", "handler"), self.program("demo_zhao", "approver")
        self.leads = confirmed(db, folder, 1, 3)

    def program(self, name: str, *roles: str):
        number = self.served.person(name, *roles)
        key = tokens.create(self.db, number, "demo", roles, SETUP, self.served.clock(), lasts=timedelta(days=1))
        return self.served.browser(headers={"authorization": f"Bearer {key}"})

    def step(self, who, number: int, kind: str, **facts):
        seen = queries.one(self.db, number).step_id
        return who.post(f"/api/v1/referrals/{number}/steps", json={"kind": kind, "seen": seen} | facts)


@pytest.fixture
def api(db, tmp_path):
    with referring(db, tmp_path) as served:
        yield Programs(served, db, tmp_path)


def test_from_the_draft_to_the_result(api):
    made = api.li.post("/api/v1/referrals", json={"leads": api.leads[:2]}).json()
    assert (made["department"], made["template"], made["status"]) == ("forestry", "lead", "draft")
    assert made["copies"] == ["market_supervision", "cyberspace"]
    number = made["id"]
    assert api.step(api.li, number, "approve").status_code == 403
    assert api.step(api.zhao, number, "approve").json()["status"] == "approved"
    at = "2026-11-02T08:30:00+08:00"
    assert api.step(api.li, number, "send", happened_at=at, reference="专人").json()["due_kind"] == "receipt"
    naive = api.step(api.li, number, "receive", happened_at="2026-11-02T08:30:00")
    assert "时区" in naive.json()["error"]["message"]
    assert api.step(api.li, number, "file", reference="示公立〔2026〕1号", person="周警官").json()["status"] == "filed"
    result = {
        "unit": "东镇", "title": "张某案", "happened_on": "2026-11-01", "filed": True, "people": 2, "fined": 0.3,
        "seizures": [{"kind": "animal", "name": "猫头鹰", "amount": 3, "unit": "只"}],
    }  # fmt: skip
    kept = api.li.post(f"/api/v1/referrals/{number}/feedback", json=result)
    assert kept.json()["fined"] == "0.3"
    assert feedback.of_referral(api.db, number)[0].people == 2
    found = api.li.get(f"/api/v1/referrals/{number}").json()
    assert [one["kind"] for one in found["steps"]] == ["draft", "approve", "send", "file"]
    assert found["leads"][0]["contacts"][0] == ["phone", "138****1234"]
    assert "13800001234" not in str(found)
    assert found["feedback"] == [kept.json()["id"]]
    assert len(found["files"]) == 6


def test_who_drafted_does_not_approve_by_program_either(api):
    both = api.program("demo_wu", "handler", "approver")
    number = both.post("/api/v1/referrals", json={"leads": [api.leads[0]]}).json()["id"]
    answer = api.step(both, number, "approve")
    assert answer.status_code == 422
    assert "自己拟的稿" in answer.json()["error"]["message"]


def test_conflicts_and_mistakes(api):
    made = api.li.post("/api/v1/referrals", json={"leads": [api.leads[0]]}).json()
    twice = api.li.post("/api/v1/referrals", json={"leads": [api.leads[0]]})
    assert (twice.status_code, made["number"] in twice.json()["error"]["message"]) == (409, True)
    api.step(api.zhao, made["id"], "approve")
    stale = api.li.post(f"/api/v1/referrals/{made['id']}/steps", json={"kind": "send", "seen": made["step"]})
    assert stale.status_code == 409
    assert "demo_zhao先生" in stale.json()["error"]["message"]
    for sent, status in (
        ({"leads": []}, 422), ({"leads": [999]}, 404), ({"leads": [1], "template": "x"}, 422), ({"leads": [2], "department": "x"}, 422),
        ({"leads": [2], "nonsense": 1}, 422),
    ):  # fmt: skip
        assert api.li.post("/api/v1/referrals", json=sent).status_code == status, sent
    assert api.li.get("/api/v1/referrals/99").status_code == 404
    assert api.program("demo_mo", "monitor").get("/api/v1/referrals").status_code == 403


def test_what_is_wrong_is_told_by_the_field(api):
    def said(address, sent):
        answer = api.li.post(address, json=sent)
        assert answer.status_code == 422
        return answer.json()["error"]["message"]

    assert said("/api/v1/referrals", {"leads": []}) == "leads：不能为空"
    told = said("/api/v1/referrals", {"nonsense": 1, "leads": [0]})
    assert "leads.0：填写不正确" in told
    assert "nonsense：没有这个字段" in told
    assert "kind：没有这个值，可用：approve, refuse, " in said("/api/v1/referrals/1/steps", {"kind": "agree"})


def test_a_lead_names_the_departments_that_its_referral_would(api):
    made = api.li.post("/api/v1/referrals", json={"leads": [api.leads[0]]}).json()
    lead = api.li.get(f"/api/v1/leads/{api.leads[0]}").json()
    assert lead["departments"] == [made["department"], *made["copies"]]


def test_the_running_campaign_is_meant_unless_null_is_said(api):
    today = api.served.clock().date()
    made = campaigns.create(api.db, Plan("网盾行动", today, today + timedelta(days=9)), SETUP, api.served.clock())
    drafts = [{"leads": [api.leads[0]]}, {"leads": [api.leads[1]], "campaign": None}]
    answers = [api.li.post("/api/v1/referrals", json=sent).json() for sent in drafts]
    assert [one["campaign"] for one in answers] == [made.id, None]


def test_the_list_page_by_page(api):
    for lead in api.leads:
        api.li.post("/api/v1/referrals", json={"leads": [lead]})
    seen, before = [], {}
    while before is not None:
        answer = api.li.get("/api/v1/referrals", params={"limit": 2, "status": "draft"} | before).json()
        seen += [one["id"] for one in answer["referrals"]]
        before = {"before": answer["next"]} if answer["next"] else None
    assert seen == [3, 2, 1]
    assert api.li.get("/api/v1/referrals", params={"status": "no"}).status_code == 422
