from __future__ import annotations

from storage import issues, runs, sites
from tests.storage.making import HOUR, NOW, issue


def test_problems_come_back_newest_first_and_narrowed(db, site_id, run_id):
    other = sites.register(db, "other", "phpbb", [], NOW)
    later = runs.start(db, other, now=NOW, pid=1, lexicon_version="1", config_hash="", trigger="manual")
    issues.add(
        db, run_id, site_id, [issue(), issue(url="http://127.0.0.1/robots.txt", kind="robots", page="robots", key=None)]
    )
    issues.add(db, later, other, [issue(at=NOW + HOUR, reason="坏\0字", detail={"a\ud800": "b"})])
    issues.add(db, later, other, [])
    found = issues.recent(db, limit=10)
    assert [(row.site, row.kind, row.page, row.key) for row in found] == [
        ("other", "timeout", "item", "9"), ("demo", "robots", "robots", None), ("demo", "timeout", "item", "9"),
    ]  # fmt: skip
    assert (found[0].reason, found[0].detail, found[0].seen_at) == ("坏\ufffd字", {"a\ufffd": "b"}, NOW + HOUR)
    assert (found[2].url, found[2].detail, found[2].run_id) == ("http://127.0.0.1/thread-9", {"seconds": "30"}, run_id)
    assert issues.recent(db, limit=1) == found[:1]
    assert issues.recent(db, limit=10, site="demo") == found[1:]
    assert issues.recent(db, limit=10, run_id=later) == issues.recent(db, limit=10, since=NOW + HOUR) == found[:1]
    assert issues.recent(db, limit=10, site="nobody") == []
