"""Samples: judged by keyboard without seeing what anybody said, results with their intervals."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from storage import listings
from storage.review import accounts, audit, decisions, estimates, queue, sampling
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.console import filling
from tests.console.browsing import chromium, log_in, window
from tests.console.serving import PASSWORD, START
from tests.storage.making import detection, hit, listing
from tests.storage.review.making import lead_ids

LAST_WEEK = START - timedelta(days=4)
HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture
def drawn(served):
    """Twelve unflagged listings and six decided leads of last week."""
    db = served.db
    served.person("demo_first", "reviewer")
    first = accounts.by_name(db, "demo_first").actor()
    place = filling.site_and_run(db)
    records = []
    for number in range(12):
        body = f"猫头鹰图案的旧书第{number}本{HOSTILE},电话13800001234"
        judged = detection("mention", 9.5, hits=[hit(f"出鸟\n{body}", "猫头鹰")])
        records.append(listing(f"n{number}", body, at=LAST_WEEK, detection=judged, seller="旧书商"))
    listings.write(db, *place, records)
    leads = lead_ids(db, *place, *(filling.ad(f"d{number}", at=LAST_WEEK) for number in range(6)))
    for number, lead in enumerate(leads):
        facts = {"kind": "confirm"} if number % 2 else {"kind": "dismiss", "reason": "not_object.toy"}
        note = "第一个人的说明"
        decisions.decide(db, Decision(lead, first, note=note, **facts), LAST_WEEK, policy=ALONE)
    assert sampling.draw_due(db, served.clock()) == 18
    return leads


def test_samples_are_judged_by_keyboard(served, drawn):
    served.person("demo_li", "reviewer")
    with chromium() as browser, window(browser, served.url) as page:
        log_in(page, "demo_li", PASSWORD)
        page.wait_for_url(served.url + "/")
        for key in "gc":
            page.keyboard.press(key)
        page.wait_for_url("**/samples")
        page.keyboard.press("1")
        for number in range(12):
            page.wait_for_selector(f"text=还有 {12 - number} 条")
            if number == 3:
                page.keyboard.press("m")
                page.keyboard.type("c x 像真的")  # keys do nothing while typing
                page.keyboard.press("Escape")
            page.keyboard.press("c" if number == 3 else "i" if number == 7 else "x")
        page.wait_for_selector("text=没有要判断的样本了")
        assert page.complaints == []
    found = estimates.results(served.db).missed
    assert (found.judged, found.found, found.unsure) == (12, 1, 1)
    (lead,) = queue.page(served.db, queue.Filters(source="抽样发现"), served.clock()).rows
    assert lead.status == "new"
    reviewer = served.log_in("demo_li")
    text = reviewer.get("/samples").text
    assert "8.3%" in text  # one of twelve
    assert "抽样发现" in reviewer.get(f"/leads/{lead.id}").text


def test_nothing_of_any_verdict_is_on_the_page(served, drawn):
    reviewer = served.signed_in("demo_li", "reviewer")
    for kind, words in (("unflagged", "猫头鹰图案"), ("blind", "出售")):
        text = reviewer.get(f"/samples/look/{kind}").text
        content = text.split('<main id="content"')[1].split("</main>")[0]
        assert words in content
        for told in (
            "已确认",
            "已排除",
            "告警",
            "提及",
            "9.5",
            "demo_first",
            "第一个人的说明",
            "玩具",
            "/leads/",
            "词库 lex",
        ):
            assert told not in content, (kind, told)
        assert "13800001234" not in content
        assert "<script>alert" not in content
        assert "\u202e" not in content
    assert "<mark" not in reviewer.get("/samples/look/unflagged").text
    assert re.search(r'<mark class="on-hit"[^>]*>猫头鹰</mark>', reviewer.get("/samples/look/blind").text)


def test_never_to_whom_decided_first(served, drawn):
    first = served.log_in("demo_first")
    assert "没有要判断的样本了" in first.get("/samples/look/blind").text
    one = sampling.next_one(served.db, "blind", 0)[0].id
    assert first.post(f"/samples/look/{one}", verdict="harmless").status_code == 422
    assert sampling.get(served.db, one).judged_at is None


def test_differences_are_shown_to_who_may_act_and_decide_nothing(served, drawn):
    reviewer = served.signed_in("demo_li", "reviewer")
    for _ in range(6):
        one = sampling.next_one(served.db, "blind", accounts.by_name(served.db, "demo_li").id)[0].id
        answer = reviewer.post(f"/samples/look/{one}", verdict="violation", note="")
        assert answer.headers["location"].startswith("/samples/look/blind?after=")
    assert "两次结论不同" not in reviewer.get("/samples").text
    text = served.signed_in("demo_zhang", "approver").get("/samples").text
    assert text.count("<td>是违法线索</td>") == 3
    assert [queue.row(served.db, lead, served.clock()).status for lead in drawn] == ["dismissed", "confirmed"] * 3
    assert "50%（19%–81%）" in text


def test_two_people_at_the_same_sample(served, drawn):
    one = sampling.next_one(served.db, "unflagged", 0)[0].id
    anna, bert = (served.signed_in(name, "reviewer") for name in ("demo_anna", "demo_bert"))
    assert anna.post(f"/samples/look/{one}", verdict="harmless").status_code == 303
    assert bert.post(f"/samples/look/{one}", verdict="violation").status_code == 303
    assert sampling.get(served.db, one).verdict == "harmless"  # the first to say counts
    assert queue.page(served.db, queue.Filters(source="抽样发现"), served.clock()).rows == ()


def test_drawing_by_hand_and_what_makes_no_sense(served):
    chief = served.signed_in("demo_zhang", "approver", "reviewer")
    assert "还没有抽取过" in chief.get("/samples").text
    assert chief.post("/samples/draw").status_code == 303
    (row,) = audit.recent(served.db, audit.Wanted(action="sample.draw"))
    assert row.detail == {"drawn": 0}
    assert chief.post("/samples/look/99", verdict="harmless").status_code == 404
    assert chief.get("/samples/look/other").status_code == 422


def test_a_slip_is_taken_back_by_key(served, drawn):
    served.person("demo_li", "reviewer")
    with chromium() as browser, window(browser, served.url) as page:
        log_in(page, "demo_li", PASSWORD)
        page.wait_for_url(served.url + "/")
        page.goto(served.url + "/samples/look/unflagged")
        first = page.get_attribute("#decide", "action")
        page.keyboard.press("c")
        page.wait_for_selector("text=已成为线索")
        page.keyboard.press("z")
        page.wait_for_selector("text=已撤销，请重新判断")
        assert page.get_attribute("#decide", "action") == first
        page.wait_for_selector("text=还有 12 条")
        assert page.complaints == []
    assert estimates.results(served.db).missed.judged == 0
    refused = served.log_in("demo_li").post("/samples/undo")
    assert refused.status_code == 422
    assert "没有可以撤销" in refused.text
