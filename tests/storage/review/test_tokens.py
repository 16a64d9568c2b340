from __future__ import annotations

from datetime import timedelta

import pytest

from storage.review import tokens
from storage.review.exceptions import ReviewError, Unknown
from tests.storage.making import HOUR, NOW, rows


def test_a_key_works_until_it_ends(db, anna):
    key = tokens.create(db, anna.id, "报表", ["read", "read"], anna.actor(), NOW, lasts=HOUR)
    assert key.startswith("wd_")
    assert key not in str(rows(db, "tokens"))
    account, token = tokens.use(db, key, NOW)
    assert (account.id, token.scopes, token.name) == (anna.id, ("read",), "报表")
    assert [one.last_used_at for one in tokens.of_account(db, anna.id)] == [NOW]
    assert tokens.use(db, key, NOW + HOUR) is None
    assert tokens.use(db, "wd_none", NOW) is None


def test_revoking(db, anna):
    key = tokens.create(db, anna.id, "报表", [], anna.actor(), NOW, lasts=HOUR)
    (token,) = tokens.of_account(db, anna.id)
    tokens.revoke(db, token.id, anna.actor(), NOW)
    assert tokens.use(db, key, NOW) is None
    with pytest.raises(Unknown):
        tokens.revoke(db, token.id, anna.actor(), NOW)


@pytest.mark.parametrize("lasts", [timedelta(0), timedelta(days=400)])
def test_no_key_for_ever(db, anna, lasts):
    with pytest.raises(ReviewError, match="一年"):
        tokens.create(db, anna.id, "x", [], anna.actor(), NOW, lasts=lasts)
