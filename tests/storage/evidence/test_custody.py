"""The chain of custody: what is written, and how each kind of tampering shows."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.evidence import custody
from storage.evidence.records import CustodyEntry
from tests.storage.evidence.making import tamper
from tests.storage.making import NOW

ODD = {"文": "\ud800\0x", "n": 1.5, "big": 2**70, "inf": float("inf"), "list": [None, True, {"a": "é"}]}


def test_a_link_is_hashed_as_written_down_and_survives_the_database(db):
    local = datetime(2026, 3, 5, 16, 30, 0, 7, timezone(timedelta(hours=8)))
    first = custody.note(db, at=local, actor="张\ud800三", action="viewed", detail=ODD)
    second = custody.note(db, at=NOW, actor="李四", action="copied")
    assert list(custody.entries(db)) == [first, second]
    assert custody.head(db) == second
    assert (first.id, first.previous, second.id, second.previous) == (1, "0" * 64, 2, first.hash)
    # by hand, from the documented rule alone
    fields = [1, "2026-03-05T08:30:00.000007+00:00", "张\ufffd三", "viewed", None, first.detail, "0" * 64]
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert first.hash == sha256(text.encode()).hexdigest()
    assert first.detail["文"] == "\ufffd\ufffdx"
    assert first.detail["inf"] is None
    assert custody.check(db) is None


def test_an_empty_chain_holds(db):
    assert custody.check(db) is None
    assert custody.head(db) is None


def test_pages_do_not_lose_links(db, monkeypatch):
    monkeypatch.setattr(custody, "PAGE", 2)
    made = [custody.note(db, at=NOW, actor="张三", action="viewed", detail={"n": n}) for n in range(5)]
    assert list(custody.entries(db)) == made
    assert list(custody.entries(db, after=3)) == made[3:]
    assert list(custody.entries(db, capture_id=1)) == []


def test_writers_at_once_make_one_chain(db):
    def write(name: str) -> None:
        for number in range(15):
            custody.note(db, at=NOW, actor=name, action="viewed", detail={"n": number})

    threads = [threading.Thread(target=write, args=(f"甲{one}",)) for one in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [one.id for one in custody.entries(db)] == list(range(1, 61))
    assert custody.check(db) is None


@pytest.mark.parametrize(
    ("change", "number", "words"),
    [
        ("UPDATE custody SET actor = '王五' WHERE id = 3", 3, "第 3 条保管记录被改动"),
        ("UPDATE custody SET at = '2026-03-05 08:30:00.000001' WHERE id = 2", 2, "第 2 条保管记录被改动"),
        ("UPDATE custody SET detail = '{\"n\":9}' WHERE id = 4", 4, "第 4 条保管记录被改动"),
        ("DELETE FROM custody WHERE id = 3", 4, "缺少第 3 条"),
        ("DELETE FROM custody WHERE id IN (2, 3)", 4, "缺少第 2—3 条"),
        ("DELETE FROM custody WHERE id = 1", 2, "缺少第 1 条"),
        ("UPDATE custody SET previous = hash WHERE id = 2", 2, "断开"),
    ],
)
def test_tampering_is_found_where_it_was_done(db, change, number, words):
    for one in range(5):
        custody.note(db, at=NOW, actor="张三", action="viewed", detail={"n": one})
    tamper(db, change)
    found = custody.check(db)
    assert found is not None
    assert found[0] == number
    assert words in found[1]


def test_reordered_rows_are_found(db):
    for one in range(5):
        custody.note(db, at=NOW, actor="张三", action="viewed", detail={"n": one})
    tamper(db, *(f"UPDATE custody SET id = {new} WHERE id = {old}" for old, new in ((2, 99), (3, 2), (99, 3))))
    assert custody.check(db)[0] == 2


ACTORS = st.text(max_size=5).map(lambda text: text.encode("utf-8", "replace").decode())
DETAILS = st.dictionaries(ACTORS, st.none() | st.booleans() | st.integers() | ACTORS, max_size=3)
CHAINS = st.lists(st.tuples(ACTORS, st.sampled_from(["captured", "viewed"]), DETAILS), min_size=1, max_size=6)


def chained(facts: list[tuple]) -> list[CustodyEntry]:
    links, previous = [], custody.GENESIS
    for number, (actor, action, detail) in enumerate(facts, 1):
        fields = (number, NOW, actor, action, None, detail, previous)
        links.append(CustodyEntry(*fields, hash=custody.link_hash(*fields)))
        previous = links[-1].hash
    return links


@given(CHAINS, st.data())
def test_every_change_of_a_chain_breaks_it(facts, data):
    links = chained(facts)
    assert list(custody.follow(links)) == []
    place = data.draw(st.integers(0, len(links) - 1))
    change = data.draw(st.sampled_from(["actor", "action", "at", "capture_id", "detail", "previous", "hash", "drop"]))
    if change == "drop":
        broken = links[:place] + links[place + 1 :]
        if place == len(links) - 1:  # the end cut off: seen only by what names a higher link
            assert list(custody.follow(broken)) == []
            return
    else:
        values = {"actor": links[place].actor + "x", "action": "copied", "at": NOW + timedelta(microseconds=1)}
        values |= {"capture_id": 1, "detail": {**links[place].detail, "new": 1}, "previous": "1" * 64, "hash": "2" * 64}
        broken = [*links[:place], replace(links[place], **{change: values[change]}), *links[place + 1 :]]
    found = list(custody.follow(broken))
    assert found
    assert found[0][0] in {place + 1, place + 2}


@given(CHAINS, st.randoms(use_true_random=False))
def test_every_other_order_breaks_a_chain(facts, random):
    links = chained(facts)
    mixed = random.sample(links, len(links))
    assert bool(list(custody.follow(mixed))) == (mixed != links)
