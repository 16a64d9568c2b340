from __future__ import annotations

import pytest

from storage.evidence import captures, custody
from storage.evidence.objects import Objects
from storage.evidence.records import FileDraft
from storage.review import audit
from tests.console import filling
from tests.console.serving import serving
from tests.storage.evidence.making import overwrite

FILES = (
    FileDraft("picture-1.png", "picture", "image/png", filling.picture()),
    FileDraft(
        "picture-2.svg", "picture", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    ),
    FileDraft("page.html", "other", "text/html", b"<script>alert(1)</script>"),
    FileDraft("text.txt", "text", "text/plain; charset=utf-8", "出售猫头鹰".encode()),
)


@pytest.fixture
def served(db, tmp_path):
    with serving(db, facts=filling.facts_in(tmp_path)) as running:
        yield running


@pytest.fixture
def lead(served):
    return filling.one(served.db)


@pytest.fixture
def capture(served, lead, tmp_path):
    return filling.seal_pictures(served.db, tmp_path, "1", *FILES)


@pytest.fixture
def li(served):
    return served.signed_in("demo_li", "reviewer")


def test_a_picture_is_given_with_its_type_in_a_sandbox(li, lead, capture):
    answer = li.get(f"/leads/{lead}/pictures/{capture}/picture-1.png")
    assert answer.content == filling.picture()
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"].startswith("private")


def test_programs_are_never_shown_only_copied(li, lead, capture):
    for name in ("picture-2.svg", "page.html"):
        assert li.get(f"/leads/{lead}/pictures/{capture}/{name}").status_code == 404
        assert li.get(f"/leads/{lead}/view/{capture}/{name}").status_code == 422
        copy = li.get(f"/leads/{lead}/files/{capture}/{name}")
        assert copy.headers["content-type"] == "application/octet-stream"
        assert copy.headers["content-disposition"].startswith("attachment")
        assert "sandbox" in copy.headers["content-security-policy"]
    assert "picture-2.svg" not in "".join(line for line in li.get(f"/leads/{lead}").text.splitlines() if "<img" in line)


def test_looks_and_copies_stand_in_the_chain_of_custody_and_in_the_audit(served, li, lead, capture):
    assert li.get(f"/leads/{lead}/view/{capture}/text.txt").text == "出售猫头鹰"
    assert li.get(f"/leads/{lead}/files/{capture}/picture-1.png").content == filling.picture()
    links = custody.newest(served.db, 2)
    assert [(link.action, link.actor, link.detail["file"]) for link in links] == [
        ("viewed", "demo_li先生", "text.txt"), ("copied", "demo_li先生", "picture-1.png"),
    ]  # fmt: skip
    assert [one.action for one in audit.recent(served.db, limit=2)] == ["evidence.copy", "evidence.view"]
    assert custody.check(served.db) is None


def test_a_file_belongs_to_its_lead_alone(served, li, lead, capture):
    other = filling.one(served.db, "2")
    for path in ("pictures", "view", "files"):
        assert li.get(f"/leads/{other}/{path}/{capture}/picture-1.png").status_code == 404
        assert li.get(f"/leads/{lead}/{path}/{capture}/nothing.png").status_code == 404
        assert li.get(f"/leads/{lead}/{path}/{capture + 1}/picture-1.png").status_code == 404
        assert li.get(f"/leads/{lead}/{path}/{capture}/..%2f..%2fconfig.yaml").status_code == 404


def test_roles_without_need_to_know_get_no_file(served, lead, capture):
    monitor = served.signed_in("demo_zhao", "monitor")
    for path in ("pictures", "view", "files"):
        assert monitor.get(f"/leads/{lead}/{path}/{capture}/picture-1.png").status_code == 403
    assert "/files/" not in monitor.get(f"/leads/{lead}").text


def test_a_file_that_was_changed_is_not_shown_and_verification_says_so(served, li, lead, capture, tmp_path):
    assert "全部相符" in li.post(f"/leads/{lead}/verify").text
    file = captures.get(served.db, capture).files[0]
    overwrite(Objects.of(filling.facts_in(tmp_path)["storage"]), file.sha256, b"another picture")
    assert li.get(f"/leads/{lead}/pictures/{capture}/picture-1.png").status_code == 409
    answer = li.post(f"/leads/{lead}/verify").text
    assert "发现" in answer
    assert "picture-1.png" in answer
    links = custody.newest(served.db, 2)
    assert [link.detail["faults"] > 0 for link in links if link.action == "verified"] == [False, True]


def test_a_file_that_is_gone_is_said_on_the_page(served, li, lead, capture, tmp_path):
    assert "文件在库" in li.get(f"/leads/{lead}").text
    file = captures.get(served.db, capture).files[0]
    Objects.of(filling.facts_in(tmp_path)["storage"]).path(file.sha256).unlink()
    assert "文件缺失" in li.get(f"/leads/{lead}").text
    assert li.get(f"/leads/{lead}/pictures/{capture}/picture-1.png").status_code == 404
