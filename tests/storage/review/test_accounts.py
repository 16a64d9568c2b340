from __future__ import annotations

import pytest

from storage.review import accounts, audit, sessions, tokens
from storage.review.exceptions import ReviewError, Unknown
from tests.storage.making import HOUR, NOW
from tests.storage.review.making import SYSTEM, account


def test_an_account_is_kept_and_found_however_it_is_typed(db):
    draft = accounts.Draft("Li.Ming", "$argon2id$x", ["reviewer", "monitor"], "李明", "某县林业局", "示例-001")
    made = accounts.create(db, draft, SYSTEM, NOW)
    assert made == accounts.by_name(db, " ＬＩ.ming ") == accounts.get(db, made.id)
    assert (made.name, made.roles, made.must_change) == ("li.ming", ("monitor", "reviewer"), True)
    assert (made.display_name, made.unit, made.certificate) == ("李明", "某县林业局", "示例-001")
    assert accounts.everybody(db) == [made]
    assert [(one.action, one.object_id) for one in audit.recent(db)] == [("account.create", str(made.id))]


@pytest.mark.parametrize("name", ["", "  ", "a b", "x" * 61, "a\0b", "a\u200bb", "\ud800"])
def test_names_that_are_refused(db, name):
    with pytest.raises(ReviewError, match="账号名"):
        accounts.create(db, accounts.Draft(name, "h", ["admin"]), SYSTEM, NOW)
    assert accounts.by_name(db, name) is None


def test_a_taken_name_and_an_unknown_role(db, admin):
    with pytest.raises(ReviewError, match="已经有人用了"):
        account(db, "ADMIN")
    with pytest.raises(ReviewError, match="king"):
        account(db, "other", "king")
    assert len(accounts.everybody(db)) == 1


@pytest.mark.parametrize("number", [0, -1, 99, 2**63])
def test_nobody(db, number):
    assert accounts.get(db, number) is None


def test_a_new_password_ends_sessions(db, anna):
    token, _ = sessions.open(db, anna.id, NOW, lasts=HOUR, address="127.0.0.1", agent="x")
    accounts.set_password(db, anna.id, "new", anna.actor(), NOW, must_change=True)
    after = accounts.get(db, anna.id)
    assert (after.password_hash, after.must_change) == ("new", True)
    assert sessions.resume(db, token, NOW, idle=HOUR) is None
    accounts.rehash(db, anna.id, "newer")
    assert accounts.get(db, anna.id).must_change


def test_the_last_admin_stays(db, admin):
    for attempt in (
        lambda: accounts.disable(db, admin.id, SYSTEM, NOW),
        lambda: accounts.set_roles(db, admin.id, ["monitor"], SYSTEM, NOW),
    ):
        with pytest.raises(ReviewError, match="最后一个管理员"):
            attempt()
    second = account(db, "second", "admin")
    accounts.disable(db, admin.id, second.actor(), NOW)
    assert accounts.get(db, admin.id).disabled_at == NOW
    with pytest.raises(ReviewError, match="最后一个管理员"):
        accounts.disable(db, second.id, SYSTEM, NOW)
    accounts.enable(db, admin.id, SYSTEM, NOW)
    accounts.set_roles(db, second.id, ["auditor"], SYSTEM, NOW)
    assert accounts.get(db, second.id).roles == ("auditor",)


def test_disabling_ends_sessions_and_keys(db, admin, anna):
    token, _ = sessions.open(db, anna.id, NOW, lasts=HOUR, address="", agent="")
    key = tokens.create(db, anna.id, "报表", ["read"], anna.actor(), NOW, lasts=HOUR)
    accounts.disable(db, anna.id, admin.actor(), NOW)
    accounts.enable(db, anna.id, admin.actor(), NOW)
    assert sessions.resume(db, token, NOW, idle=HOUR) is None
    assert tokens.use(db, key, NOW) is None


def test_facts_and_nobody(db, anna):
    accounts.set_facts(db, anna.id, {"unit": "农业农村局", "roles": "ignored"}, SYSTEM, NOW)
    assert accounts.get(db, anna.id).unit == "农业农村局"
    with pytest.raises(Unknown):
        accounts.set_facts(db, 99, {"unit": "x"}, SYSTEM, NOW)
    with pytest.raises(Unknown):
        accounts.set_roles(db, 99, [], SYSTEM, NOW)


def test_nobody_goes_by_a_name_that_cannot_be_read(db, anna):
    for name in ("李\u202e明", "😀", "\u200b"):
        with pytest.raises(ReviewError, match="姓名"):
            accounts.set_facts(db, anna.id, {"display_name": name}, anna.actor(), NOW)
    accounts.set_facts(db, anna.id, {"display_name": ""}, anna.actor(), NOW)
