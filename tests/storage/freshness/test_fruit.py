"""Shares of fruitful requests, as runs left them."""

from __future__ import annotations

from datetime import timedelta

from storage import runs, sites
from storage.freshness import fruit
from storage.freshness.fruit import RECENT, Fruit
from storage.records import RunTally
from tests.storage.making import HOUR, NOW


def ran(db, site_id, at, **extra):
    run_id = runs.start(db, site_id, now=at, pid=1, lexicon_version="l", config_hash="c", trigger="manual")
    runs.finish(db, run_id, now=at, status="complete", reason="", tally=RunTally(extra=extra), complete_walk=True)


def test_the_last_runs_of_each_site_oldest_first(db, site_id):
    other = sites.register(db, "other", "generic", ["http://127.0.0.2/"], NOW)
    ran(db, site_id, NOW - timedelta(days=90), asked=9, fruitful=9)
    for at in range(RECENT + 2):
        ran(db, site_id, NOW + at * HOUR, asked=10, fruitful=at)
    ran(db, other, NOW, listed=5)
    ran(db, other, NOW, asked=4, fruitful=1)
    found = fruit.recent(db, NOW - timedelta(days=30))
    assert found[site_id] == [Fruit(10, at) for at in range(2, RECENT + 2)]
    assert found[other] == [Fruit(4, 1)], "a run of a version that did not count says nothing"
    assert str(fruit.total(found[other])) == "25%"
    assert fruit.recent(db, NOW + timedelta(days=300)) == {}
