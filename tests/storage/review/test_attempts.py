from __future__ import annotations

from datetime import timedelta

from storage.review import attempts
from storage.review.attempts import Limits
from tests.storage.making import NOW, rows

MINUTE = timedelta(minutes=1)
LIMITS = Limits(by_name=3, by_address=6, window=timedelta(minutes=15))


def fail(db, times, name="anna", address="127.0.0.2", at=NOW):
    for number in range(times):
        attempts.note(db, name, address, at + number * MINUTE, succeeded=False)


def until(db, name, address, at=NOW + 5 * MINUTE):
    return attempts.blocked_until(db, name, address, at, LIMITS)


def test_a_name_is_blocked_for_a_while(db):
    fail(db, 2)
    assert until(db, "anna", "127.0.0.2") is None
    fail(db, 1, " ＡＮＮＡ", at=NOW + 3 * MINUTE)
    assert until(db, "anna", "127.0.0.9") == NOW + 18 * MINUTE
    assert until(db, "bert", "127.0.0.2") is None
    assert until(db, "anna", "127.0.0.9", NOW + 18 * MINUTE) is None


def test_a_success_forgets_a_names_failures_not_the_addresss(db):
    for name in ("a", "b", "c"):
        fail(db, 2, name)
        attempts.note(db, name, "127.0.0.2", NOW + 2 * MINUTE, succeeded=True)
        assert until(db, name, "127.0.0.3") is None
    assert until(db, "new", "127.0.0.2") == NOW + 16 * MINUTE


def test_old_tries_are_forgotten(db):
    fail(db, 2)
    later = NOW + attempts.KEPT + MINUTE * 5
    attempts.note(db, "anna\0", "127.0.0.2", later, succeeded=True)
    assert len(rows(db, "login_attempts")) == 1
