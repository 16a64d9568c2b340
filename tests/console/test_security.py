"""Headers on every answer, the Host check, other sites' requests, limits, and hostile input."""

from __future__ import annotations

import http.client
import re
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console import guards, pages, security
from console.hidden import visible
from tests import databases
from tests.console.serving import PASSWORD, csrf_of, serving

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}{% raw %}",
    "${7*7}<%= 7*7 %>",
    "' OR 1=1 --",
    "\u202egnp.exe",
    "\ud800",
    "名\u200b字",
    '=HYPERLINK("http://example.org")',
    "x" * 5_000,
)


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    db = databases.fresh(tmp_path_factory.mktemp("security") / "console.sqlite")
    with serving(db) as running:
        running.person("demo_wang", "admin", "auditor")
        yield running
    db.close()


@pytest.fixture(scope="module")
def admin(console):
    return console.log_in("demo_wang")


def raw(console, method="GET", path="/login", headers=(), body=None):
    """An answer to a request written by hand: (status, headers, text)."""
    connection = http.client.HTTPConnection(urlsplit(console.url).netloc, timeout=20)
    try:
        connection.putrequest(method, path, skip_host=any(name.lower() == "host" for name, _ in headers))
        for name, value in headers:
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


def test_headers_are_on_every_answer(console, admin):
    answers = [
        admin.get("/"),
        admin.get("/nothing"),
        admin.get("/people/0"),
        admin.get("/audit?before=x"),
        admin.get("/health"),
        admin.get("/static/console.js"),
        admin.get("/static/nothing.js"),
        admin.get("/login"),
        admin.client.post("/people", data={}),
        admin.client.put("/people"),
        admin.client.post("/people", content=b"x" * (300 * 1024), headers={"content-type": "application/x-www-form-urlencoded"}),
        admin.get("/api/v1/me"),
        admin.get("/api/v1/nothing"),
        admin.get("/login", headers={"host": "evil.example"}),
        console.browser().get("/people"),
        console.browser().get("/" + "x" * 9_000),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [
        200, 404, 422, 422, 200, 200, 404, 303, 403, 405, 413, 401, 404, 400, 303, 414,
    ]  # fmt: skip
    for answer in answers:
        for name, value in ALWAYS.items():
            assert answer.headers[name] == value, (answer.url, name)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert "*" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "server" not in answer.headers
        expected = "public, max-age=300" if answer.request.url.path == "/static/console.js" else "no-store"
        assert answer.headers["cache-control"] == expected


def test_errors_speak_chinese_and_leak_nothing(admin):
    for path in ("/nothing", "/people/0", "/audit?since=1", "/people/99999999999999999999", "/people/abc"):
        page = admin.get(path).text
        assert re.search(r"[\u4e00-\u9fff]", page)
        for leak in ("Traceback", "sqlalchemy", "/work", "fastapi", "starlette", "Not Found", "detail", "Python"):
            assert leak not in page, (path, leak)


def test_a_fault_of_the_program_is_a_plain_page_and_a_line_in_the_log(console, admin, monkeypatch, caplog):
    def broken(*_args, **_kwargs):
        raise RuntimeError("secret-of-the-program")

    monkeypatch.setattr(pages, "ago", broken)
    monkeypatch.setattr("console.routers.start.page", broken)
    answer = admin.get("/")
    assert answer.status_code == 500
    assert "系统出错" in answer.text
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"]
    assert "secret-of-the-program" in caplog.text


def test_a_database_that_fails_is_not_a_fault_of_the_program(console, admin, monkeypatch):
    from storage.exceptions import StorageError

    def broken(*_args, **_kwargs):
        raise StorageError("/secret/path is locked")

    monkeypatch.setattr("storage.review.accounts.everybody", broken)
    answer = admin.get("/people")
    assert answer.status_code == 503
    assert "数据库暂时不可用" in answer.text
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "[::1", "1e1"]
)
def test_unknown_hosts_are_refused(console, host):
    status, headers, text = raw(console, headers=[("Host", host)])
    assert status == 400
    assert "console.hosts" in text
    assert "set-cookie" not in headers


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8710", "LOCALHOST", "10.1.2.3:8710", "[::1]:8710"])
def test_addresses_and_own_names_are_known(console, host):
    assert raw(console, headers=[("Host", host)])[0] == 200


def test_two_hosts_are_refused(console):
    assert raw(console, headers=[("Host", "127.0.0.1"), ("Host", "evil.example")])[0] == 400


def test_configured_hosts_are_known(db):
    with serving(db, hosts=("wangdun.example.org",)) as running:
        assert raw(running, headers=[("Host", "wangdun.example.org")])[0] == 200


def test_no_csrf_token_no_action(console, admin):
    right = admin.csrf
    client = admin.client
    for form, headers in (
        ({}, {}),
        ({"csrf": ""}, {}),
        ({"csrf": right[:-1]}, {}),
        ({"csrf": right + "x"}, {}),
        ({"csrf": "口令"}, {}),
        ({"csrf": "x" * 100_000}, {}),
        ({}, {"x-csrf-token": "x"}),
        ({"csrf": right}, {"origin": "http://evil.example"}),
        ({"csrf": right}, {"origin": "null"}),
        ({"csrf": right}, {"sec-fetch-site": "cross-site"}),
        ({"csrf": right}, {"sec-fetch-site": "same-site"}),
    ):
        answer = client.post("/people", data={"name": "demo_victim", "roles": "admin", **form}, headers=headers)
        assert answer.status_code == 403, (form, headers)
    assert client.post("/people", content=b"{}", headers={"content-type": "application/json"}).status_code == 403
    from storage.review import accounts

    assert accounts.by_name(console.db, "demo_victim") is None


