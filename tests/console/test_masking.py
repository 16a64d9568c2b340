from __future__ import annotations

from datetime import UTC, datetime

import pytest

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
