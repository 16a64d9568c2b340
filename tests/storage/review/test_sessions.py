from __future__ import annotations

from datetime import timedelta

from storage.review import accounts, sessions
from tests.storage.making import HOUR, NOW, rows

DAY = timedelta(days=1)


def start(db, account, at=NOW):
    return sessions.open(db, account.id, at, lasts=DAY, address="127.0.0.1", agent="测试" * 400)


def test_a_session_is_resumed_until_idle_or_old(db, anna):
    token, made = start(db, anna)
    assert made.account.id == anna.id
    assert len(made.agent) == 300
    assert accounts.get(db, anna.id).last_login_at == NOW
    assert token not in str(rows(db, "sessions"))
    at = NOW
    while at < NOW + DAY - HOUR / 2:
        again = sessions.resume(db, token, at, idle=HOUR)
        assert again.csrf == made.csrf
        at += HOUR / 2
    assert sessions.resume(db, token, NOW + DAY, idle=HOUR) is None
    assert sessions.resume(db, "other", NOW, idle=HOUR) is None
    assert sessions.resume(db, "\ud800", NOW, idle=HOUR) is None


def test_idle(db, anna):
    token, _ = start(db, anna)
    assert sessions.resume(db, token, NOW + HOUR, idle=HOUR) is None


def test_ending(db, anna, bert):
    one, made = start(db, anna)
    two, other = start(db, anna)
    third, _ = start(db, bert)
    assert {session.token_sha256 for session in sessions.of_account(db, anna, NOW)} == {
        made.token_sha256, other.token_sha256,
    }  # fmt: skip
    assert sessions.end_all(db, anna.id, but=made.token_sha256) == 1
    assert sessions.resume(db, two, NOW, idle=HOUR) is None
    assert sessions.resume(db, one, NOW, idle=HOUR)
    assert sessions.end(db, made.token_sha256)
    assert not sessions.end(db, made.token_sha256)
    assert sessions.resume(db, one, NOW, idle=HOUR) is None
    assert sessions.resume(db, third, NOW, idle=HOUR)


def test_old_ones_are_swept(db, anna):
    start(db, anna)
    start(db, anna, NOW + 2 * DAY)
    assert len(rows(db, "sessions")) == 1
