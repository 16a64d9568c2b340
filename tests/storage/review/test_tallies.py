"""Tallies by day are what counting the leads anew would give, whatever has happened to the leads."""

from __future__ import annotations

from datetime import date, timedelta

from storage import listings
from storage.review import decisions, tallies
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.storage.making import NOW, rows
from tests.storage.review.making import account, lead_ids, offer

DAY = timedelta(days=1)
FIRST, LAST = date(2026, 2, 20), date(2026, 3, 20)


def counted(db):
    """From the tallies, and anew."""
    every = (*tallies.DIMENSIONS, tallies.DECIDED, tallies.MADE, tallies.TIMED, tallies.SECONDS)
    kept = {(kind, *key): n for kind in every for key, n in tallies.totals(db, FIRST, LAST, kind).items()}
    with db.read() as connection:
        fresh = tallies.tally(connection, NOW - 12 * DAY, NOW + 12 * DAY)
    return kept, dict(fresh)


def decide(db, lead_id, person, now, kind="dismiss", **facts):
    given = {"reason": "outside", "seconds": 7.4} if kind == "dismiss" else {"seconds": None}
    decisions.decide(db, Decision(lead_id, person.actor(), kind, None, **given | facts), now, policy=ALONE)


def test_whatever_happens_the_tallies_are_right(db, site_id, run_id):
    anna = account(db, "anna")
    first = lead_ids(db, site_id, run_id, *(offer(str(n), at=NOW - n * DAY, region=f"某县{n % 2}") for n in range(4)))
    kept, fresh = counted(db)
    assert kept == fresh
    assert kept["", "", "new"] == 4
    assert kept["region", "某县1", "new"] == 2
    assert rows(db, "stale_days") == []
    decide(db, first[0], anna, NOW)
    decide(db, first[1], anna, NOW + 3 * DAY, "confirm", category="plant")
    listings.write(db, site_id, run_id, [offer("1", at=NOW + DAY, region="别处", body="又卖猫头鹰")])
    lead_ids(db, site_id, run_id, offer("9", at=NOW + DAY))
    kept, fresh = counted(db)
    assert kept == fresh
    assert (kept["decided", "", "dismissed"], kept["category", "plant", "confirmed"], kept["", "", "new"]) == (1, 1, 3)
    assert (kept["seconds", str(anna.id), "dismiss"], kept["timed", str(anna.id), "confirm"]) == (7, 0)
    decisions.undo(db, anna.actor(), NOW + 3 * DAY)
    kept, fresh = counted(db)
    assert kept == fresh
    assert ("decided", "", "confirmed") not in kept


def test_days_are_those_of_china(db, site_id, run_id):
    midnight = NOW.replace(hour=16, minute=0, second=0, microsecond=0)  # in UTC
    lead_ids(db, site_id, run_id, offer("1", at=midnight - timedelta(microseconds=1)), offer("2", at=midnight))
    found = tallies.add_up(db, FIRST, LAST, "")
    assert {day.isoformat(): count for (day, _, _), count in found.items()} == {"2026-03-05": 1, "2026-03-06": 1}


def test_only_what_is_asked_for_is_counted_anew(db, site_id, run_id):
    lead_ids(db, site_id, run_id, offer("1", at=NOW), offer("2", at=NOW - 5 * DAY))
    tallies.totals(db, NOW.date(), NOW.date(), "")
    assert {row[-1] for row in rows(db, "stale_days", "id", "day")} == {(NOW - 5 * DAY).date().isoformat()}
