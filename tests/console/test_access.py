"""The walk: every route, every role, and nobody."""

from __future__ import annotations

import re

import httpx
import pytest

from console import access, api, routers
from console.access import RULES, everyone, only
from console.exceptions import UnguardedRoute
from console.routing import ApiScreen, Screen, discover
from storage.review import accounts, audit
from storage.review.accounts import ROLES as STORED_ROLES
from tests import databases
from tests.console.serving import csrf_of, serving

ROUTES = sorted(
    (f"{method} {route.path}", isinstance(screen, ApiScreen))
    for screen in [*discover(routers), *discover(api)]
    for route in screen.routes
    for method in route.methods
)
PAGES = [key for key, is_api in ROUTES if not is_api]
API = [key for key, is_api in ROUTES if is_api]
ENDS_SESSIONS = {"POST /logout", "POST /account/sessions/end"}


def some(path: str) -> str:
    """A path with numbers of rows that do not exist."""
    return re.sub(r"\{[^}]+\}", "999999", path)


def open_to(role: str) -> set[str]:
    return {key for key, rule in RULES.items() if rule.allows(frozenset({role}))}


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    db = databases.fresh(tmp_path_factory.mktemp("access") / "console.sqlite")
    with serving(db) as running:
        yield running
    db.close()


@pytest.fixture(autouse=True)
def _closing(console):
    """A test ends its own connections: one address may have no more than `connections.OF_ONE`."""
    yield
    while console.opened:
        console.opened.pop().close()


def test_every_route_has_a_rule_and_every_rule_a_route():
    assert {key for key, _ in ROUTES} == set(RULES)


def test_no_two_screens_have_the_same_keys():
    keys = [entry.key for screen in discover(routers) for entry in screen.nav if entry.key]
    assert len(set(keys)) == len(keys) > 10


def test_roles_are_the_ones_that_are_stored():
    assert access.ROLES == STORED_ROLES
    assert set(access.ROLE_NAMES) == set(access.ROLES) == set(access.ROLE_DUTIES)


def test_every_unsafe_route_has_an_action_with_a_chinese_name():
    for key, rule in RULES.items():
        if not key.startswith("GET "):
            assert rule.action in access.ACTIONS, key
    assert all(re.search(r"[\u4e00-\u9fff]", name) for name in access.ACTIONS.values())


def test_a_route_without_a_rule_cannot_be_registered():
    screen = Screen()
    with pytest.raises(UnguardedRoute, match="GET /forgotten"):
        screen.get("/forgotten")(lambda: None)


def test_an_unsafe_route_without_an_action_cannot_be_registered(monkeypatch):
    monkeypatch.setitem(RULES, "POST /forgotten", only("admin"))
    with pytest.raises(UnguardedRoute, match="ACTIONS"):
        Screen().post("/forgotten")(lambda: None)


def test_a_screen_cannot_hold_a_route_of_the_api(monkeypatch):
    from console import app

    monkeypatch.setitem(RULES, "GET /api/v1/hole", everyone())
    screen = Screen()
    screen.get("/api/v1/hole")(lambda: None)
    with pytest.raises(AssertionError, match="hole"):
        app._check_place(screen)


def test_the_application_has_no_route_besides_the_screens(console):
    for path in (
        "/docs",
        "/redoc",
        "/openapi.json",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/",
        "/people/",
    ):
        assert console.browser().get(path).status_code in {404, 405}, path


@pytest.mark.parametrize("key", PAGES)
def test_nobody_gets_in(console, key):
    method, path = key.split(" ")
    client = console.browser()
    form = {"csrf": csrf_of(client.get("/login").text)}
    answer = client.request(method, some(path), data=form if method == "POST" else None)
    if key == "GET /metrics":
        assert answer.status_code == 404  # unless the configuration admits the address
    elif RULES[key].anonymous:
        assert answer.status_code in {200, 422}
    elif method == "GET":
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")
    else:
        assert answer.status_code == 401
        assert "请先登录" in answer.text


