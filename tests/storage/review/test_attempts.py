from __future__ import annotations

from datetime import timedelta

from storage.review import attempts
from storage.review.attempts import Limits
from tests.storage.making import NOW, rows

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
LIMITS = Limits(by_pair=3, by_address=6, by_name=5)
HERE, THERE, ELSEWHERE = "127.0.0.2", "127.0.0.9", "127.0.0.3"


def fail(db, times, name="anna", address=HERE, at=NOW):
    for number in range(times):
        attempts.note(db, name, address, at + number * MINUTE, succeeded=False)


def until(db, name, address, at=NOW + 5 * MINUTE):
    return attempts.blocked_until(db, name, address, at, LIMITS)


def test_a_name_is_blocked_for_its_address_for_a_while(db):
    fail(db, 2)
    assert until(db, "anna", HERE) is None
    fail(db, 1, " ＡＮＮＡ", at=NOW + 3 * MINUTE)
    assert until(db, "anna", HERE) == NOW + 18 * MINUTE
    assert until(db, "bert", HERE) is None
    assert until(db, "anna", THERE) is None
    assert until(db, "anna", HERE, NOW + 18 * MINUTE) is None


def test_an_address_is_blocked_whatever_the_names(db):
    for name in ("a", "b", "c"):
        fail(db, 2, name)
    assert until(db, "new", HERE) == NOW + 16 * MINUTE
    assert until(db, "new", THERE) is None


def test_a_success_forgets_a_pairs_failures_not_the_addresss(db):
    for name in ("a", "b", "c"):
        fail(db, 2, name)
        attempts.note(db, name, HERE, NOW + 2 * MINUTE, succeeded=True)
        assert until(db, name, HERE) is None  # where somebody has signed in before, only their own failures count
    assert until(db, "new", HERE) == NOW + 16 * MINUTE


def test_failures_from_everywhere_make_strangers_wait_a_little_and_nobody_else(db):
    attempts.note(db, "anna", HERE, NOW - 100 * MINUTE, succeeded=True)
    for number in range(20):
        fail(db, 1, address=f"127.1.0.{number}", at=NOW + number * SECOND)
        last = NOW + number * SECOND
        pause = None if number < 4 else last + SECOND * min(2 ** (number - 4), 2**attempts.DOUBLED)
        assert until(db, "anna", ELSEWHERE, last) == pause, number
        assert until(db, "anna", HERE, last) is None, number
    assert until(db, "anna", ELSEWHERE, last + 64 * SECOND) is None
    assert until(db, "bert", ELSEWHERE, last) is None


def test_who_knows_the_address_still_cannot_guess_from_it(db):
    attempts.note(db, "anna", HERE, NOW - 100 * MINUTE, succeeded=True)
    fail(db, 3)
    assert until(db, "anna", HERE) == NOW + 17 * MINUTE


def test_old_tries_are_forgotten(db):
    fail(db, 2)
    later = NOW + attempts.KEPT + MINUTE * 5
    attempts.note(db, "anna\0", HERE, later, succeeded=True)
    assert len(rows(db, "login_attempts")) == 1
