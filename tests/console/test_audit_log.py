from __future__ import annotations

import re

import pytest

from storage.review import audit
from storage.review.audit import Event
from tests.console.serving import SETUP


def numbers(page: str) -> list[int]:
    return [int(one) for one in re.findall(r'<td class="number">(\d+)</td>', page)]


def test_pages_go_back_without_gaps(served):
    auditor = served.signed_in("demo_shen", "auditor")
    with served.db.write() as connection:
        audit.add(connection, SETUP, [Event("account.facts", "lead", number) for number in range(120)], served.clock())
    newest = audit.recent(served.db, limit=1)[0].id
    seen, path = [], "/audit"
    while path:
        page = auditor.get(path).text
        seen += numbers(page)
        following = re.search(r'rel="next"[^>]* href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert seen == list(range(newest, 0, -1))


def test_filters_stay_on_the_next_page(served):
    auditor = served.signed_in("demo_shen", "auditor")
    with served.db.write() as connection:
        audit.add(connection, SETUP, [Event("account.facts", "lead", 7) for _ in range(60)], served.clock())
        audit.add(connection, SETUP, [Event("account.facts", "lead", 8) for _ in range(60)], served.clock())
    page = auditor.get("/audit?kind=lead&object_id=7").text
    assert len(numbers(page)) == 50
    following = re.search(r'rel="next"[^>]* href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert "object_id=7" in following
    assert len(numbers(auditor.get(following).text)) == 10


def test_days_are_days_of_the_office(served):
    auditor = served.signed_in("demo_shen", "auditor")  # 9:00 on 2 November in Shanghai
    assert len(numbers(auditor.get("/audit?since=2026-11-02&until=2026-11-02").text)) == 2
    assert numbers(auditor.get("/audit?until=2026-11-01").text) == []
    assert numbers(auditor.get("/audit?since=2026-11-03").text) == []
    assert "2026-11-02 09:00" in auditor.get("/audit").text


@pytest.mark.parametrize(
    "query", ["since=2026-13-01", "until=9999-12-31", "since=x", "before=-1", "before=1e9", "account=x"]
)
def test_nonsense_is_refused(served, query):
    assert served.signed_in("demo_shen", "auditor").get(f"/audit?{query}").status_code == 422


def test_details_are_chinese(served):
    auditor = served.signed_in("demo_shen", "auditor")
    page = auditor.get("/audit").text
    assert "新建人员" in page
    assert "角色：审计员" in page
