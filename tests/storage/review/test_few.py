from __future__ import annotations

import random

import pytest
from sqlalchemy import update

from storage.models import Lead
from storage.review import few, queue, scanning
from storage.review.few import Few, Stood
from storage.review.filters import Filters
from storage.words import STATUSES
from tests.storage.making import NOW
from tests.storage.review.making import lead_ids, offer

SOME = ("new", "pending", "confirmed", "dismissed")


@pytest.fixture
def stood(db, site_id, run_id) -> list[Stood]:
    """Leads of few scores and statuses, in the order of the queue."""
    chance = random.Random(5)
    scores = [float(chance.randrange(4)) for _ in range(40)]
    offers = (offer(f"{number}", body=f"出售猫头鹰{number}", score=score) for number, score in enumerate(scores))
    ids = lead_ids(db, site_id, run_id, *offers)
    made = [Stood(score, number, chance.choice(SOME)) for score, number in zip(scores, ids, strict=True)]
    with db.write() as connection:
        for one in made:
            values = {"priority": -one.place, "status": one.status}
            connection.execute(update(Lead).where(Lead.id == one.id).values(values))
    return sorted(made, reverse=True)


@pytest.mark.parametrize("front", [1, 2, 7, 100])
def test_any_window_of_few_leads(db, stood, monkeypatch, front):
    monkeypatch.setattr(few, "FRONT", front)
    chance = random.Random(front)
    ids = [one.id for one in stood]
    with db.read() as connection:
        for _ in range(40):
            known = Few(chance.sample(ids, len(ids)))
            for _ in range(chance.randrange(1, 4)):
                statuses = chance.sample(SOME, chance.randrange(1, 5))
                after = chance.choice([None, chance.choice(stood)[:2]])
                size = chance.randrange(1, 30)
                fit = [one for one in stood if one.status in statuses and (after is None or one[:2] < after)]
                assert known.following(connection, Lead.score, statuses, after, size) == fit[:size]
                of_them = {one.id for one in stood if one.status in statuses}
                assert set(ids) >= set(known.of(statuses)) >= of_them
            assert known.totals == {
                one: count for one in SOME if (count := sum(lead.status == one for lead in stood))
            }  # fmt: skip


def test_each_order_by_itself(db, stood):
    known = Few([one.id for one in stood])
    with db.read() as connection:
        backwards = known.following(connection, Lead.priority, SOME, None, 50)
        assert backwards == sorted(((-one.place, one.id, one.status) for one in stood), reverse=True)
        assert known.following(connection, Lead.score, SOME, None, 50) == stood


def test_none_at_all(db):
    known = Few([])
    with db.read() as connection:
        assert known.totals is None
        assert known.following(connection, Lead.score, STATUSES, None, 5) == []
        assert not known.totals


@pytest.mark.parametrize("front", [1, 3, 100])
def test_pages_and_counts_of_leads_that_are_listed(db, stood, monkeypatch, front):
    monkeypatch.setattr(few, "FRONT", front)
    monkeypatch.setattr(scanning, "FIRST", 3)
    expected = {one: sum(lead.status == one for lead in stood) for one in STATUSES}
    for filters in (
        Filters(text="猫头"),
        Filters(since=NOW.replace(year=2000)),
        Filters(text="出售猫", status=("new",)),
    ):
        wanted = [one.id for one in stood if not filters.status or one.status in filters.status]
        page, counts = queue.look(db, filters, NOW, limit=100)
        assert [row.id for row in page.rows] == wanted
        assert {status: count.number for status, count in counts.items()} == expected
        assert queue.count(db, filters, NOW).number == len(wanted)
