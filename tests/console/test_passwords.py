from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console import passwords
from console.exceptions import Refusal


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("九个字的口令不够长", "至少 10"),
        ("", "至少 10"),
        ("x" * 201, "最多 200"),
        ("aaaaaaaaaaaa", "太常见"),
        ("Password123", "太常见"),
        ("１２３４５６７８９０", "太常见"),  # full width is the same keys
        ("demo_wang_01", "姓名或账号"),
        ("DEMO_WANG01", "姓名或账号"),
        ("王小明王小明王小明1", "姓名或账号"),
    ],
)
def test_bad_passwords_are_refused_with_the_rule(password, says):
    with pytest.raises(Refusal, match=says) as caught:
        passwords.check_rules(password, name="demo_wang", display_name="王小明")
    assert caught.value.status == 422


@pytest.mark.parametrize("password", ["河边的老柳树有三棵半呢", "correct horse battery", "demo_wang 去河边数柳树"])
def test_good_passwords_pass(password):
    assert passwords.check_rules(password, name="demo_wang", display_name="王小明") == password


def test_the_hash_is_argon2id_and_salted():
    first, second = passwords.make_hash("河边的老柳树有三棵半呢"), passwords.make_hash("河边的老柳树有三棵半呢")
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert first != second
    assert passwords.matches("河边的老柳树有三棵半呢", first)
    assert not passwords.matches("河边的老柳树有三棵半", first)
    assert not passwords.is_outdated(first)


def test_one_password_in_two_spellings_is_one():
    assert passwords.matches("ＡＢＣ 口令 １２３", passwords.make_hash("ABC 口令 123"))


def test_nobody_has_a_password():
    assert not passwords.matches("", None)
    assert not passwords.matches("x", "not a hash")


def test_invented_passwords_pass_the_rules_and_differ():
    made = {passwords.invent() for _ in range(50)}
    assert len(made) == 50
    for one in made:
        assert passwords.check_rules(one, name="demo_wang") == one
        assert not set(one) & set("l1io0")


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=300), st.text(max_size=50), st.text(max_size=50))
def test_any_text_is_judged(password, name, display_name):
    try:
        kept = passwords.check_rules(password, name=name, display_name=display_name)
    except Refusal:
        return
    assert len(kept) >= passwords.SHORTEST
