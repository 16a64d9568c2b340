from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from storage.referral import deliveries
from storage.referral.deliveries import DELAYS, Attempt, Target
from storage.referral.exceptions import Absent, ReferringError
from storage.referral.models import Delivery
from storage.review import audit
from storage.review.audit import Actor
from tests.storage.making import NOW

WANG = Actor(None, "demo_wang")
REFERRAL = SimpleNamespace(
    id=None, number="网移〔2026〕1号", template="lead", department="forestry", status="sent", step_id=3, lead_ids=(4, 5),
    sent_at=NOW, due_at=None,
)  # fmt: skip
POLICE, ALL = Target("police", frozenset({"referral.send"})), Target("all")


def happens(db, event: str = "referral.send", now=NOW, **detail) -> None:
    with db.write() as connection:
        deliveries.enqueue_in(connection, event, REFERRAL, now, detail=detail)


def test_an_event_goes_to_whoever_listens_and_to_nobody_else(db):
    happens(db)
    happens(db, "referral.receive", reference="回1")
    assert deliveries.waits(db, NOW)
    assert deliveries.take(db, NOW) == []  # not handed on yet
    assert deliveries.spread(db, [POLICE, ALL], NOW) == 3
    assert deliveries.spread(db, [POLICE, ALL], NOW) == 0
    found = deliveries.take(db, NOW)
    assert [(one.event, one.target) for one in found] == [
        ("referral.send", "police"), ("referral.send", "all"), ("referral.receive", "all")
    ]  # fmt: skip
    first, second, third = found
    assert first.payload["id"] == second.payload["id"] != third.payload["id"]
    assert third.payload["detail"] == {"reference": "回1"}
    assert first.payload["referral"]["leads"] == [4, 5]


def test_a_step_that_is_rolled_back_is_told_to_nobody(db):
    def fail() -> None:
        with db.write() as connection:
            deliveries.enqueue_in(connection, "referral.send", REFERRAL, NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not deliveries.waits(db, NOW)
    assert deliveries.spread(db, [ALL], NOW) == 0


def test_a_target_of_today_hears_no_old_news(db):
    happens(db, now=NOW - timedelta(days=8))
    assert deliveries.spread(db, [ALL], NOW) == 0
    assert not deliveries.waits(db, NOW)


def test_what_one_sender_took_no_other_takes_until_its_time_is_over(db):
    happens(db)
    deliveries.spread(db, [ALL], NOW)
    (one,) = deliveries.take(db, NOW)
    assert deliveries.take(db, NOW) == []
    (same,) = deliveries.take(db, NOW + deliveries.LEASE)  # the first was killed
    assert same.id == one.id
    assert same.payload == one.payload


def test_tries_further_and_further_apart_then_fails_and_is_sent_again(db):
    happens(db)
    deliveries.spread(db, [ALL], NOW)
    now = NOW
    for delay in DELAYS:
        (one,) = deliveries.take(db, now)
        kept = deliveries.record(db, one.id, Attempt(ok=False, status=503, error="答复 503", seconds=0.5), now)
        assert (kept.status, kept.next_at) == ("waiting", now + delay)
        assert deliveries.take(db, now + delay - timedelta(seconds=1)) == []
        now += delay
    (one,) = deliveries.take(db, now)
    assert deliveries.record(db, one.id, Attempt(ok=False, error="连不上"), now).status == "failed"
    assert deliveries.take(db, now + timedelta(days=30)) == []
    assert [found.last_error for found in deliveries.failed(db)] == ["连不上"]
    assert deliveries.counts(db) == {"failed": 1}
    assert len(deliveries.attempts(db, one.id)) == len(DELAYS) + 1
    assert deliveries.again(db, one.id, WANG, now).attempts == 0
    assert audit.recent(db, limit=1)[0].action == "delivery.again"
    with pytest.raises(ReferringError, match="失败"):
        deliveries.again(db, one.id, WANG, now)
    (same,) = deliveries.take(db, now)
    done = deliveries.record(db, same.id, Attempt(ok=True, status=204), now)
    assert (done.status, done.last_error, done.done_at) == ("done", "", now)
    assert done.payload == one.payload


def test_a_try_that_makes_no_sense_to_repeat_fails_at_once(db):
    happens(db)
    deliveries.spread(db, [ALL], NOW)
    (one,) = deliveries.take(db, NOW)
    failed = deliveries.record(db, one.id, Attempt(ok=False, error="长" * 9_000, final=True), NOW)
    assert failed.status == "failed"
    assert len(failed.last_error) == deliveries.LONGEST_ERROR


def test_no_such_message(db):
    with pytest.raises(Absent, match="7"):
        deliveries.again(db, 7, WANG, NOW)
    with pytest.raises(Absent):
        deliveries.record(db, 2**70, Attempt(ok=True), NOW)


def test_nothing_personal_is_in_a_message(db):
    happens(db)
    with db.read() as connection:
        (payload,) = connection.execute(select(Delivery.payload)).scalars()
    assert set(payload["referral"]) == {
        "id", "number", "template", "department", "status", "step", "leads", "sent_at", "due_at"
    }  # fmt: skip
