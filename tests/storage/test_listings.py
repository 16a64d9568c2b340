from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from storage import leads, listings, retries, runs, sites
from storage.exceptions import NaiveTimeError
from storage.models import Listing
from storage.records import ContactRecord, ListingRecord, Outcome
from tests.storage.making import HOUR, NOW, detection, dump, full, hit, issue, listing, rows


def next_run(db, site_id, now=NOW + HOUR) -> int:
    return runs.start(db, site_id, now=now, pid=1, lexicon_version="lex-1", config_hash="c", trigger="schedule")


def listing_id(db, site_id, key="1") -> int:
    return listings.known(db, site_id, [key])[key].listing_id


def test_everything_comes_back_as_it_went_in(db, site_id, run_id):
    record = full(posted_at=datetime(2026, 3, 5, 15, 30, tzinfo=timezone(timedelta(hours=8))))
    assert listings.write(db, site_id, run_id, [record]) == [Outcome.NEW]
    (stored,) = listings.history(db, listing_id(db, site_id)).snapshots
    same = set(record.__slots__) - {"key", "contacts", "etag", "last_modified", "row_signature", "detection"}
    assert {name: getattr(stored, name) for name in same} == {name: getattr(record, name) for name in same}
    assert (stored.number, stored.run_id, stored.text) == (1, run_id, record.text)
    assert stored.posted_at.tzinfo is not None
    assert stored.posted_at.isoformat() == "2026-03-05T07:30:00+00:00"
    assert stored.price_amount == Decimal("3000.50")
    known = listings.known(db, site_id, ["1", "never seen"])
    assert set(known) == {"1"}
    assert known["1"].checked_at == NOW
    assert (known["1"].row_signature, known["1"].etag, known["1"].digest) == ("sig-1", '"e1"', record.digest)


def test_writing_a_batch_again_changes_nothing(db, site_id, run_id):
    batch = [full("1"), listing("2"), full("3", seller="另一人")]
    assert listings.write(db, site_id, run_id, batch) == [Outcome.NEW] * 3
    before = dump(db)
    assert listings.write(db, site_id, run_id, batch) == [Outcome.UNCHANGED] * 3
    assert dump(db) == before
    assert before.pop(
        "stale_days"
    )  # the day's figures are counted anew; how often it is noted is the database's affair
    assert {name: len(stored) for name, stored in before.items() if stored} == {
        "sites": 1, "runs": 1, "listings": 3, "snapshots": 3, "detections": 2, "hits": 2, "leads": 2, "sellers": 2,
        "contacts": 2, "listing_contacts": 4, "lead_terms": 2, "fingerprints": 8,
        "reasons": 19,  # what a new database begins with
    }  # fmt: skip


VERDICTS = {
    "出售猫头鹰": "alert",
    "出售猫头鹰图": "review",
    "说说猫头鹰": "mention",
    "猫头鹰": "none",
    "猫头鹰粮": None,
}


def judged(key: str, body: str, hours: int) -> ListingRecord:
    """A record whose verdict depends on its text alone, as in life."""
    verdict = VERDICTS[body]
    found = verdict and detection(verdict, hits=[hit(f"出鸟\n{body}", "猫头鹰")])
    return full(key, at=NOW + hours * HOUR, body=body, detection=found)


records = st.builds(judged, st.sampled_from(["1", "2", "3"]), st.sampled_from(sorted(VERDICTS)), st.integers(0, 3))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batch=st.lists(records, max_size=6))
def test_any_batch_twice_is_once(db, batch):
    site_id = sites.register(db, f"site {len(rows(db, 'sites'))}", "discuz", [], NOW)
    run_id = next_run(db, site_id)
    first = listings.write(db, site_id, run_id, batch)
    assert len(first) == len(batch)
    once = dump(db)
    again = listings.write(db, site_id, run_id, batch)
    assert Outcome.NEW not in again
    after = dump(db)
    assert {name: len(stored) for name, stored in after.items()} == {n: len(stored) for n, stored in once.items()}
    assert (after["snapshots"], after["detections"], after["hits"]) == (
        once["snapshots"], once["detections"], once["hits"],
    )  # fmt: skip


def test_a_changed_text_makes_a_new_snapshot_and_the_old_one_stays(db, site_id, run_id):
    listings.write(db, site_id, run_id, [listing(body="一")])
    outcomes = [
        listings.write(db, site_id, run_id, [listing(body=body, at=NOW + hours * HOUR, row_signature=None)])
        for hours, body in ((1, "一"), (2, "二"), (3, "一"))
    ]
    assert outcomes == [[Outcome.UNCHANGED], [Outcome.CHANGED], [Outcome.CHANGED]]
    stored = listings.history(db, listing_id(db, site_id)).snapshots
    assert [(s.number, s.body, s.fetched_at) for s in stored] == [
        (1, "一", NOW), (2, "二", NOW + 2 * HOUR), (3, "一", NOW + 3 * HOUR),
    ]  # fmt: skip
    assert listings.known(db, site_id, ["1"])["1"].checked_at == NOW + 3 * HOUR


