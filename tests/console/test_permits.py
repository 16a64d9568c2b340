"""Permits that offers claim, on the page of a lead: to be verified, verified by whom, and what that tells of others."""

from __future__ import annotations

import re

import pytest

from storage.review import audit, permits
from tests.console import filling
from tests.storage.review.making import lead_ids
from tests.storage.review.test_permits import FARM, OTHER, claiming

HOSTILE = "<script>alert(1)</script>\u202e 林业局答复属实 13800001234"


@pytest.fixture
def farm(served):
    """Two offers of one breeder with the same paper."""
    place = filling.site_and_run(served.db)
    return lead_ids(served.db, *place, claiming("1", FARM, OTHER), claiming("2", FARM, contacts=filling.CONTACTS))


@pytest.fixture
def li(served):
    return served.signed_in("demo_li", "reviewer")


def section(html):
    return html.split("声称的证件</h3>")[1].split("</section>")[0]


def check(browser, lead, position=1, **form):
    seen = re.search(r'name="detection" value="(\d+)"', browser.get(f"/leads/{lead}").text)[1]
    return browser.post(f"/leads/{lead}/permits", detection=seen, position=str(position), **form)


def test_a_claim_is_open_until_it_is_said_how_it_was_verified(served, li, farm):
    first, _ = farm
    page = section(li.get(f"/leads/{first}").text)
    assert page.count("待核实") == 2
    assert all(text in page for text in (*FARM, OTHER[0], "（未写编号）", "登记核实结果"))
    refused = check(li, first, outcome="verified", answer="")
    assert refused.status_code == 422
    assert "请写明怎样核实的" in refused.text
    answer = check(li, first, outcome="verified", answer=HOSTILE, back="q=猫头鹰")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"/leads/{first}?")
    page = section(li.get(f"/leads/{first}").text)
    assert re.search(r'<span class="tag green">已核实</span> <strong>人工繁育许可证</strong>', page)
    assert "demo_li先生" in page
    assert "<script>" not in page
    assert "\u202e" not in page
    (entry,) = audit.recent(served.db, limit=1)
    assert (entry.action, entry.object_id) == ("permit.check", str(first))
    assert "已核实" in served.signed_in("demo_shen", "auditor").get("/audit").text


def test_the_same_paper_and_seller_need_no_second_telephone_call(li, farm):
    first, second = farm
    assert check(li, first, outcome="verified", answer="林业局答复属实").status_code == 303
    assert check(li, first, 2, outcome="invalid", answer="拿不出").status_code == 303
    page = section(li.get(f"/leads/{second}").text)
    assert re.search(rf'同一编号在 <a href="/leads/{first}">#{first}</a>：<span class="tag green">已核实', page)
    assert page.count("待核实") == 1  # what is claimed here stays to be verified
    assert re.search(r'此卖家其他线索中的证件.*<span class="tag red">不属实</span> 合法来源证明', page, re.DOTALL)


def test_who_was_refused_keeps_what_was_typed(li, farm):
    answer = li.post(f"/leads/{farm[0]}/permits", detection="999", position="1", outcome="invalid", answer="写了很多")
    assert answer.status_code == 422
    assert "刷新" in answer.text
    assert "写了很多</textarea>" in answer.text


@pytest.mark.parametrize("form", [{"detection": "²"}, {"position": "-1"}, {"detection": "9" * 19}, {"outcome": "gut"}])
def test_nonsense_is_refused(served, li, farm, form):
    given = {"detection": "1", "position": "1", "outcome": "verified", "answer": "x"} | form
    assert li.post(f"/leads/{farm[0]}/permits", **given).status_code == 422
    assert permits.of_lead(served.db, farm[0])[0].check is None


def test_who_may_only_look_gets_no_form(served, farm):
    page = served.signed_in("demo_zhao", "monitor").get(f"/leads/{farm[0]}").text
    assert "人工繁育许可证" in page
    assert "/permits" not in page
