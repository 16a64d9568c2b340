from __future__ import annotations

from storage.referral import pickups
from tests.storage.making import NOW

HASH = "a" * 64


def test_the_same_content_is_read_once_whatever_it_is_called(db):
    assert pickups.find(db, HASH) is None
    assert pickups.note(db, "回执.xlsx", HASH, "read", NOW, detail={"number": "网移〔2026〕1号"})
    assert not pickups.note(db, "回执 (2).xlsx", HASH, "refused", NOW)
    found = pickups.find(db, HASH)
    assert found is not None
    assert (found.name, found.outcome, found.detail) == ("回执.xlsx", "read", {"number": "网移〔2026〕1号"})
    pickups.note(db, "坏的\ud800.xlsx", "b" * 64, "refused", NOW)
    assert [one.outcome for one in pickups.recent(db)] == ["refused", "read"]
