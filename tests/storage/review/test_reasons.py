from __future__ import annotations

import pytest

from storage.review import reasons
from storage.review.exceptions import ReviewError, Unknown
from tests.storage.making import NOW
from tests.storage.review.making import SYSTEM


def test_two_levels_to_begin_with(db):
    found = reasons.everything(db)
    first = [one.code for one in found if one.parent is None]
    assert first == ["not_object", "not_trade", "lawful", "outside", "other"]
    assert all(one.parent in first and one.code.startswith(f"{one.parent}.") for one in found if one.parent)


def test_editing(db):
    made = reasons.add(db, "lawful.museum", "lawful", " 馆藏 ", SYSTEM, NOW)
    assert (made.label, reasons.everything(db)[-1]) == ("馆藏", made)
    reasons.change(db, made.code, SYSTEM, NOW, label="文博馆藏", position=0)
    assert reasons.everything(db)[0].label == "文博馆藏"
    reasons.change(db, made.code, SYSTEM, NOW, retired=True)
    assert made.code not in [one.code for one in reasons.everything(db)]
    assert [one.retired_at for one in reasons.everything(db, retired=True) if one.code == made.code] == [NOW]
    with db.read() as connection, pytest.raises(ReviewError, match="停用"):
        reasons.check(connection, made.code, "")
    reasons.change(db, made.code, SYSTEM, NOW, retired=False)
    with db.read() as connection:
        reasons.check(connection, made.code, "")


@pytest.mark.parametrize(("code", "parent", "label"), [
    ("Bad", None, "x"), ("a.b.c", None, "x"), ("other", None, "x"), ("x", "lawful.permit", "x"), ("x", "none", "x"), ("x", None, " "),
    ("x", None, "长" * 41), ("x\n", None, "x"),
])  # fmt: skip
def test_what_is_refused(db, code, parent, label):
    with pytest.raises(ReviewError):
        reasons.add(db, code, parent, label, SYSTEM, NOW)
    with pytest.raises(Unknown):
        reasons.change(db, "nothing", SYSTEM, NOW)
