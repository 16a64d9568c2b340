from __future__ import annotations

from datetime import timedelta

import pytest

from storage import listings
from storage.review import decisions, sampling
from storage.review.exceptions import Conflict, ReviewError, Unknown
from storage.review.records import Decision
from storage.review.second import ALONE
from tests.storage.making import HOUR, NOW, detection, listing, rows
from tests.storage.review.making import lead_ids, offer

WEEK = timedelta(days=7)


@pytest.fixture
def unflagged(db, site_id, run_id):
    records = [listing(f"n{n}", f"旧家具{n}", detection=detection("none", 0.0)) for n in range(6)]
    records += [listing(f"x{n}", f"没有判断{n}") for n in range(2)]
    records += [listing(f"m{n}", f"新闻里的猫头鹰{n}", detection=detection("mention", 9.0)) for n in range(4)]
    listings.write(db, site_id, run_id, [*records, offer("lead")])


def test_the_miss_rate(db, unflagged, anna, bert):
    now = NOW + HOUR
    assert sampling.draw(db, "unflagged", now, size=3) == 6
    assert sampling.draw(db, "unflagged", now + HOUR, size=3) == 0
    assert rows(db, "draws", "week", "stratum", "population", "drawn") == [
        ("2026-W10", "mention", 4, 3), ("2026-W10", "none", 8, 3),
    ]  # fmt: skip
    waiting = sampling.waiting(db, "unflagged", anna.id)
    assert len({one.listing_id for one in waiting}) == 6
    for number, one in enumerate(waiting):
        sampling.judge(db, one.id, "violation" if number == 0 else "harmless", "见图", anna.actor(), now)
    assert sampling.waiting(db, "unflagged", bert.id) == []
    missed = sampling.missed(db, NOW, NOW + WEEK)
    assert (missed.population, missed.judged, missed.found) == (12, 6, 1)
    assert missed.share.value == pytest.approx(4 / 12 / 3)
    middle, least, most = missed.projected
    assert least <= middle == 1 <= most <= 12
    assert sampling.missed(db, NOW + WEEK, NOW + 2 * WEEK).share.high == 1.0
    with pytest.raises(Conflict, match="anna同志"):
        sampling.judge(db, waiting[0].id, "harmless", "", bert.actor(), now)
    assert sampling.get(db, waiting[0].id).verdict == "violation"


def test_blind_second_looks(db, site_id, run_id, anna, bert):
    leads = lead_ids(db, site_id, run_id, *(offer(str(n)) for n in range(6)))
    for number, lead in enumerate(leads):
        kind, reason = ("confirm", None) if number < 3 else ("dismiss", "other")
        decisions.decide(db, Decision(lead, anna.actor(), kind, reason=reason), NOW, policy=ALONE)
    assert sampling.draw(db, "blind", NOW + HOUR) == 6
    assert sampling.waiting(db, "blind", anna.id) == []
    waiting = sampling.waiting(db, "blind", bert.id)
    with pytest.raises(ReviewError, match="自己的决定"):
        sampling.judge(db, waiting[0].id, "violation", "", anna.actor(), NOW)
    order = [leads.index(lead) for _, lead in sorted(rows(db, "samples", "id", "lead_id"))]
    for place, one in zip(order, waiting, strict=True):
        said = "unsure" if place == 5 else "violation" if place < 2 else "harmless"
        sampling.judge(db, one.id, said, "", bert.actor(), NOW + HOUR)
    found = sampling.agreement(db, NOW, NOW + WEEK)
    assert (found.share.value, found.share.of) == (4 / 5, 5)
    assert found.kappa == pytest.approx(0.6153846)
    assert sampling.agreement(db, NOW + WEEK, NOW + 2 * WEEK).kappa is None


def test_what_is_refused(db, anna):
    with pytest.raises(Unknown):
        sampling.judge(db, 9, "harmless", "", anna.actor(), NOW)
    with pytest.raises(ReviewError, match="结论"):
        sampling.judge(db, 9, "maybe", "", anna.actor(), NOW)
    assert sampling.get(db, 9) is None
    assert sampling.week_of(NOW) == "2026-W10"
