"""Whatever the number of keys, what is stored under them is found, with Python's own types."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, select

from storage import listings
from storage.lookup import Lookup
from storage.models import Listing
from tests.storage.making import NOW, listing

BY_KEYS = Lookup(
    select(Listing.key, Listing.checked_at, Listing.gone_at)
    .where(Listing.site_id == bindparam("site_id"), Listing.key.in_(bindparam("keys", expanding=True)))
    .order_by(Listing.id),
    "keys",
)  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 2, 3, 20, 500])
def test_any_number_of_keys(db, site_id, run_id, count):
    stored = ["1", "3", "%s", "?", ":x", "键"]
    listings.write(db, site_id, run_id, [listing(key) for key in stored])
    asked = [*stored, *(f"unknown {number}" for number in range(500))][:count]
    with db.read() as connection:
        for _ in range(2):  # the second time by the plan of the first
            found = list(BY_KEYS.rows(connection, asked, site_id=site_id))
            assert found == [(key, NOW, None) for key in stored[:count]]
        assert list(BY_KEYS.rows(connection, asked, site_id=site_id + 1)) == []
