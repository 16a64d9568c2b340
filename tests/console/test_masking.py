from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import masking
from console.access import ROLES
from console.config import ConsoleConfig
from console.person import Person
from console.state import Console
from storage.records import ContactRecord

NEEDS = {"reviewer", "approver", "handler"}
CONTACT = ContactRecord("wechat", "demo_shop", "demo_shop")


def console(*, mask=True):
    return Console(ConsoleConfig(mask=mask), None, lambda: datetime(2026, 11, 2, tzinfo=UTC))


def person(*roles):
    return Person(1, "demo_li", "李", frozenset(roles), must_change=False, csrf="")


@pytest.mark.parametrize("role", ROLES)
def test_only_who_needs_to_know_may_ask(role):
    assert masking.may_reveal(console(), person(role)) == (role in NEEDS)
    assert masking.hides(console(), person(role))
    assert masking.hides(console(), person(role), revealed=True) == (role not in NEEDS)


def test_one_role_that_needs_to_know_is_enough():
    assert masking.may_reveal(console(), person("admin", "handler"))
    assert not masking.may_reveal(console(), person())


def test_the_config_switches_masking_off():
    assert not masking.hides(console(mask=False), person("reviewer"))
    assert not masking.may_reveal(console(mask=False), person("reviewer"))


def test_texts_keep_their_length():
    text = "出售猫头鹰，联系 demo_shop"
    hidden = masking.text_for(text, [CONTACT], hidden=True)
    assert hidden == "出售猫头鹰，联系 de******p"
    assert len(hidden) == len(text)
    assert masking.text_for(text, [CONTACT], hidden=False) == text


LINES = st.lists(
    st.sampled_from(
        [
            *"微信号vxqq群VXK\u212a\u017f加：= +-_ab09Z鹰",
            "支付宝",
            "WeChat",
            "demo_",
            "shop",
            "1380000",
            "1234",
            "13800001234",
        ]
    ),
    max_size=14,
).map("".join)


@given(LINES)
def test_a_line_is_masked_as_any_text_is(text):
    assert masking.mask_line(text) == masking.mask_in(text, ())


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("出售 13800001234", "出售 138****1234"),
        ("加微信demo_shop", "加微信de******p"),
        ("VX：ABCDE", "VX：AB**E"),
        ("出鸟 第1号", "出鸟 第1号"),
    ],
)
def test_lines_of_a_list(line, shown):
    assert masking.mask_line(line) == shown
