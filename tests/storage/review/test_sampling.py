from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from storage import leads, listings
from storage.models import Lead
from storage.records import DetectionRecord
from storage.review import audit, decisions, estimates, leasing, queue, sampling
from storage.review.audit import Wanted
from storage.review.estimates import Pair, Stratum
from storage.review.exceptions import Conflict, ReviewError, Unknown
from storage.review.filters import Filters
from storage.review.records import Decision
from storage.review.second import ALONE, Policy
from storage.review.taking_back import take_back
from tests.storage.making import HOUR, NOW, detection, hit, listing, rows
from tests.storage.review.making import lead_ids, offer
from tests.storage.review.test_rescanned import rescan

WEEK = timedelta(days=7)
LATER = NOW + WEEK  # in the week after that of the listings


@pytest.fixture
def unflagged(db, site_id, run_id):
    records = [listing(f"n{n}", f"旧家具{n}", detection=detection("none", 0.0)) for n in range(6)]
    records += [listing(f"x{n}", f"没有判断{n}") for n in range(2)]
    for n in range(4):
        made = listing(f"m{n}", f"新闻里的猫头鹰{n}")
        judged = detection("mention", 9.0, hits=[hit(made.text, "猫头鹰")])
        records.append(listing(f"m{n}", f"新闻里的猫头鹰{n}", detection=judged))
    listings.write(db, site_id, run_id, [*records, offer("lead")])


def test_a_week_is_drawn_once_when_it_is_over(db, unflagged, anna):
    assert sampling.draw(db, "unflagged", NOW + HOUR) == 0  # of the week before: nothing was there
    assert sampling.draw(db, "unflagged", LATER, size=3) == 6
    assert sampling.draw(db, "unflagged", LATER + HOUR, size=3) == 0
    assert rows(db, "draws", "week", "stratum", "population", "drawn")[2:] == [
        ("2026-W10", "mention", 4, 3), ("2026-W10", "none", 8, 3),
    ]  # fmt: skip
    assert len({one.listing_id for one in sampling.waiting(db, "unflagged", anna.id)}) == 6
    assert sampling.draw_due(db, LATER + WEEK) == 0
    assert {row[0] for row in rows(db, "draws", "week")} == {"2026-W09", "2026-W10", "2026-W11"}


def test_a_draw_before_the_week_is_over_stands_for_it(db, unflagged, anna):
    assert sampling.draw(db, "blind", NOW + HOUR, early=True) == 0
    assert rows(db, "draws") == []  # nothing to draw from: a later call may find something
    assert sampling.draw(db, "unflagged", NOW + HOUR, early=True) == 12
    assert sampling.draw(db, "unflagged", LATER) == 0


def test_the_miss_rate(db, unflagged, anna, bert):
    sampling.draw(db, "unflagged", LATER, size=3)
    waiting = sampling.waiting(db, "unflagged", anna.id)
    for number, one in enumerate(waiting):
        said = "violation" if number == 0 else "unsure" if number == 5 else "harmless"
        sampling.judge(db, one.id, said, "见图", anna.actor(), LATER)
    assert sampling.waiting(db, "unflagged", bert.id) == []
    found = estimates.results(db)
    assert [week.name for week in found.weeks] == ["2026-W10"]
    missed = found.missed
    assert missed == found.weeks[0].missed
    assert (missed.population, missed.drawn, missed.judged, missed.found, missed.unsure) == (12, 6, 6, 1, 1)
    assert missed.share.value == pytest.approx(4 / 12 / 3)
    middle, least, most = missed.projected
    assert least <= middle == 1 <= most <= 12
    assert estimates.missed([]).share.high == 1.0
    assert estimates.missed([Stratum(10, 3, 0, 0, 0)]).share.high == 1.0
    with pytest.raises(Conflict, match="anna同志"):
        sampling.judge(db, waiting[0].id, "harmless", "", bert.actor(), LATER)
    assert sampling.get(db, waiting[0].id).verdict == "violation"


