"""The page of the ranking model, and what it does to the queue."""

from __future__ import annotations

import re

from console.ranking_words import shown_weights
from storage.review import accounts, audit, ranking
from tests.console import filling
from tests.storage.review.deciding import fill, offers
from tests.storage.review.making import lead_ids


def ids(text):
    return [int(number) for number in re.findall(r'<span class="faint">#(\d+)</span>', text)]


def test_not_enough_decisions_is_said(served):
    chief = served.signed_in("demo_zhang", "approver")
    text = chief.get("/quality/ranking").text
    assert "未启用" in text
    assert "现有确认 0 条、排除 0 条" in text
    answer = chief.post("/quality/ranking/train")
    assert answer.status_code == 422
    assert "研判结论还不够" in answer.text
    assert chief.post("/quality/ranking/on").status_code == 422


def test_trained_shown_used_and_turned_off(served):
    db = served.db
    chief = served.signed_in("demo_zhang", "approver", "reviewer")
    place = filling.site_and_run(db)
    fill(db, *place, accounts.by_name(db, "demo_zhang").id)
    waiting = lead_ids(db, *place, *offers(10, first=1000))
    by_risk = ids(chief.get("/queue").text)
    assert set(by_risk) == set(waiting)
    assert chief.post("/quality/ranking/train").status_code == 303
    text = chief.get("/quality/ranking").text
    assert "已启用" in text
    assert "最近 64 条" in text
    assert "确实比风险分好" in text
    assert "方式：拼音" in text
    page = chief.get("/queue").text
    assert "按学习排序 <a" in page
    found = ids(page)
    assert set(found) == set(by_risk)  # none is hidden
    assert set(found[:5]) == set(waiting[::2])
    assert ids(chief.get("/queue?order=risk").text) == by_risk
    assert chief.post("/queue/next", back="").headers["location"].startswith(f"/leads/{found[0]}")
    assert chief.post("/quality/ranking/off").status_code == 303
    assert ids(chief.get("/queue").text) == by_risk
    chief.post("/quality/ranking/on")
    assert ranking.is_on(db)
    done = [row.action for row in audit.recent(db, audit.Wanted(kind="ranking"))]
    assert done == ["ranking.on", "ranking.off", "ranking.train"]


def test_a_reviewer_looks_and_does_not_switch(served):
    reviewer = served.signed_in("demo_li", "reviewer")
    assert "<form" not in reviewer.get("/quality/ranking").text.split("</header>")[1].split("<dialog")[0]
    assert reviewer.post("/quality/ranking/train").status_code == 403


def test_weights_in_words():
    weights = {"": 9.0, "text.3": 5.0, "flag=protected": -0.5, "channel=pinyin": 0.7, "score": 0.001, "new=x": 0.1}
    shown = shown_weights(weights)
    assert [weight for _, weight in shown] == [0.7, -0.5, 0.1]
    assert shown[0][0] == "方式：拼音"
    assert shown[1][0].startswith("标记：")
