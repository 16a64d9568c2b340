from __future__ import annotations

from storage import retries, sites
from storage.retries import ATTEMPTS
from tests.storage.making import HOUR, NOW, issue


def test_a_failed_page_waits_for_the_next_run(db, site_id):
    retries.put(db, site_id, [issue(key="1", at=NOW), issue(url="http://127.0.0.1/x", key=None, at=NOW - HOUR)])
    other = sites.register(db, "other", "phpbb", [], NOW)
    assert retries.due(db, other, NOW, 10) == []
    assert retries.due(db, site_id, NOW - 2 * HOUR, 10) == []
    first, second = retries.due(db, site_id, NOW, 10)
    assert (first.key, first.url, first.attempts) == (None, "http://127.0.0.1/x", 1)
    assert (second.key, second.kind, second.reason, second.failed_at) == ("1", "timeout", "打开超时", NOW)
    assert retries.due(db, site_id, NOW, 1) == [first]


def test_attempts_are_counted_once_a_failure_and_then_given_up(db, site_id):
    for number in range(1, ATTEMPTS):
        failed = issue(key="1", at=NOW + number * HOUR, reason=f"第{number}次")
        retries.put(db, site_id, [failed, failed])
        retries.put(db, site_id, [failed])
        (waiting,) = retries.due(db, site_id, NOW + 99 * HOUR, 10)
        assert (waiting.attempts, waiting.reason) == (number, f"第{number}次")
    retries.put(db, site_id, [issue(key="1", at=NOW + 50 * HOUR)])
    assert retries.due(db, site_id, NOW + 99 * HOUR, 10) == []


def test_done_by_key_or_address(db, site_id):
    long = "http://127.0.0.1/" + "长" * 2000
    retries.put(db, site_id, [issue(key="1"), issue(url=long, key=None), issue(url="http://127.0.0.1/3", key="3")])
    retries.put(db, site_id, [])
    retries.done(db, site_id, ["1", long])
    assert [waiting.key for waiting in retries.due(db, site_id, NOW, 10)] == ["3"]
    retries.done(db, site_id, ["http://127.0.0.1/3"])
    assert retries.due(db, site_id, NOW, 10) == []
