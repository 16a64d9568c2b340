from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from storage.config import EvidenceConfig
from storage.evidence import removing, sealing
from storage.evidence.models import Capture
from storage.evidence.objects import Objects
from storage.evidence.records import CaptureDraft, FileDraft
from storage.evidence.sweeping import sweep
from storage.referral import flow
from storage.referral.models import Feedback
from storage.referral.records import NewFile
from tests.storage.making import NOW
from tests.storage.referral.making import drafted


@pytest.fixture
def objects(tmp_path) -> Objects:
    return Objects(tmp_path / "evidence", EvidenceConfig(keep_free_mb=16))


def picture_of_a_case(db, sha256: str) -> None:
    row = {
        "unit": "某乡", "case_number": "", "title": "案", "happened_on": "2026-03-01", "filed": True, "criminal": False,
        "people": 0, "gangs": 0, "confiscated": 0, "fined": 0, "typical": "", "pictures": [sha256], "publish": "no",
        "note": "", "source": "手工", "void": False, "at": NOW,
    }  # fmt: skip
    with db.write() as connection:
        connection.execute(insert(Feedback).values(row))


def test_a_sweep_takes_what_nobody_names_and_leaves_papers_and_pictures(db, objects, hanna, arno, leads):
    made = drafted(db, hanna, leads[0])
    with objects.writing() as batch:
        kept = batch.put(b"letter")
        paper = NewFile("letter", "函.pdf", "application/pdf", kept.size, kept.sha256)
        flow.approve(db, made.id, arno.actor(), NOW, seen=made.step_id, files=[paper])
    picture, stray = objects.put(b"picture"), objects.put(b"stray")
    picture_of_a_case(db, picture.sha256)
    done = sweep(db, objects, NOW, whole=True)
    assert [name for name, _ in done.removed] == [stray.sha256]
    assert objects.read(kept.sha256) == b"letter"
    assert objects.has(picture.sha256)


def test_retention_leaves_a_picture_that_a_case_shows(db, objects, site_id):
    file = FileDraft("a.jpg", "picture", "image/jpeg", b"picture")
    other = FileDraft("b.jpg", "picture", "image/jpeg", b"another")
    draft = CaptureDraft(site_id, "demo", "1", "http://127.0.0.1/1", "pictures", "crawl", NOW, (file, other))
    capture = sealing.seal(db, objects, draft, actor="crawl", now=NOW)
    shown, gone = (one.sha256 for one in capture.files)
    picture_of_a_case(db, shown)
    with db.write() as connection:
        connection.execute(Capture.__table__.update().values(removed_at=NOW + timedelta(days=1)))
    removing.begin(objects)
    assert removing.finish(db, objects) >= 1
    assert objects.has(shown)
    assert not objects.has(gone)
