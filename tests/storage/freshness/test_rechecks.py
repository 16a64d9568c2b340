"""Which known pages are visited again, and what such visits teach."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import text

from storage import listings, retries
from storage.freshness import rechecks
from storage.freshness.estimate import DAY, HOUR, Visits
from storage.freshness.rechecks import UNLISTED, Candidate, Outcome
from storage.records import Known
from tests.storage.making import NOW, detection, hit, issue, listing

BASE = timedelta(days=1)
ONE = timedelta(hours=1)
RATES = {0: 0.2 / DAY, 1: 0.1 / DAY, 2: 0.05 / DAY, 3: 0.001 / DAY, UNLISTED: 0.5 / DAY}
USUAL = {0: 0.1 / DAY, 1: 0.1 / DAY, 2: 0.1 / DAY, 3: 0.1 / DAY, UNLISTED: 0.1 / DAY}


def found(db, site_id, run_id, now, *, rates=USUAL, unlisted=False, reach=50, base=BASE):
    pages = rechecks.candidates(db, site_id, run_id, now, rates=rates, base=base, unlisted=unlisted, reach=reach)
    return {page.known.key: page for page in pages}


def stored(db, site_id, run_id, **ages):
    """Listings read so many hours before NOW."""
    batch = [listing(key, body=f"旧书 {key}", at=NOW - hours * ONE) for key, hours in ages.items()]
    listings.write(db, site_id, run_id, batch)


def next_run(db, site_id):
    from storage import runs

    return runs.start(db, site_id, now=NOW, pid=1, lexicon_version="l", config_hash="c", trigger="manual")


def test_pages_are_due_by_what_is_known_of_their_age(db, site_id, run_id):
    stored(db, site_id, run_id, fresh=1, young=30, month=24 * 20, old=24 * 200)
    assert set(found(db, site_id, run_id, NOW)) == {"young", "month", "old"}, "as configured while nothing is known"
    slow = USUAL | {2: 0.001 / DAY, 3: 0.0}
    assert set(found(db, site_id, run_id, NOW, rates=slow)) == {"young", "month", "old"}, "unread for seven days"
    listings.touch_all(db, site_id, run_id, [listings.Touch(["month", "old"], NOW - 60 * ONE, checked=True)])
    assert set(found(db, site_id, run_id, NOW, rates=slow)) == {"young"}, "slow ones wait up to seven times as long"
    assert set(found(db, site_id, run_id, NOW + timedelta(days=6), rates=slow)) >= {"month", "old"}, "nobody starves"
    fast = USUAL | {0: 3 / DAY}
    assert "fresh" not in found(db, site_id, run_id, NOW, rates=fast)
    assert "fresh" in found(db, site_id, run_id, NOW + 6 * ONE, rates=fast), "quick ones after a quarter of it"


def test_what_the_lists_no_longer_name_is_due_at_once(db, site_id, run_id):
    stored(db, site_id, run_id, a=1, b=1, gone=2)
    listings.mark_gone(db, site_id, run_id, "gone", NOW, "404")
    later = next_run(db, site_id)
    listings.touch_all(db, site_id, later, [listings.Touch(["a"], NOW)])
    assert found(db, site_id, later, NOW) == {}
    (page,) = found(db, site_id, later, NOW, unlisted=True).values()
    assert (page.known.key, page.kind) == ("b", UNLISTED)


def test_each_kind_gives_its_longest_unread_and_open_leads_are_known_as_such(db, site_id, run_id):
    stored(db, site_id, run_id, **{f"n{at}": 30 + at for at in range(20)})
    body = "出售猫头鹰"
    alert = detection(hits=[hit(body, "猫头鹰")])
    listings.write(db, site_id, run_id, [listing("lead", body=body, at=NOW - 30 * ONE, detection=alert)])
    listings.write(db, site_id, run_id, [listing("no", body=body + "吗", at=NOW - 30 * ONE, detection=alert)])
    with db.write() as connection:
        dismissed = (
            "UPDATE leads SET status = 'dismissed' WHERE listing_id = (SELECT id FROM listings WHERE key = 'no')"
        )
        connection.execute(text(dismissed))
    retries.put(db, site_id, [issue(key="n19")])
    pages = found(db, site_id, run_id, NOW, reach=3)
    assert {key for key, page in pages.items() if page.lead} == {"lead"}
    assert {key for key, page in pages.items() if page.failing} == {"n19"}
    assert set(pages) == {"lead", "n19", "n18", "n17", "n16"}
    assert found(db, site_id, run_id, NOW, reach=0) == {}


def test_a_page_read_by_a_clock_that_went_ahead_is_due(db, site_id, run_id):
    stored(db, site_id, run_id, future=-24 * 400, soon=-5)
    assert set(found(db, site_id, run_id, NOW)) == {"future"}


def candidate(key: str, hours: float, kind: int = 1, *, lead: bool = False, failing: bool = False) -> Candidate:
    read = NOW - hours * ONE
    return Candidate(Known(1, key, f"http://127.0.0.1/{key}", None, None, None, "d", read, None), kind, lead, failing)


def test_all_are_visited_while_the_budget_suffices():
    pages = [candidate(str(at), 30) for at in range(5)]
    assert rechecks.choose(pages, RATES, NOW, 5) == pages
    assert [page.known.key for page in rechecks.choose(pages, RATES, NOW, 5, {"0", "3"})] == ["1", "2", "4"]
    assert rechecks.choose(pages, RATES, NOW, 0) == []


def test_leads_and_what_changes_often_come_first():
    pages = [candidate(f"old{at}", 30, 3) for at in range(200)]
    pages += [candidate(f"young{at}", 30, 0) for at in range(20)] + [
        candidate(f"lead{at}", 30, 2, lead=True) for at in range(5)
    ]
    pages += [candidate(f"away{at}", 30, UNLISTED) for at in range(20)]
    kinds = Counter(page.known.key.rstrip("0123456789") for page in rechecks.choose(pages, RATES, NOW, 60))
    assert kinds["away"] == 20
    assert kinds["lead"] == 5, "rarer changes, but they weigh more"
    assert kinds["young"] == 20
    assert kinds["old"] >= 15, "a quarter is drawn from the longest unread, whatever it promises"


def test_every_page_has_its_turn_within_a_bounded_number_of_runs():
    """Pages that promise least, against many that promise more and are as soon due again, and some that always fail."""
    read = (
        {f"old{at}": 0.0 for at in range(60)}
        | {f"young{at}": 0.0 for at in range(60)}
        | {f"bad{at}": 0.0 for at in range(10)}
    )
    seen: Counter[str] = Counter()
    budget, runs = 20, 120
    for number in range(1, runs):
        pages = [
            candidate(key, 30.0 * number - at, 0 if key.startswith("young") else 3, failing=key.startswith("bad"))
            for key, at in read.items()
        ]
        for page in rechecks.choose(pages, RATES, NOW, budget):
            seen[page.known.key] += 1
            if not page.failing:
                read[page.known.key] = 30.0 * number
    assert all(seen[key] for key in read if key.startswith("old"))
    assert sum(count for key, count in seen.items() if key.startswith("bad")) < runs * budget * 0.3, (
        "failing pages take no more than the part that is drawn"
    )


def test_visits_are_counted_by_age_and_gap_and_teach_the_rate(db, site_id):
    assert rechecks.learned(db, site_id, BASE)[0] == pytest.approx(0.1054 / DAY, rel=0.01)
    for _ in range(30):
        rechecks.note(
            db, site_id, [Outcome(0, 6 * HOUR, True), Outcome(0, 6 * HOUR, False), Outcome(3, 30 * HOUR, False)]
        )
    told = dict(rechecks.of_site(db, site_id))
    assert told == {0: Visits(60, 30, 60 * 6 * HOUR), 3: Visits(30, 0, 30 * 30 * HOUR)}
    rates = rechecks.learned(db, site_id, BASE)
    assert rates[0] == pytest.approx(2.8 / DAY, rel=0.25), "half within six hours"
    assert rates[3] < 0.03 / DAY
    assert rechecks.wait(rates[0], BASE) == BASE / 4
    assert timedelta(days=2) < rechecks.wait(rates[3], BASE) <= 7 * BASE
    assert rates[1] == pytest.approx(0.1054 / DAY, rel=0.01), "nothing was learned of others"


def test_counts_stay_small_and_follow_a_change_of_habit(db, site_id):
    for _ in range(10):
        rechecks.note(db, site_id, [Outcome(1, DAY, False)] * 100)
    for _ in range(6):
        rechecks.note(db, site_id, [Outcome(1, DAY, True)] * 100)
    ((_, visits),) = rechecks.of_site(db, site_id)
    assert visits.reads <= 301
    assert visits.changes / visits.reads > 0.85


def test_visits_without_a_gap_teach_nothing(db, site_id):
    rechecks.note(db, site_id, [Outcome(1, 0.0, True), Outcome(1, -5.0, True)])
    assert rechecks.of_site(db, site_id) == []
