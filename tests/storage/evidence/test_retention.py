"""What retention takes away, what it never touches, and that it is finished after a kill."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from storage import listings
from storage.evidence import captures, custody, removing, retention, sealing, sweeping, verify
from storage.evidence.records import FileDraft
from storage.exceptions import EvidenceError
from storage.models import Lead
from tests.storage.evidence.making import ACTOR, draft, page
from tests.storage.making import NOW, full, rows

DAYS = 200
LATER = NOW + timedelta(days=DAYS + 1)
SHARED = FileDraft("shared.jpg", "picture", "image/jpeg", b"\xff\xd8 shared")


@pytest.fixture
def leads(db, objects, site_id, run_id) -> None:
    """Four leads with a capture each that share a picture; a capture of a listing that is no lead."""
    listings.write(db, site_id, run_id, [full(str(n)) for n in range(1, 5)])
    for number in (1, 2, 3, 4, 9):
        own = FileDraft("page.txt", "text", "text/plain", page(number))
        sealing.seal(db, objects, draft(site_id, str(number), own, SHARED), actor=ACTOR, now=NOW)


def close(db, *numbers: int, status: str = "closed", at=NOW) -> None:
    with db.write() as connection:
        chosen = Lead.id.in_([row[0] for row in rows(db, "leads", "id") if row[0] in numbers])
        connection.execute(update(Lead).where(chosen).values(status=status, updated_at=at))


def test_only_leads_that_are_over_long_enough_are_due(db, objects, leads):
    assert retention.due(db, DAYS, LATER) == ()
    close(db, 1, status="dismissed")
    close(db, 2, status="lapsed", at=NOW + timedelta(days=30))
    close(db, 3, status="referred")
    assert [one.key for one in retention.due(db, DAYS, LATER)] == ["1"]
    assert [one.key for one in retention.due(db, DAYS, LATER + timedelta(days=30))] == ["1", "2"]
    assert retention.due(db, DAYS, NOW + timedelta(days=DAYS - 1)) == ()


def test_files_go_and_what_they_were_stays_known(db, objects, leads):
    close(db, 1, 2)
    before = captures.get(db, 1)
    done = retention.prune(db, objects, DAYS, actor="张三", now=LATER)
    assert (done.captures, done.files) == (2, 2)  # the picture is still used by others
    after = captures.get(db, 1)
    assert (after.removed_at, after.files, after.digest) == (LATER, before.files, before.digest)
    assert not objects.has(before.files[0].sha256)
    assert objects.has(before.files[1].sha256)
    assert objects.has(before.digest)
    link = list(custody.entries(db, capture_id=1))[-1]
    assert (link.actor, link.action) == ("张三", "deleted")
    assert [one["sha256"] for one in link.detail["files"]] == [one.sha256 for one in before.files]
    assert verify.Verifier(db, objects).run().ok
    assert sweeping.sweep(db, objects, LATER, whole=True).removed == []
    assert retention.prune(db, objects, DAYS, actor="张三", now=LATER).captures == 0
    close(db, 3, 4)
    assert retention.prune(db, objects, DAYS, actor="张三", now=LATER).files == 2
    assert objects.has(before.files[1].sha256)  # the one that is no lead
    assert verify.Verifier(db, objects).run().ok


def test_a_removal_that_was_killed_is_finished_by_the_next_sweep(db, objects, leads, monkeypatch):
    close(db, 1)
    monkeypatch.setattr(removing, "finish", _raise)
    with pytest.raises(KeyboardInterrupt):
        retention.prune(db, objects, DAYS, actor="张三", now=LATER)
    monkeypatch.undo()
    gone = captures.get(db, 1).files[0].sha256
    assert objects.has(gone)
    sweeping.sweep(db, objects, LATER)
    assert not objects.has(gone)
    assert list(objects.tmp.iterdir()) == []
    assert verify.Verifier(db, objects).run().ok


def _raise(*_):
    raise KeyboardInterrupt


def test_retention_gives_way_to_writers(db, objects, leads, monkeypatch):
    monkeypatch.setattr(retention, "PATIENCE", 0.05)
    close(db, 1)
    with objects.writing(), pytest.raises(EvidenceError, match="请稍后重试"):
        retention.prune(db, objects, DAYS, actor="张三", now=LATER)
    assert captures.get(db, 1).removed_at is None
