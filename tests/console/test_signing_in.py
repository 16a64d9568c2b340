from __future__ import annotations

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