def test_what_is_found_becomes_a_lead(db, unflagged, anna):
    sampling.draw(db, "unflagged", LATER)
    for one in sampling.waiting(db, "unflagged", anna.id):
        lead = sampling.judge(db, one.id, "violation", "", anna.actor(), LATER)
        row = queue.row(db, lead, LATER)
        assert (row.status, row.verdict, row.source, row.score) == ("new", "review", "抽样发现", 60.0)
        file = leads.get(db, lead)
        is_mention = "猫头鹰" in file.lead.text
        assert [found.matched for found in file.lead.hits] == (["猫头鹰"] if is_mention else [])
        assert file.explanation["lexicon_verdict"] == ("mention" if is_mention else "none")
        assert file.explanation["factors"][-1]["label"] == "抽样时由人判为违法"
        (entry,) = audit.recent(db, Wanted(action="lead.enter"), limit=1)
        assert (entry.object_id, entry.detail) == (str(lead), {"source": "抽样发现", "sample": one.id})
    found = queue.page(db, Filters(source="抽样发现"), LATER).rows
    assert len(found) == 12
    assert [row.id for row in queue.page(db, Filters(text="家具"), LATER).rows]  # it can be searched for, too


def test_a_found_lead_is_not_taken_away_by_a_lexicon(db, unflagged, anna):
    sampling.draw(db, "unflagged", LATER)
    one = sampling.waiting(db, "unflagged", anna.id)[0]
    lead = sampling.judge(db, one.id, "violation", "", anna.actor(), LATER)
    rescan(db, "lex-2", DetectionRecord("none", 0.0, "none", (), "lex-2"), LATER + HOUR)
    assert queue.row(db, lead, LATER).status == "new"
    rescan(db, "lex-3", detection("alert", 90.0, "lex-3"), LATER + 2 * HOUR)
    assert (queue.row(db, lead, LATER).verdict, queue.row(db, lead, LATER).score) == ("alert", 90.0)


def test_what_became_a_lead_meanwhile_is_not_made_twice(db, unflagged, anna, site_id, run_id):
    sampling.draw(db, "unflagged", LATER)
    waiting = {one.listing_id: one.id for one in sampling.waiting(db, "unflagged", anna.id)}
    (known,) = listings.known(db, site_id, ["n0"]).values()
    (lead,) = lead_ids(db, site_id, run_id, offer("n0", at=LATER))
    assert sampling.judge(db, waiting[known.listing_id], "violation", "", anna.actor(), LATER) == lead
    assert queue.row(db, lead, LATER).source == "crawl"
    rescan(db, "lex-2", DetectionRecord("none", 0.0, "none", (), "lex-2"), LATER)
    with db.read() as connection:
        assert connection.scalar(select(Lead.status).where(Lead.id == lead)) == "lapsed"


def test_blind_second_looks(db, site_id, run_id, anna, bert):
    made = lead_ids(db, site_id, run_id, *(offer(str(n)) for n in range(6)))
    for number, lead in enumerate(made):
        kind, reason = ("confirm", None) if number < 3 else ("dismiss", "outside")
        decisions.decide(db, Decision(lead, anna.actor(), kind, reason=reason), NOW, policy=ALONE)
    assert sampling.draw(db, "blind", LATER) == 6
    assert sampling.waiting(db, "blind", anna.id) == []
    waiting = sampling.waiting(db, "blind", bert.id)
    with pytest.raises(ReviewError, match="自己的决定"):
        sampling.judge(db, waiting[0].id, "violation", "", anna.actor(), LATER)
    order = [made.index(lead) for _, lead in sorted(rows(db, "samples", "id", "lead_id"))]
    for place, one in zip(order, waiting, strict=True):
        said = "unsure" if place == 5 else "violation" if place < 2 else "harmless"
        assert sampling.judge(db, one.id, said, "", bert.actor(), LATER) is None
    found = estimates.results(db).agreement
    assert (found.share.value, found.share.of, found.drawn, found.unsure) == (4 / 5, 5, 6, 1)
    assert found.kappa.value == pytest.approx(0.6153846)
    assert found.kappa.low < found.kappa.value < found.kappa.high
    (one,) = estimates.differing(db)
    assert (one.lead_id, one.first, one.second) == (made[2], "violation", "harmless")
    assert queue.row(db, made[2], LATER).status == "confirmed"  # a second look decides nothing