@pytest.mark.parametrize("role", access.ROLES)
def test_each_role_gets_what_the_table_says(console, role):
    browser = console.signed_in(f"demo_{role}", role)
    csrf = browser.csrf
    for key in PAGES:
        if key in ENDS_SESSIONS or key == "POST /login":
            continue
        method, path = key.split(" ")
        answer = browser.client.request(method, some(path), data={"csrf": csrf} if method == "POST" else None)
        if key in open_to(role):
            assert answer.status_code not in {401, 403}, (role, key)
            assert answer.status_code < 500, (role, key)
        else:
            assert answer.status_code == 403, (role, key)
            assert "没有权限" in answer.text


@pytest.mark.parametrize("role", access.ROLES)
def test_each_role_sees_only_its_own_navigation(console, role):
    page = console.signed_in(f"demo_nav_{role}", role).get("/").text
    shown = set(re.findall(r'<li><a href="([^"]+)"', page))
    assert all(f"GET {path}" in open_to(role) for path in shown)
    everything = {entry.path for screen in discover(routers) for entry in screen.nav}
    assert shown == {path for path in everything if f"GET {path}" in open_to(role)}


def test_a_person_without_roles_gets_the_account_and_nothing_else(console):
    browser = console.signed_in("demo_none")
    for key in PAGES:
        if key.startswith("GET ") and RULES[key].roles is not None:
            assert browser.get(some(key[4:])).status_code == 403, key
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize("key", API)
def test_the_api_takes_tokens_and_no_cookies(console, key):
    if RULES[key].anonymous:
        return
    method, path = key.split(" ")
    browser = console.signed_in(f"demo_{abs(hash(key))}", *access.ROLES)
    for headers in (
        {},
        {"authorization": "Bearer nonsense"},
        {"authorization": "Basic eDp5"},
        {"authorization": "Bearer"},
    ):
        answer = browser.client.request(method, some(path), headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["title"] == "请先登录"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_has_its_scopes_and_no_more(console):
    from datetime import timedelta

    from storage.review import tokens

    number = console.person("demo_program", "admin", "reviewer")
    actor = audit.Actor(number, "demo")
    key = tokens.create(console.db, number, "demo", ["reviewer"], actor, console.clock(), lasts=timedelta(days=1))
    headers = {"authorization": f"Bearer {key}"}
    assert httpx.get(f"{console.url}/api/v1/me", headers=headers).json()["roles"] == ["reviewer"]
    accounts.set_roles(console.db, number, ["admin"], actor, console.clock())
    assert httpx.get(f"{console.url}/api/v1/me", headers=headers).json()["roles"] == []
    assert httpx.get(f"{console.url}/people", headers=headers).status_code == 303  # pages take no tokens
    accounts.create(console.db, accounts.Draft("demo_rest", "x", ["admin"]), actor, console.clock())
    accounts.disable(console.db, number, actor, console.clock())
    assert httpx.get(f"{console.url}/api/v1/me", headers=headers).status_code == 401


def test_roles_count_from_the_next_click(console):
    browser = console.signed_in("demo_change", "reviewer")
    number = accounts.by_name(console.db, "demo_change").id
    assert browser.get("/people").status_code == 403
    accounts.set_roles(console.db, number, ["admin"], audit.Actor(None, "test"), console.clock())
    assert browser.get("/people").status_code == 200


def test_what_was_tried_beyond_the_role_is_on_record(console):
    browser = console.signed_in("demo_curious", "reviewer")
    assert browser.post("/people", name="demo_x", roles="admin").status_code == 403
    entry = audit.recent(console.db, audit.Wanted(action="access.refused"), limit=1)[0]
    assert entry.detail == {"tried": "account.create"}
    assert entry.actor == "demo_curious先生"
    assert accounts.by_name(console.db, "demo_x") is None
