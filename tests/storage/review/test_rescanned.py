"""A newer lexicon moves what nobody has decided, and nothing else, with the statuses that decisions really give."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from storage.models import Lead
from storage.records import DetectionRecord
from storage.review import decisions, queue
from storage.review.filters import Filters
from storage.review.records import Decision
from storage.review.second import ALONE, Policy
from storage.revising import revise
from storage.versions import Lexicon
from tests.storage.making import HOUR, NOW, detection, hit, rows
from tests.storage.review.making import lead_ids, offer

STRICT = Policy(verdicts=frozenset({"alert"}))


def rescan(db, version, record, at):
    with db.read() as connection:
        ids = connection.scalars(select(Lead.listing_id)).all()
    with db.write() as connection:
        revise(connection, Lexicon(version, lambda texts: [record] * len(texts)), ids, {}, at)


def statuses(db):
    return dict(rows(db, "leads", "id", "status"))


def test_decided_leads_stay(db, site_id, run_id, anna):
    leads = lead_ids(db, site_id, run_id, *(offer(str(n)) for n in range(8)))
    expected = {}
    for lead, kind in zip(
        leads, ("confirm", "dismiss", "needs_info", "duplicate", "refer", "pending", "note", None), strict=True
    ):
        seen = None
        if kind == "refer":
            seen = decisions.decide(db, Decision(lead, anna.actor(), "confirm"), NOW, policy=ALONE).id
        if kind is not None:
            policy = STRICT if kind == "pending" else ALONE
            said = "confirm" if kind == "pending" else kind
            facts = {"reason": "other", "note": "x", "duplicate_of": leads[0]}
            done = decisions.decide(db, Decision(lead, anna.actor(), said, seen, **facts), NOW, policy=policy)
            expected[lead] = done.status
    before = statuses(db)
    rescan(db, "lex-2", DetectionRecord("none", 0.0, "none", (), "lex-2"), NOW + HOUR)
    after = statuses(db)
    decided = leads[:6]
    assert {lead: after[lead] for lead in decided} == {lead: before[lead] for lead in decided}
    assert sorted({after[lead] for lead in decided}) == [
        "confirmed", "dismissed", "duplicate", "needs_info", "pending", "referred",
    ]  # fmt: skip
    assert (after[leads[6]], after[leads[7]]) == ("lapsed", "lapsed")


def test_terms_and_words_follow_a_newer_lexicon(db, site_id, run_id):
    (lead,) = lead_ids(db, site_id, run_id, offer("1", body="出售老果冻料,猫头鹰"))
    newer = detection(
        "alert", 95.0, "lex-2", [hit("出鸟\n出售老果冻料,猫头鹰", "果冻料", entry="c-1", channel="codeword")]
    )
    rescan(db, "lex-2", newer, NOW + timedelta(days=1))
    (row,) = queue.page(db, Filters(term="果冻料", channel="codeword", text="果冻"), NOW).rows
    assert (row.id, row.term, row.score, row.priority) == (lead, "果冻料", 95.0, 95.0)
    assert queue.page(db, Filters(term="猫头鹰"), NOW).rows == ()
    rescan(db, "lex-3", DetectionRecord("none", 0.0, "none", (), "lex-3"), NOW + timedelta(days=2))
    (row,) = queue.page(db, Filters(status=("lapsed",), term="果冻料", text="果冻"), NOW).rows
    assert (row.id, row.score) == (lead, 0.0)
