"""Sessions: what ends them, what they are in the database and in the browser; log-ins that are tried too often."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest
from sqlalchemy import select

from console import passwords
from storage.review import accounts, attempts, audit
from storage.review.models import Session
from tests.console.serving import PASSWORD, SETUP, Clock, csrf_of, serving

FRESH = "另一个-好记的-口令"


def try_log_in(client, name, password):
    return client.post("/login", data={"name": name, "password": password, "csrf": csrf_of(client.get("/login").text)})


def is_in(browser):
    return browser.get("/account").status_code == 200


def test_only_the_hash_of_the_secret_is_stored(served):
    browser = served.signed_in("demo_li", "reviewer")
    secret = browser.client.cookies["wangdun_session"]
    with served.db.read() as connection:
        row = connection.execute(select(Session.token_sha256, Session.csrf)).one()
    assert row.token_sha256 == sha256(secret.encode()).hexdigest()
    assert len(secret) >= 43  # 256 bits
    assert secret != row.csrf


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(served):
    served.person("demo_li")
    client = served.browser()
    cookies = try_log_in(client, "demo_li", PASSWORD).headers.get_list("set-cookie")
    ours = next(one for one in cookies if one.startswith("wangdun_session="))
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(ours.split("; ")[1:])
    assert "Secure" not in ours
    assert "expires" not in ours.lower()  # it goes with the browser


def test_behind_an_encrypting_proxy_the_cookie_is_bound_to_the_host(db):
    with serving(db, hosts=("wangdun.example.org",), proxies=("127.0.0.1",)) as running:
        client = running.browser(headers={"x-forwarded-proto": "https", "x-forwarded-for": "10.9.8.7"})
        answer = client.get("/login")
        assert answer.headers["set-cookie"].startswith("__Host-wangdun_form=")
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"] == "max-age=2592000"


def test_no_proxy_is_believed_unless_configured(served):
    served.person("demo_li")
    client = served.browser(headers={"x-forwarded-proto": "https", "x-forwarded-for": "10.9.8.7"})
    assert try_log_in(client, "demo_li", PASSWORD).status_code == 303
    assert audit.recent(served.db, limit=1)[0].address == "127.0.0.1"


def test_idle_sessions_end(served):
    browser = served.signed_in("demo_li")
    for _ in range(4):
        served.clock.go_on(minutes=29)
        assert is_in(browser)
    served.clock.go_on(minutes=31)
    assert not is_in(browser)


def test_busy_sessions_end_too(served):
    browser = served.signed_in("demo_li")
    for _ in range(29):
        served.clock.go_on(minutes=20)
        assert is_in(browser)
    served.clock.go_on(minutes=20)
    assert not is_in(browser)


def test_limits_are_configured(db):
    with serving(db, Clock(), idle_minutes=2, session_hours=1) as running:
        browser = running.signed_in("demo_li")
        running.clock.go_on(minutes=1)
        assert is_in(browser)
        running.clock.go_on(minutes=2)
        assert not is_in(browser)


def test_log_out_ends_the_session_for_good(served):
    browser = served.signed_in("demo_li")
    secret = browser.client.cookies["wangdun_session"]
    answer = browser.post("/logout")
    assert answer.headers["location"] == "/login"
    assert answer.headers["clear-site-data"] == '"cache"'
    assert "wangdun_session" not in browser.client.cookies
    browser.client.cookies.set("wangdun_session", secret)
    assert not is_in(browser)


def test_log_in_gives_a_new_secret_and_ends_the_old(served):
    browser = served.signed_in("demo_li")
    old = browser.client.cookies["wangdun_session"]
    client = served.browser(cookies={"wangdun_session": "fixed-by-an-attacker"})
    assert try_log_in(client, "demo_li", PASSWORD).status_code == 303
    assert "fixed" not in str(client.cookies.get("wangdun_session", domain="127.0.0.1"))
    assert is_in(browser)
    assert old


def test_log_out_everywhere(served):
    served.person("demo_li")
    first, second = served.log_in("demo_li"), served.log_in("demo_li")
    page = first.get("/account").text
    assert page.count("127.0.0.1") == 2
    assert page.count(">这里<") == 1
    assert first.post("/account/sessions/end").headers["location"] == "/login"
    assert not is_in(first)
    assert not is_in(second)
    entry = audit.recent(served.db, limit=1)[0]
    assert (entry.action, entry.detail) == ("logout.everywhere", {"ended": 2})


def test_a_disabled_person_is_out_at_once(served):
    browser = served.signed_in("demo_li")
    accounts.disable(served.db, accounts.by_name(served.db, "demo_li").id, SETUP, served.clock())
    assert not is_in(browser)
    assert try_log_in(served.browser(), "demo_li", PASSWORD).status_code == 422


def test_wrong_names_and_wrong_passwords_are_told_alike(served):
    served.person("demo_li")
    accounts.disable(served.db, served.person("demo_gone"), SETUP, served.clock())
    said = set()
    for name in ("demo_li", "demo_nobody", "demo_gone", "", "x" * 99, "a b\0"):
        answer = try_log_in(served.browser(), name, "wrong")
        assert answer.status_code == 422
        said.add(re.search(r'role="alert">([^<]*)<', answer.text)[1])
    assert said == {"账号或密码不正确。"}


def test_a_name_that_does_not_exist_costs_the_same_hashing(served, monkeypatch):
    compared = []
    real = passwords._HASHER.verify
    monkeypatch.setattr(
        type(passwords._HASHER), "verify", lambda _self, known, given: compared.append(known) or real(known, given)
    )
    for name in ("demo_nobody", "demo_li"):
        try_log_in(served.browser(), name, "wrong")
    assert len(compared) == 2
    assert all(one.startswith("$argon2id$") for one in compared)


def test_an_account_is_blocked_after_failures_in_a_row(served):
    served.person("demo_li")
    for _ in range(attempts.Limits().by_pair):
        assert try_log_in(served.browser(), "demo_li", "wrong").status_code == 422
    answer = try_log_in(served.browser(), "ＤＥＭＯ_li ", PASSWORD)  # another spelling is the same account
    assert answer.status_code == 429
    assert "15 分钟后" in answer.text
    assert int(answer.headers["retry-after"]) == 900
    served.clock.go_on(minutes=16)
    assert try_log_in(served.browser(), "demo_li", PASSWORD).status_code == 303


def test_a_block_does_not_tell_whether_the_name_exists(served):
    answers = [try_log_in(served.browser(), "demo_nobody", "wrong") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [422] * 5 + [429]


def test_an_address_is_blocked_after_failures_for_many_names(served):
    served.person("demo_li")
    client = served.browser()
    token = csrf_of(client.get("/login").text)
    for number in range(attempts.Limits().by_address):
        client.post("/login", data={"name": f"demo_{number}", "password": "wrong", "csrf": token})
    assert try_log_in(served.browser(), "demo_li", PASSWORD).status_code == 429


def test_tries_at_once_are_counted_one_by_one(served):
    from concurrent.futures import ThreadPoolExecutor

    served.person("demo_li")
    clients = [served.browser() for _ in range(12)]
    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(lambda client: try_log_in(client, "demo_li", "wrong").status_code, clients))
    assert sorted(found) == [422] * 5 + [429] * 7


def test_a_crowd_of_log_ins_leaves_room_for_others(served, monkeypatch):
    from threading import BoundedSemaphore

    from console import sessions

    full = BoundedSemaphore(1)
    full.acquire()
    browser = served.signed_in("demo_li")
    monkeypatch.setattr(sessions, "_LINE", full)
    answer = try_log_in(served.browser(), "demo_li", PASSWORD)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert is_in(browser)
    full.release()
    assert try_log_in(served.browser(), "demo_li", PASSWORD).status_code == 303


def test_the_first_log_in_demands_another_password(served):
    served.person("demo_li", "admin", must_change=True)
    browser = served.log_in("demo_li")
    for path in ("/", "/people", "/account", "/audit"):
        assert browser.get(path).headers["location"] == "/password"
    form = browser.get("/password").text
    assert "首次登录" in form
    csrf = csrf_of(form)
    assert browser.client.post("/people", data={"csrf": csrf, "name": "demo_x"}).status_code == 403
    changed = {"csrf": csrf, "old": PASSWORD, "new": FRESH, "again": FRESH}
    for wrong, says in (
        ({"old": "wrong"}, "现在的密码不正确"),
        ({"again": FRESH + "x"}, "不一样"),
        ({"new": PASSWORD, "again": PASSWORD}, "不能与现在的相同"),
        ({"new": "short", "again": "short"}, "至少 10"),
        ({"new": "demo_li_demo", "again": "demo_li_demo"}, "账号"),
        ({"new": "1234567890", "again": "1234567890"}, "太常见"),
    ):
        answer = browser.client.post("/password", data={**changed, **wrong})
        assert answer.status_code == 422
        assert says in answer.text
    secret = browser.client.cookies["wangdun_session"]
    assert browser.client.post("/password", data=changed).headers["location"] == "/"
    assert browser.client.cookies["wangdun_session"] != secret
    assert browser.get("/").status_code == 200
    assert try_log_in(served.browser(), "demo_li", PASSWORD).status_code == 422
    assert try_log_in(served.browser(), "demo_li", FRESH).status_code == 303


def test_a_change_of_password_ends_the_other_sessions(served):
    served.person("demo_li")
    here, there = served.log_in("demo_li"), served.log_in("demo_li")
    assert here.post("/password", old=PASSWORD, new=FRESH, again=FRESH).status_code == 303
    assert is_in(here)
    assert not is_in(there)


def test_guessing_the_old_password_from_an_open_screen_is_throttled(served):
    browser = served.signed_in("demo_li")
    csrf = browser.csrf
    form = {"csrf": csrf, "old": "wrong", "new": FRESH, "again": FRESH}
    found = [browser.client.post("/password", data=form).status_code for _ in range(6)]
    assert found == [422] * 5 + [429]


def test_log_ins_are_on_record(served):
    served.person("demo_li")
    try_log_in(served.browser(), "demo_li", "wrong")
    served.log_in("demo_li")
    found = [(one.action, one.actor, one.address) for one in audit.recent(served.db, limit=2)]
    assert found == [("login", "demo_li先生", "127.0.0.1"), ("login.failed", "demo_li", "127.0.0.1")]


def test_weaker_hashes_are_made_anew(served):
    from argon2 import PasswordHasher

    number = served.person("demo_li")
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    accounts.rehash(served.db, number, weak)
    served.log_in("demo_li")
    assert accounts.get(served.db, number).password_hash != weak
    served.log_in("demo_li")


@pytest.mark.parametrize("cookie", ["", "x", "x" * 5000, "%00", "口令".encode().decode("latin-1")])
def test_odd_cookies_are_nobody(served, cookie):
    answer = served.browser().get("/people", headers={"cookie": f"wangdun_session={cookie}".encode("latin-1")})
    assert answer.status_code == 303
