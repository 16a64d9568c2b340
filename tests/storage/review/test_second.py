from __future__ import annotations

import pytest

from storage.review.folding import State
from storage.review.second import ALONE, Policy, objection

SERIOUS = Policy(verdicts=frozenset({"alert"}), categories=frozenset({"plant"}), flags=frozenset({"ivory"}))


@pytest.mark.parametrize(("policy", "kind", "verdict", "category", "flags", "asks"), [
    (Policy(), "confirm", "alert", "plant", ["ivory"], False),
    (Policy(), "refer", "review", "plant", [], True),
    (ALONE, "refer", "alert", "plant", [], False),
    (SERIOUS, "confirm", "alert", "plant", [], True),
    (SERIOUS, "confirm", "alert", "gear", [], False),
    (SERIOUS, "confirm", "review", "plant", [], False),
    (SERIOUS, "confirm", "review", "gear", ["ivory"], True),
    (SERIOUS, "dismiss", "alert", "plant", ["ivory"], False),
    (Policy(verdicts=frozenset({"alert"})), "confirm", "alert", "gear", [], True),
])  # fmt: skip
def test_what_needs_a_second_person(  # noqa: PLR0917 - parameters
    policy, kind, verdict, category, flags, asks
):
    assert policy.asks(kind, verdict, category, flags) is asks


def test_who_may_be_the_second_person():
    pending = State("pending", asked="confirm", asked_by=1)
    assert objection(pending, 2, ["approver"]) is None
    assert "另一人" in objection(pending, 1, ["approver"])
    assert "权限" in objection(pending, 2, ["reviewer"])
    assert "没有等待" in objection(State("new"), 2, ["approver"])
