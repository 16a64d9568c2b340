from __future__ import annotations

import re

from storage.review import accounts, audit
from tests.console.serving import PASSWORD


def handed_over(page: str) -> str:
    return re.search(r'id="handed-over">([^<]+)<', page)[1]


def test_a_new_person_gets_a_password_once(served):
    admin = served.signed_in("demo_wang", "admin")
    made = admin.post(
        "/people", name="Demo_Zhao", display_name="赵六", unit="示例县林业局", certificate="D-7", roles="reviewer"
    )
    assert made.status_code == 200
    password = handed_over(made.text)
    zhao = accounts.by_name(served.db, "demo_zhao")
    assert (zhao.display_name, zhao.unit, zhao.certificate, zhao.roles) == (
        "赵六",
        "示例县林业局",
        "D-7",
        ("reviewer",),
    )
    assert password not in admin.get(f"/people/{zhao.id}").text
    assert served.log_in("demo_zhao", password).get("/").headers["location"] == "/password"
    entry = audit.recent(served.db, audit.Wanted(action="account.create"), limit=1)[0]
    assert (entry.actor, entry.object_id) == ("demo_wang先生", str(zhao.id))
    assert password not in str(entry)


def test_a_name_that_is_taken_keeps_what_was_typed(served):
    admin = served.signed_in("demo_wang", "admin")
    again = admin.post("/people", name="demo_wang", display_name="另一位", unit="某单位", roles="auditor")
    assert again.status_code == 422
    assert "已经有人用了" in again.text
    assert 'value="另一位"' in again.text
    assert re.search(r'value="auditor" checked', again.text)


def test_unknown_roles_and_long_texts_are_refused(served):
    admin = served.signed_in("demo_wang", "admin")
    assert admin.post("/people", name="demo_x", display_name="x", roles="root").status_code == 422
    assert admin.post("/people", name="demo_x", display_name="x" * 101, roles="admin").status_code == 422
    assert accounts.by_name(served.db, "demo_x") is None


def test_roles_facts_password_and_end(served):
    admin = served.signed_in("demo_wang", "admin")
    number = served.person("demo_li", "reviewer")
    li = served.log_in("demo_li")
    assert admin.post(f"/people/{number}/roles", roles=["lexicon", "approver"]).status_code == 303
    assert accounts.get(served.db, number).roles == ("approver", "lexicon")
    assert admin.post(f"/people/{number}/facts", display_name="李四", unit="新单位").status_code == 303
    assert "新单位" in admin.get(f"/people/{number}").text
    password = handed_over(admin.post(f"/people/{number}/password").text)
    assert li.get("/").status_code == 303
    assert served.log_in("demo_li", password).get("/").headers["location"] == "/password"
    assert admin.post(f"/people/{number}/disable").status_code == 303
    assert "已停用" in admin.get(f"/people/{number}").text
    assert admin.post(f"/people/{number}/enable").status_code == 303
    assert "已停用" not in admin.get(f"/people/{number}").text
    actions = [one.action for one in audit.recent(served.db, audit.Wanted(kind="account", object_id=number), limit=9)]
    assert actions[:3] == ["account.enable", "account.disable", "login"]


def test_nobody_locks_the_last_administrator_out(served):
    admin = served.signed_in("demo_wang", "admin")
    number = accounts.by_name(served.db, "demo_wang").id
    assert "不能停用自己" in admin.post(f"/people/{number}/disable").text
    assert admin.post(f"/people/{number}/roles", roles="reviewer").status_code == 422
    assert admin.post(f"/people/{number}/password").status_code == 422
    assert admin.get("/people").status_code == 200


def test_nobody_there(served):
    admin = served.signed_in("demo_wang", "admin")
    for path in ("/people/4711", f"/people/{2**63 - 1}"):
        assert admin.get(path).status_code == 404
    for path in ("/people/0", f"/people/{2**63}", "/people/-1", "/people/x"):
        assert admin.get(path).status_code == 422
    assert admin.post("/people/4711/disable").status_code == 404
    assert admin.post("/people/4711/roles", roles="admin").status_code == 404


def test_tokens_are_made_shown_once_and_revoked(served):
    browser = served.signed_in("demo_li", "reviewer")
    made = browser.post("/account/tokens", name="周报程序", scopes="reviewer", days="30")
    key = re.search(r'id="fresh-token">([^<]+)<', made.text)[1]
    assert key.startswith("wd_")
    assert key not in browser.get("/account").text
    me = served.browser(headers={"authorization": f"Bearer {key}"})
    assert me.get("/api/v1/me").json() == {
        "id": 1, "name": "demo_li", "display_name": "demo_li先生", "roles": ["reviewer"],
    }  # fmt: skip
    assert browser.post("/account/tokens/1/revoke").status_code == 303
    assert me.get("/api/v1/me").status_code == 401
    assert "已吊销" in browser.get("/account").text


def test_tokens_end(served):
    browser = served.signed_in("demo_li", "reviewer")
    made = browser.post("/account/tokens", name="周报程序", scopes="reviewer", days="1")
    key = re.search(r'id="fresh-token">([^<]+)<', made.text)[1]
    served.clock.go_on(hours=25)
    assert served.browser(headers={"authorization": f"Bearer {key}"}).get("/api/v1/me").status_code == 401


def test_nobody_gives_a_token_more_than_is_theirs(served):
    browser = served.signed_in("demo_li", "reviewer")
    for form in ({"scopes": "admin"}, {"scopes": ["reviewer", "admin"]}, {}, {"scopes": "root"}):
        assert browser.post("/account/tokens", name="x", **form).status_code == 422
    assert browser.post("/account/tokens", name=" ", scopes="reviewer").status_code == 422
    assert browser.post("/account/tokens", name="x", scopes="reviewer", days="9999").status_code == 422


def test_nobody_revokes_anothers_token(served):
    owner = served.signed_in("demo_li", "reviewer")
    owner.post("/account/tokens", name="x", scopes="reviewer")
    assert served.signed_in("demo_other", "admin").post("/account/tokens/1/revoke").status_code == 404


def test_a_token_of_a_person_with_a_first_password_waits(served):
    browser = served.signed_in("demo_li", "reviewer")
    made = browser.post("/account/tokens", name="x", scopes="reviewer")
    key = re.search(r'id="fresh-token">([^<]+)<', made.text)[1]
    served.signed_in("demo_wang", "admin").post("/people/1/password")
    assert served.browser(headers={"authorization": f"Bearer {key}"}).get("/api/v1/me").status_code == 403
    assert PASSWORD


def test_what_cannot_be_kept_is_said_beside_the_form(served):
    """A name that nobody can read, or roles without which nobody administers: the page says so, nothing typed is lost."""
    admin = served.signed_in("demo_admin", "admin")
    number = accounts.by_name(served.db, "demo_admin").id
    answer = admin.post(f"/people/{number}/facts", display_name="★☆", unit="新单位", certificate="E-9")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "修改资料" in answer.text
    assert 'value="★☆"' in answer.text
    assert 'value="新单位"' in answer.text
    assert accounts.get(served.db, number).unit != "新单位"
    answer = admin.post(f"/people/{number}/roles", roles="reviewer")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "修改资料" in answer.text