def test_a_csrf_token_is_of_one_session(console, admin):
    other = console.signed_in("demo_other", "admin")
    answer = admin.client.post("/people", data={"csrf": other.csrf, "name": "demo_x", "roles": "admin"})
    assert answer.status_code == 403


def test_the_header_serves_for_fetch(console, admin):
    answer = admin.client.post("/account/tokens", data={"name": ""}, headers={"x-csrf-token": admin.csrf})
    assert answer.status_code == 422


def test_the_log_in_needs_its_own_form(console):
    client = console.browser()
    token = csrf_of(client.get("/login").text)
    form = {"name": "demo_wang", "password": PASSWORD}
    assert client.post("/login", data=form).status_code == 403
    assert console.browser().post("/login", data={**form, "csrf": token}).status_code == 403  # another browser's
    assert client.post("/login", data={**form, "csrf": token}).status_code == 303


def test_bodies_are_limited_before_they_are_read(console, admin):
    def chunks():
        for _ in range(400):
            yield b"a" * 1024

    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert console.browser().post("/login", content=chunks(), headers=kind).status_code == 413
    many = "&".join(f"a{number}=1" for number in range(3_000))
    assert admin.client.post("/people", content=many, headers=kind).status_code == 400
    broken = {"content-type": "multipart/form-data; boundary=x"}
    assert admin.client.post("/people", content=b"--x\r\nnonsense", headers=broken).status_code in {400, 403}
    assert console.browser().post("/people", content=b"x" * 10_000_000, headers=kind).status_code == 401


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(console, admin, text):
    encoded = {"name": "demo_h", "display_name": text.encode("utf-8", "surrogatepass"), "csrf": admin.csrf}
    quoted = quote(text[:90].encode("utf-8", "surrogatepass"))
    answer = admin.client.post("/people", data=encoded)
    assert answer.status_code in {200, 422}
    for page in (
        answer,
        admin.get("/audit"),
        admin.get("/people"),
        admin.get(f"/audit?object_id={quoted}"),
    ):
        assert page.status_code in {200, 422}
        body = page.text.partition("<body")[2]
        assert "<script>alert" not in body
        assert "<img src=x" not in body
        assert "49{%" not in body
        assert "\u202e" not in body


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200), st.sampled_from(["/audit", "/login", "/people/{}", "/{}", "/static/{}", "/api/v1/{}"]))
def test_no_address_makes_the_program_fail(console, admin, text, place):
    bad = quote(text.encode("utf-8", "surrogatepass"), safe="")
    for path in (
        place.replace("{}", bad),
        f"{place.replace('{}', '1')}?next={bad}&before={bad}&since={bad}&account={bad}",
    ):
        assert admin.get(path).status_code < 500, path


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/ok\r\nset-cookie: a=b",
        "",
        "/\t/e",
    ],
)
def test_next_leads_nowhere_else(console, path):
    client = console.browser()
    token = csrf_of(client.get("/login", params={"next": path}).text)
    answer = client.post("/login", data={"name": "demo_wang", "password": PASSWORD, "csrf": token, "next": path})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


def test_next_leads_to_the_page_that_was_asked_for(console):
    client = console.browser()
    asked = client.get("/audit?kind=lead&since=2026-11-01")
    assert asked.headers["location"] == "/login?next=/audit%3Fkind%3Dlead%26since%3D2026-11-01"
    page = client.get(asked.headers["location"]).text
    token = csrf_of(page)
    following = re.search(r'name="next" value="([^"]*)"', page)[1].replace("&amp;", "&")
    form = {"name": "demo_wang", "password": PASSWORD, "csrf": token, "next": following}
    assert client.post("/login", data=form).headers["location"] == "/audit?kind=lead&since=2026-11-01"


def test_parts_come_without_the_frame(admin):
    whole = admin.get("/audit").text
    part = admin.get("/audit", headers={"x-wangdun-part": "#content"}).text
    assert "<html" in whole
    assert "<html" not in part
    assert "<h1>操作记录</h1>" in part


def test_pages_hold_no_inline_script_or_style(admin):
    for path in ("/", "/people", "/people/1", "/account", "/audit", "/password", "/nothing"):
        page = admin.get(path).text
        assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
        assert re.findall(r"\sstyle=|\son[a-z]+=|<style", page) == []
        assert re.findall(r'(?:src|href|action)="(?:https?:)?//', page) == []


@given(st.text())
def test_visible_keeps_every_place(text):
    shown = visible(text)
    assert len(shown) == len(text)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00]", shown)


def test_limits_have_room_for_what_is_usual():
    assert guards.MOST_FIELDS > 500  # a bulk page's ids
    assert security.SLOWEST > 5