def test_who_approved_does_not_look_again(db, site_id, run_id, anna, bert):
    (lead,) = lead_ids(db, site_id, run_id, offer("1"))
    first = decisions.decide(
        db, Decision(lead, anna.actor(), "confirm"), NOW, policy=Policy(verdicts=frozenset({"alert"}))
    )
    decisions.decide(db, Decision(lead, bert.actor(), "approve", first.id), NOW, policy=ALONE)
    assert sampling.draw(db, "blind", LATER) == 1
    assert sampling.next_one(db, "blind", anna.id) == (None, 0)
    assert sampling.next_one(db, "blind", bert.id) == (None, 0)
    with pytest.raises(ReviewError, match="自己的决定"):
        sampling.judge(db, 1, "violation", "", bert.actor(), LATER)


def test_one_after_the_other_and_around(db, unflagged, anna):
    sampling.draw(db, "unflagged", LATER, size=2)
    numbers = [one.id for one in sampling.waiting(db, "unflagged", anna.id)]
    seen, after = [], 0
    for _ in range(5):
        one, left = sampling.next_one(db, "unflagged", anna.id, after=after)
        assert left == 4
        seen.append(one.id)
        after = one.id
    assert seen == [*numbers, numbers[0]]


def test_pairs_without_an_answer_tell_nothing():
    found = estimates.agreement([Pair("violation", "unsure")], 1)
    assert (found.share.of, found.kappa, found.unsure, found.drawn) == (0, None, 1, 1)


def test_what_is_refused(db, anna):
    with pytest.raises(Unknown):
        sampling.judge(db, 9, "harmless", "", anna.actor(), NOW)
    with pytest.raises(ReviewError, match="结论"):
        sampling.judge(db, 9, "maybe", "", anna.actor(), NOW)
    assert sampling.get(db, 9) is None
    assert sampling.week_of(NOW) == "2026-W10"
    assert sampling.week_of(sampling.monday_of(NOW)) == "2026-W10"
    assert sampling.week_of(sampling.monday_of(NOW) - timedelta(microseconds=1)) == "2026-W09"


def test_the_last_verdict_is_taken_back(db, unflagged, anna, bert):
    sampling.draw(db, "unflagged", LATER, size=2)
    first, second, *_ = sampling.waiting(db, "unflagged", anna.id)
    sampling.judge(db, first.id, "harmless", "", anna.actor(), LATER)
    lead = sampling.judge(db, second.id, "violation", "看错了", anna.actor(), LATER + HOUR / 60)
    with pytest.raises(ReviewError, match="没有可以撤销"):
        take_back(db, bert.actor(), LATER + HOUR / 60)
    assert take_back(db, anna.actor(), LATER + HOUR / 30) == (second.id, "unflagged")
    assert sampling.get(db, second.id).verdict is None
    assert queue.row(db, lead, LATER).status == "lapsed"
    (entry,) = audit.recent(db, Wanted(action="sample.undo"), limit=1)
    assert entry.detail == {"verdict": "violation", "note": "看错了", "lead": lead}
    assert take_back(db, anna.actor(), LATER + HOUR / 30).sample_id == first.id
    assert estimates.results(db).missed.judged == 0
    assert sampling.judge(db, second.id, "violation", "", bert.actor(), LATER + HOUR) == lead
    assert queue.row(db, lead, LATER).status == "new"  # the same lead, open again
    with pytest.raises(ReviewError, match="没有可以撤销"):
        take_back(db, bert.actor(), LATER + 2 * HOUR)  # too late


def test_a_verdict_stands_when_somebody_went_on_from_it(db, unflagged, anna, bert):
    sampling.draw(db, "unflagged", LATER, size=2)
    one = sampling.waiting(db, "unflagged", anna.id)[0]
    lead = sampling.judge(db, one.id, "violation", "", anna.actor(), LATER)
    leasing.take(db, lead, bert.id, LATER)
    with pytest.raises(ReviewError, match="已有人研判"):
        take_back(db, anna.actor(), LATER)
    leasing.release(db, lead, bert.id)
    decisions.decide(db, Decision(lead, bert.actor(), "confirm", None), LATER, policy=ALONE)
    with pytest.raises(ReviewError, match="已有人研判"):
        take_back(db, anna.actor(), LATER)
    assert sampling.get(db, one.id).verdict == "violation"
    assert queue.row(db, lead, LATER).status == "confirmed"
