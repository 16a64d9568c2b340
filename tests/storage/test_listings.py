from __future__ import annotations

from storage import leads, listings
from storage.records import Outcome
from tests.storage.making import dump, full, listing


def test_write_full_twice(db, site_id, run_id):
    batch = [full("1"), listing("2"), full("3", seller="另一人")]
    assert listings.write(db, site_id, run_id, batch) == [Outcome.NEW] * 3
    before = dump(db)
    assert listings.write(db, site_id, run_id, batch) == [Outcome.UNCHANGED] * 3
    assert dump(db) == before
    assert {name: len(rows) for name, rows in before.items() if rows} == {
        "sites": 1, "runs": 1, "listings": 3, "snapshots": 3, "detections": 2, "hits": 2, "leads": 2, "sellers": 2,
        "contacts": 2, "listing_contacts": 4,
    }  # fmt: skip
    lead = leads.list(db)[0]
    assert lead.text[lead.hits[0].start : lead.hits[0].end] == lead.hits[0].matched == "猫头鹰"
