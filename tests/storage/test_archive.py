"""Stored versions on their way into an archive: all of them, once, in bounded batches."""

from __future__ import annotations

import pytest

from storage import archive, listings
from storage.archive import Archived, Chosen
from tests.storage.making import HOUR, NOW, full, listing, rows

COUNT = 7
ALL = Chosen()


@pytest.fixture
def filled(db, site_id, run_id):
    listings.write(db, site_id, run_id, [full("1"), *(listing(str(n)) for n in range(2, COUNT + 1))])
    listings.write(db, site_id, run_id, [full("1", at=NOW + HOUR, body="出售猫头鹰,已降价")])
    return db


def everything(db, chosen=ALL):
    found, after = [], 0
    while batch := archive.read(db, chosen, after=after):
        found += batch
        after = batch[-1].snapshot_id
    return found


def test_every_version_is_read_once_with_all_its_facts(filled):
    found = everything(filled)
    assert [(row.snapshot_id, row.key, row.number) for row in found] == [
        *((n, str(n), 1) for n in range(1, COUNT + 1)), (COUNT + 1, "1", 2),
    ]  # fmt: skip
    first, last = found[0], found[-1]
    assert (first.site, first.platform, first.title, first.body) == (
        "demo",
        "discuz",
        "出鸟",
        "出售猫头鹰,活体,微信 demo_owl",
    )
    assert (first.replies, first.seller, first.region) == (["还在吗", "私聊"], "林中客", "某县")
    assert (first.price, str(first.price_amount), first.currency) == ("3000元/只", "3000.50", "CNY")
    assert (first.attributes, first.posted_at, first.fetched_at) == ([["所在地", "某县"]], NOW - HOUR, NOW)
    assert (first.first_seen_at, first.last_seen_at, first.gone_at) == (NOW, NOW + HOUR, None)
    assert (first.offered, found[1].offered) == (True, False)
    assert last.digest != first.digest
    assert [first.digest, last.digest] == [row[0] for row in rows(filled, "snapshots", "digest")][::COUNT]


def test_batches_end_with_many_rows_and_with_long_texts(filled, monkeypatch):
    whole = everything(filled)
    for name, value in (("BATCH", 3), ("BATCH_CHARACTERS", 20)):
        monkeypatch.setattr(archive, name, value)
        assert len(archive.read(filled, Chosen(), after=0)) < COUNT
        assert everything(filled) == whole


def test_only_what_is_chosen(filled, site_id):
    assert archive.count(filled, Chosen()) == COUNT + 1
    assert archive.count(filled, Chosen(), after=COUNT) == 1
    assert archive.count(filled, Chosen(site="demo")) == COUNT + 1
    assert everything(filled, Chosen(site="别处")) == []
    assert [row.number for row in everything(filled, Chosen(since=NOW + HOUR))] == [2]
    assert archive.stored_between(filled, Chosen(), 2, 5) == {3, 4, 5}
    assert [row.snapshot_id for batch in archive.pick(filled, {5, 2}) for row in batch] == [2, 5]
    assert archive.digest(filled, 1) == everything(filled)[0].digest
    assert archive.digest(filled, 99) is None


def test_contacts_are_those_of_the_listings_asked_for(filled):
    found = archive.contacts(filled, [1, 2])
    assert sorted(one.value for one in found[1]) == ["13800001234", "demo_owl"]
    assert 2 not in found
    assert Archived._fields[-1] == "offered"
