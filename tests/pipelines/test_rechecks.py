"""Blind visits of one run: chosen, noted, learned from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.items import Gone, Sighting
from pipelines import ledger as module
from storage.freshness import boards, rechecks
from storage.freshness.boards import BoardVisit
from storage.freshness.estimate import HOUR
from tests import databases
from tests.pipelines.test_ledger import NOW, begin, judged

DAY = timedelta(days=1)


@pytest.fixture
def db(tmp_path):
    database = databases.fresh(tmp_path / "wangdun.sqlite")
    yield database
    database.close()


@pytest.fixture
def ledger(db, detector, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 3600.0)  # only full batches are written
    first = begin(db, detector)
    for number in range(4):
        first.keep(judged(first, number))
    first.flush()
    return begin(db, detector)


def test_only_what_was_chosen_teaches_and_each_way_of_answering_counts(db, ledger):
    later = ledger.known(["0"])["0"].checked_at + 2 * DAY
    chosen = ledger.to_recheck(later, DAY, 10, unlisted=False, skip={"3"})
    assert {known.key for known in chosen} == {"0", "1", "2"}
    ledger.keep(Sighting("b", (("0", None),), later, checked=True, validators=('"n"', None)))
    changed = judged(ledger, 1, body="换了内容")
    ledger.keep(
        replace(changed, listing=replace(changed.listing, fetch=replace(changed.listing.fetch, fetched_at=later)))
    )
    ledger.keep(Gone("b", "2", "http://127.0.0.1/2", later, "404"))
    ledger.keep(Sighting("b", (("3", None),), later, checked=True))
    ledger.flush()
    ledger.learn([BoardVisit("http://127.0.0.1/", "list", later, 3)])
    ledger.learn([])
    ((kind, visits),) = rechecks.of_site(db, ledger.site_id)
    assert (kind, visits.reads, visits.changes) == (1, 3, 2)
    assert visits.gap == pytest.approx(48 * HOUR, rel=0.01)
    assert list(boards.known(db, ledger.site_id)) == ["http://127.0.0.1/"]
    assert ledger.known(["0"])["0"].etag == '"n"'


def test_no_budget_no_visits(ledger):
    assert ledger.to_recheck(NOW + 9 * DAY, DAY, 0, unlisted=True, skip=()) == []


def test_a_source_waits_by_what_it_brought(db, ledger):
    url = "http://127.0.0.1/map.xml"
    ledger.boards()
    assert not ledger.may_wait(url, NOW), "never read"
    ledger.learn([BoardVisit(url, "sitemap", NOW, 50)])
    ledger.boards()
    assert ledger.may_wait(url, NOW + timedelta(hours=3))
    assert not ledger.may_wait(url, NOW + timedelta(hours=4))
    assert not ledger.may_wait(url, NOW - DAY), "a clock set back does not keep it waiting"
    for day in range(1, 40):
        ledger.learn([BoardVisit(url, "sitemap", NOW + day * DAY, 0)])
    ledger.boards()
    assert ledger.may_wait(url, NOW + 40 * DAY)
    assert not ledger.may_wait(url, NOW + 47 * DAY), "once a week at least"