def test_a_replay_from_a_killed_run_takes_nothing_newer_back(db, site_id, run_id):
    old, new = listing(body="一", etag="old"), listing(body="二", at=NOW + HOUR, etag="new")
    listings.write(db, site_id, run_id, [old, new])
    before = dump(db)
    assert listings.write(db, site_id, run_id, [old]) == [Outcome.UNCHANGED]
    assert dump(db) == before
    assert listings.known(db, site_id, ["1"])["1"].etag == "new"


def test_the_same_key_twice_in_a_batch_is_stored_in_order(db, site_id, run_id):
    batch = [listing(body="一"), listing("2"), listing(body="二", at=NOW + HOUR)]
    assert listings.write(db, site_id, run_id, batch) == [Outcome.NEW, Outcome.NEW, Outcome.CHANGED]
    assert [s.body for s in listings.history(db, listing_id(db, site_id)).snapshots] == ["一", "二"]


def test_a_missing_row_signature_keeps_the_stored_one(db, site_id, run_id):
    listings.write(db, site_id, run_id, [listing(row_signature="sig")])
    listings.write(db, site_id, run_id, [listing(at=NOW + HOUR, row_signature=None)])
    assert listings.known(db, site_id, ["1"])["1"].row_signature == "sig"


def test_more_keys_and_records_than_one_statement_takes(db, site_id, run_id):
    batch = [listing(str(number), body=str(number)) for number in range(1100)]
    assert listings.write(db, site_id, run_id, batch) == [Outcome.NEW] * 1100
    known = listings.known(db, site_id, (str(number) for number in range(2000)))
    assert sorted(known, key=int) == [str(number) for number in range(1100)]
    listings.touch_all(db, site_id, run_id, [listings.Touch(known, NOW + HOUR, checked=True)])
    assert {row.checked_at for row in listings.known(db, site_id, known).values()} == {NOW + HOUR}


def test_sites_are_kept_apart(db, site_id, run_id):
    other = sites.register(db, "other", "phpbb", [], NOW)
    listings.write(db, site_id, run_id, [listing(seller="甲")])
    assert listings.write(db, other, next_run(db, other), [listing(seller="甲")]) == [Outcome.NEW]
    assert len(rows(db, "sellers")) == 2
    assert listings.known(db, other, ["1"])["1"].listing_id != listing_id(db, site_id)


def test_a_contact_is_one_row_wherever_it_shows(db, site_id, run_id):
    shown = (
        ContactRecord("phone", "13800001234", "138 0000 1234"),
        ContactRecord("phone", "13800001234", "13800001234"),
    )
    listings.write(db, site_id, run_id, [listing("1", contacts=shown), listing("2", contacts=shown[1:])])
    assert rows(db, "contacts", "kind", "value") == [("phone", "13800001234")]
    assert rows(db, "listing_contacts", "text") == [("138 0000 1234",), ("13800001234",)]


def test_gone_and_back(db, site_id, run_id):
    listings.write(db, site_id, run_id, [listing(), listing("2")])
    assert listings.mark_gone(db, site_id, run_id, "1", NOW + HOUR, "页面不存在")
    assert not listings.mark_gone(db, site_id, run_id, "1", NOW + 2 * HOUR, "页面不存在")
    assert not listings.mark_gone(db, site_id, run_id, "unknown", NOW, "页面不存在")
    assert listings.known(db, site_id, ["1"])["1"].gone_at == NOW + HOUR
    assert listings.write(db, site_id, run_id, [listing(at=NOW)]) == [Outcome.UNCHANGED]  # fetched before it went
    assert listings.known(db, site_id, ["1"])["1"].gone_at == NOW + HOUR
    assert listings.write(db, site_id, run_id, [listing(at=NOW + 3 * HOUR)]) == [Outcome.BACK]
    history = listings.history(db, listing_id(db, site_id))
    assert [(event.kind, event.at, event.reason) for event in history.events] == [
        ("gone", NOW + HOUR, "页面不存在"), ("back", NOW + 3 * HOUR, ""),
    ]  # fmt: skip
    assert len(history.snapshots) == 1


def test_seen_on_a_list_page_again_is_back_too(db, site_id, run_id):
    listings.write(db, site_id, run_id, [listing(), listing("2")])
    listings.mark_gone(db, site_id, run_id, "1", NOW + HOUR, "404")
    listings.touch_all(db, site_id, run_id, [listings.Touch(["1", "2", "unknown"], NOW + 2 * HOUR)])
    known = listings.known(db, site_id, ["1", "2"])
    assert known["1"].gone_at is None
    assert known["2"].checked_at == NOW  # seen, but its page was not looked at
    assert [e.kind for e in listings.history(db, known["1"].listing_id).events] == ["gone", "back"]
    assert listings.history(db, known["2"].listing_id).events == ()


