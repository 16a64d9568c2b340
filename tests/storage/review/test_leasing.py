from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from storage.review import decisions, leasing
from storage.review.exceptions import Conflict, Unknown
from storage.review.filters import Filters
from storage.review.records import Decision
from storage.review.second import ALONE, Policy
from tests.storage.making import HOUR, NOW
from tests.storage.review.making import account, lead_ids, offer


@pytest.fixture
def leads(db, site_id, run_id):
    return lead_ids(db, site_id, run_id, *(offer(str(n), score=float(n)) for n in range(12)))


def test_claims(db, leads, anna, bert):
    lease = leasing.take(db, leads[0], anna.id, NOW, minutes=5)
    assert (lease.holder, lease.until_at) == ("anna同志", NOW + timedelta(minutes=5))
    with pytest.raises(Conflict, match="anna同志 正在研判") as caught:
        leasing.take(db, leads[0], bert.id, NOW)
    assert (caught.value.who, caught.value.when, caught.value.what) == ("anna同志", NOW, "lease")
    renewed = leasing.take(db, leads[0], anna.id, NOW + timedelta(minutes=4), minutes=5)
    assert renewed.until_at == NOW + timedelta(minutes=9)
    assert not leasing.release(db, leads[0], bert.id)
    assert leasing.held(db, leads[0], NOW) == renewed
    assert leasing.take(db, leads[0], bert.id, NOW + HOUR).account_id == bert.id
    assert leasing.release_all(db, bert.id) == 1
    assert leasing.held(db, leads[0], NOW) is None
    with pytest.raises(Unknown):
        leasing.take(db, 99, anna.id, NOW)


def test_the_next_one(db, leads, anna, bert):
    assert leasing.next_lead(db, Filters(), anna.id, NOW).lead_id == leads[11]
    assert leasing.next_lead(db, Filters(), bert.id, NOW).lead_id == leads[10]
    assert leasing.next_lead(db, Filters(), anna.id, NOW).lead_id == leads[11]
    assert leasing.next_lead(db, Filters(), anna.id, NOW, skip={leads[11]}).lead_id == leads[9]
    assert leasing.next_lead(db, Filters(), bert.id, NOW, skip=set(leads)) is None
    assert leasing.next_lead(db, Filters(status=("dismissed",)), bert.id, NOW) is None
    assert leasing.next_lead(db, Filters(text="没有"), bert.id, NOW) is None


def test_what_waits_for_a_second_person_goes_to_another(db, leads, anna, bert):
    strict = Policy(verdicts=frozenset({"alert"}))
    decisions.decide(db, Decision(leads[11], anna.actor(), "confirm"), NOW, policy=strict)
    decisions.decide(db, Decision(leads[10], anna.actor(), "confirm"), NOW, policy=ALONE)
    assert leasing.next_lead(db, Filters(), anna.id, NOW).lead_id == leads[9]
    assert leasing.next_lead(db, Filters(), bert.id, NOW).lead_id == leads[11]


def test_nobody_gets_the_same_lead(db, leads):
    people = [account(db, f"p{n}") for n in range(6)]
    got: list[int] = []

    def work(person):
        skip: set[int] = set()
        for _ in range(2):
            lease = leasing.next_lead(db, Filters(), person.id, NOW, skip=skip)
            skip.add(lease.lead_id)
            got.append(lease.lead_id)

    threads = [threading.Thread(target=work, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == leads
