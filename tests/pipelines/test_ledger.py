"""The memory of a run, on a real database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crawler.items import Gone, Problem, Sighting
from pipelines import ledger as module
from pipelines.exceptions import LedgerClosed
from pipelines.judged import Judged
from pipelines.ledger import BATCH, Ledger
from storage import runs, sites
from tests import databases
from tests.pipelines.test_stages import LISTING

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def db(tmp_path):
    database = databases.fresh(tmp_path / "wangdun.sqlite")
    yield database
    database.close()


@pytest.fixture
def ledger(db, detector, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 3600.0)  # only full batches are written
    return begin(db, detector)


def begin(db, detector):
    site = sites.register(db, "b", "generic", ["http://127.0.0.1/"], NOW)
    run = runs.start(db, site, now=NOW, pid=1, lexicon_version="1", config_hash="c", trigger="manual")
    return Ledger(db, site, run, detector=detector, covered=False)


def judged(ledger, number, **changes):
    listing = replace(LISTING, key=str(number), url=f"http://127.0.0.1/{number}", **changes)
    return Judged(listing, listing.digest, ledger.detector.detect(listing.text))


def problem(number, kind="timeout"):
    return Problem("b", f"http://127.0.0.1/{number}", kind, "原因", NOW, key=str(number))


def test_a_full_batch_is_written_at_once_the_rest_when_asked(ledger):
    for number in range(BATCH + 1):
        ledger.keep(judged(ledger, number))
    keys = [str(number) for number in range(BATCH + 1)]
    assert len(ledger.known(keys)) == BATCH
    ledger.flush()
    assert set(ledger.known(keys)) == set(keys)
    tally = ledger.tally(pages=9)
    assert (tally.listings_new, tally.leads, tally.pages) == (BATCH + 1, BATCH + 1, 9)
    assert tally.hits >= BATCH + 1
    assert tally.empty_fields["title"] == 0.0


def test_shares_of_empty_fields(ledger):
    ledger.keep(judged(ledger, 1))
    ledger.keep(judged(ledger, 2, price=None, seller=None))
    assert ledger.tally().empty_fields == {
        "title": 0, "body": 0, "price": 0.5, "seller": 0.5, "posted_at": 0, "images": 0, "contacts": 0,
    }  # fmt: skip


def test_a_failed_page_waits_for_the_next_run_until_it_is_read(ledger, db, detector):
    for number, kind in ((1, "timeout"), (2, "internal"), (3, "soft_404"), (4, "timeout")):
        ledger.keep(problem(number, kind))
    ledger.keep(judged(ledger, 5))
    ledger.flush()
    following = begin(db, detector)
    later = NOW + timedelta(hours=1)
    assert {key for key, _ in following.failed_before(later)} == {"1", "2", "4"}
    following.keep(judged(following, 1))
    following.keep(Sighting("b", (("2", None),), later, checked=True))
    following.keep(Gone("b", "4", "http://127.0.0.1/4", later, "HTTP 404"))
    following.flush()
    assert begin(db, detector).failed_before(later) == []


def test_gone_and_back_are_counted(ledger):
    ledger.keep(judged(ledger, 1))
    ledger.flush()
    ledger.keep(Gone("b", "1", "http://127.0.0.1/1", NOW + timedelta(hours=1), "HTTP 404"))
    ledger.keep(Gone("b", "unknown", "http://127.0.0.1/9", NOW, "HTTP 404"))
    fetch = replace(LISTING.fetch, fetched_at=NOW + timedelta(hours=2))
    ledger.keep(judged(ledger, 1, fetch=fetch))
    ledger.flush()
    assert (ledger.tally().listings_gone, ledger.tally().listings_back) == (1, 1)


def test_one_listing_that_cannot_be_written_does_not_take_the_others(ledger, monkeypatch):
    write = module.listings.write

    def choosy(db, site, run, batch):
        if any(one.key == "2" for one in batch):
            raise ValueError("a mistake of ours")
        return write(db, site, run, batch)

    monkeypatch.setattr(module.listings, "write", choosy)
    for number in range(4):
        ledger.keep(judged(ledger, number))
    ledger.flush()
    assert set(ledger.known(["0", "1", "2", "3"])) == {"0", "1", "3"}
    assert (ledger.failure, ledger.tally().errors, ledger.tally().listings_new) == (None, 1, 3)
    assert ledger.failed_before(NOW + timedelta(hours=1)) == [("2", "http://127.0.0.1/2")]


def test_after_a_failed_write_nothing_is_taken_any_more(ledger, tmp_path):
    ledger.keep(judged(ledger, 1))
    with closing(sqlite3.connect(tmp_path / "wangdun.sqlite")) as other:
        other.execute("DROP TABLE snapshots")
        other.commit()
    ledger.flush()
    assert "数据库操作失败" in (ledger.failure or "")
    with pytest.raises(LedgerClosed):
        ledger.keep(judged(ledger, 2))
    ledger.flush()


def test_an_older_sighting_that_still_waits_does_not_bring_a_gone_listing_back(ledger):
    ledger.keep(judged(ledger, 1))
    ledger.flush()
    ledger.keep(Sighting("b", (("1", None),), NOW))
    ledger.keep(Gone("b", "1", "http://127.0.0.1/1", NOW + timedelta(seconds=1), "HTTP 404"))
    ledger.flush()
    assert ledger.known(["1"])["1"].gone_at is not None


def test_problems_are_counted_by_kind_and_the_first_told_with_their_address(ledger):
    for number in range(8):
        ledger.keep(problem(number, "captcha" if number else "timeout"))
    assert ledger.kinds == {"captcha": 7, "timeout": 1}
    assert ledger.samples[0] == ("http://127.0.0.1/0", "原因")
    assert len(ledger.samples) == 5
