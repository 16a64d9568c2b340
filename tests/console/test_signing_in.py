from __future__ import annotations

import re

from storage.review import accounts, decisions
from storage.review.records import Decision
from tests.console import filling
from tests.console.serving import PASSWORD, csrf_of


def log_in_form(client, **form):
    return {"csrf": csrf_of(client.get("/login").text), "password": PASSWORD, **form}


def test_log_in_shows_the_start_page_by_name(served):
    browser = served.signed_in("demo_li", "reviewer")
    page = browser.get("/")
    assert page.status_code == 200
    assert "demo_li先生" in page.text
    assert "审核员" in page.text
    assert 'href="/people"' not in page.text


def test_admin_sees_people(served):
    browser = served.signed_in("demo_li", "admin")
    assert 'href="/people"' in browser.get("/").text
    assert "demo_li" in browser.get("/people").text
    assert browser.get("/audit").status_code == 200
    assert browser.get("/account").status_code == 200


def test_the_start_page_counts_what_waits(served):
    first, *_ = filling.fill(served.db, 3)
    li = served.signed_in("demo_li", "reviewer")
    assert re.search(r'<a href="/queue">待研判 <strong>3</strong> 条</a>', li.get("/").text)
    who = accounts.by_name(served.db, "demo_li").actor()
    decisions.decide(served.db, Decision(first, who, "needs_info"), served.clock())
    assert re.search(r'<a href="/queue\?status=needs_info">待补充 <strong>1</strong> 条</a>', li.get("/").text)
    assert "待研判 <strong>" not in served.signed_in("demo_zhao", "monitor").get("/").text