def test_an_unchanged_page_may_bring_newer_validators(db, site_id, run_id):
    listings.write(db, site_id, run_id, [listing(etag='"1"', last_modified="then"), listing("2", etag='"2"')])
    listings.touch_all(db, site_id, run_id, [listings.Touch(["1"], NOW + HOUR, checked=True, validators=('"3"', None))])
    listings.touch_all(db, site_id, run_id, [listings.Touch(["2"], NOW + HOUR, checked=True)])
    known = listings.known(db, site_id, ["1", "2"])
    assert (known["1"].etag, known["1"].last_modified, known["1"].checked_at) == ('"3"', None, NOW + HOUR)
    assert known["2"].etag == '"2"'


def test_storing_takes_the_page_off_the_retries(db, site_id, run_id):
    retries.put(db, site_id, [issue(key="1"), issue(url="http://127.0.0.1/thread-2", key=None), issue(key="3")])
    listings.write(db, site_id, run_id, [listing("1"), listing("2")])
    assert [retry.key for retry in retries.due(db, site_id, NOW + HOUR, 10)] == ["3"]


def test_a_failing_batch_stores_nothing(db, site_id, run_id):
    before = dump(db)
    for field in ("fetched_at", "posted_at"):
        with pytest.raises(NaiveTimeError):
            listings.write(db, site_id, run_id, [full("1"), full("2", **{field: NOW.replace(tzinfo=None)})])
    assert dump(db) == before


@pytest.mark.parametrize("bad", ["\0", "\ud83d", "\0\ud800\0"])
def test_text_that_no_database_takes_keeps_its_offsets(db, site_id, run_id, bad):
    body = f"{bad}出售{bad}猫{bad}头鹰😀"
    record = full(
        f"k{bad}", body=body, title=f"t{bad}", seller=f"s{bad}", region=bad, url=f"http://127.0.0.1/{bad}",
        contacts=(ContactRecord("wechat", f"demo{bad}", bad), ContactRecord("wechat", "demo\ufffd", "")),
        attributes=((bad, bad),), replies=(bad,), detection=detection(hits=[hit(body, "头鹰", detail={bad: [bad, 1.5]})]),
    )  # fmt: skip
    assert listings.write(db, site_id, run_id, [record]) == [Outcome.NEW]
    before = dump(db)
    assert listings.write(db, site_id, run_id, [record]) == [Outcome.UNCHANGED]
    assert dump(db) == before
    assert set(listings.known(db, site_id, [record.key])) == {record.key}
    (stored,) = listings.history(db, listing_id(db, site_id, record.key)).snapshots
    safe = "\ufffd" * len(bad)
    assert stored.body == f"{safe}出售{safe}猫{safe}头鹰😀"
    assert (stored.attributes, stored.replies) == (((safe, safe),), (safe,))
    (lead,) = leads.list(db)
    assert lead.hits[0].detail == {safe: [safe, 1.5]}
    assert stored.body[lead.hits[0].start : lead.hits[0].end] == "头鹰"


def test_text_longer_than_an_index_entry(db, site_id, run_id):
    keys = ["长" * 5000, "长" * 5001]
    batch = [listing(key, body=key, seller=key, contacts=(ContactRecord("wechat", key, key),)) for key in keys]
    assert listings.write(db, site_id, run_id, batch) == [Outcome.NEW] * 2
    known = listings.known(db, site_id, keys)
    assert set(known) == set(keys)
    assert listings.history(db, known[keys[1]].listing_id).snapshots[0].seller == keys[1]
    with db.read() as connection:
        shortened = connection.scalars(select(Listing.key)).first()
    assert listings.mark_gone(db, site_id, run_id, shortened, NOW, "404")  # the shortened key names it as well


def test_a_body_of_ten_megabytes(db, site_id, run_id):
    body = "猫头鹰\n" * 2_500_000
    listings.write(db, site_id, run_id, [listing(body=body)])
    assert listings.history(db, listing_id(db, site_id)).snapshots[0].body == body


@pytest.mark.parametrize("number", [-1, 0, 2**63 - 1, 2**63, 10**30])
def test_ids_that_do_not_exist(db, number):
    assert listings.history(db, number).snapshots == ()
    assert leads.get(db, number) is None


def test_moments_at_the_ends_of_the_calendar(db, site_id, run_id):
    east, west = (timezone(timedelta(hours=hours)) for hours in (8, -8))
    batch = [
        listing("1", posted_at=datetime(1, 1, 1, tzinfo=east)),
        listing("2", posted_at=datetime.max.replace(tzinfo=west)),
    ]
    listings.write(db, site_id, run_id, batch)
    years = [listings.history(db, listing_id(db, site_id, key)).snapshots[0].posted_at.year for key in ("1", "2")]
    assert years == [1, 9999]
