from __future__ import annotations

import pytest

from storage.review import views
from storage.review.exceptions import ReviewError
from tests.storage.making import HOUR, NOW


def test_views(db, anna, bert):
    one = views.save(db, anna.id, " 象牙 ", "term=象牙", NOW)
    two = views.save(db, anna.id, "象牙", "term=象牙&status=new", NOW + HOUR)
    assert (one.id, two.query) == (two.id, "term=象牙&status=new")
    assert views.of_account(db, anna.id) == [two]
    assert views.of_account(db, bert.id) == []
    assert not views.remove(db, bert.id, two.id)
    assert views.remove(db, anna.id, two.id)
    for name, query in (
        ("", "x"),
        ("x" * 41, "x"),
        ("x", "x" * 2001),
        ("象\u202e牙", "x"),
        ("😀", "x"),
        ("\u3164", "x"),
    ):
        with pytest.raises(ReviewError):
            views.save(db, anna.id, name, query, NOW)


def test_not_too_many(db, anna, monkeypatch):
    monkeypatch.setattr(views, "MOST", 2)
    views.save(db, anna.id, "a", "", NOW)
    views.save(db, anna.id, "b", "", NOW)
    views.save(db, anna.id, "b", "x", NOW)
    with pytest.raises(ReviewError, match="最多"):
        views.save(db, anna.id, "c", "", NOW)
