"""A sealed capture is complete: files, manifest, rows, custody; and nothing half-written counts."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from storage.config import EvidenceConfig
from storage.evidence import captures, custody, manifests, sealing
from storage.evidence.objects import Objects
from storage.evidence.records import FileDraft
from storage.exceptions import DiskFull, StorageError
from tests.storage.evidence.making import ACTOR, draft, page
from tests.storage.making import NOW, dump


def test_a_capture_is_kept_whole_and_read_back(db, objects, site_id, run_id, tmp_path):
    picture = tmp_path / "picture"
    picture.write_bytes(b"\xff\xd8" * 700_000)
    given = draft(
        site_id, "7",
        FileDraft("page.txt", "text", "text/plain", page()),
        FileDraft("1.jpg", "picture", "image/jpeg", picture),
        run_id=run_id, missing="截屏未做",
    )  # fmt: skip
    made = sealing.seal(db, objects, given, actor=ACTOR, now=NOW + timedelta(seconds=1))
    assert captures.get(db, made.id) == made
    assert (made.site, made.key, made.url, made.kind) == ("demo", "7", given.url, "page")
    assert (made.run_id, made.missing, made.facts) == (run_id, "截屏未做", given.facts)
    assert [file.name for file in made.files] == ["page.txt", "1.jpg"]
    for file, content in zip(made.files, (page(), picture.read_bytes()), strict=True):
        assert objects.read(file.sha256) == content
        assert file.sha256 == hashlib.sha256(content).hexdigest()
        assert file.size == len(content)
    manifest = objects.read(made.digest)
    assert hashlib.sha256(manifest).hexdigest() == made.digest
    said = json.loads(manifest)
    assert [one["sm3"] for one in said["files"]] == [one.sm3 for one in made.files]
    assert said["software"].startswith("wangdun")
    assert manifests.differences(manifests.read(manifest), made) == []
    (link,) = custody.entries(db)
    assert (link.actor, link.action, link.capture_id) == (ACTOR, "captured", made.id)
    assert link.detail["digest"] == made.digest
    assert list(objects.tmp.iterdir()) == []


def test_sealing_again_changes_nothing(db, objects, site_id):
    first = sealing.seal(db, objects, draft(site_id), actor=ACTOR, now=NOW)
    before = dump(db), sorted(objects.names())
    assert sealing.seal(db, objects, draft(site_id), actor=ACTOR, now=NOW) == first
    assert (dump(db), sorted(objects.names())) == before
    later = sealing.seal(db, objects, draft(site_id), actor=ACTOR, now=NOW + timedelta(seconds=1))
    assert later.id != first.id
    assert later.files == first.files


def test_hostile_text_is_the_same_in_manifest_and_database(db, objects, site_id):
    odd = draft(site_id, "k" * 5000, url="http://127.0.0.1/\ud800\0", facts={"\ud800": float("nan"), "t": "\0" * 3})
    made = sealing.seal(db, objects, odd, actor="张\ud800", now=NOW)
    manifest = manifests.read(objects.read(made.digest))
    assert manifests.differences(manifest, made) == []
    assert captures.of_listing(db, site_id, "k" * 5000) == (made,)


def test_what_is_over_the_limit_is_left_out_and_said(db, tmp_path, site_id):
    objects = Objects(tmp_path / "evidence", EvidenceConfig(keep_free_mb=16, max_mb=1))
    files = [FileDraft(f"{n}.jpg", "picture", "image/jpeg", bytes([n]) * 600_000) for n in range(3)]
    files.append(FileDraft("small.txt", "text", "text/plain", b"x"))
    made = sealing.seal(db, objects, draft(site_id, "1", *files, missing="无截屏"), actor=ACTOR, now=NOW)
    assert [file.name for file in made.files] == ["0.jpg", "small.txt"]
    assert made.missing.startswith("无截屏；1.jpg 未保存")
    assert "2.jpg" in made.missing


@pytest.mark.parametrize("name", ["../x", "a/b", "证据.txt", "", ".hidden", "x" * 101])
def test_names_that_leave_the_folder_are_refused(db, objects, site_id, name):
    with pytest.raises(ValueError, match="file names"):
        sealing.seal(db, objects, draft(site_id, "1", FileDraft(name, "text", "text/plain", b"")), actor=ACTOR, now=NOW)
    twice = [FileDraft("a.txt", "text", "text/plain", b"")] * 2
    with pytest.raises(ValueError, match="differ"):
        sealing.seal(db, objects, draft(site_id, "1", *twice), actor=ACTOR, now=NOW)
    assert list(custody.entries(db)) == []


def test_without_room_nothing_is_written(db, tmp_path, site_id):
    objects = Objects(tmp_path / "evidence", EvidenceConfig(keep_free_mb=10**9))
    with pytest.raises(DiskFull, match=r"剩余 \d+ MB，须留出 1000000000 MB"):
        sealing.seal(db, objects, draft(site_id), actor=ACTOR, now=NOW)
    assert list(objects.names()) == []
    assert list(objects.tmp.iterdir()) == []
    assert list(custody.entries(db)) == []


def test_a_database_that_fails_leaves_what_a_sweep_recovers(db, objects, site_id):
    with db.write() as connection:
        connection.execute(text("ALTER TABLE captures RENAME TO away"))
    with pytest.raises(StorageError):
        sealing.seal(db, objects, draft(site_id), actor=ACTOR, now=NOW)
    assert len(list(objects.tmp.iterdir())) == 2  # the page and its manifest, to be found
    assert len(list(objects.names())) == 2


def test_captures_are_found_by_listing_site_and_time(db, objects, site_id):
    made = [
        sealing.seal(db, objects, draft(site_id, key, taken_at=NOW + timedelta(hours=n)), actor=ACTOR, now=NOW)
        for n, key in enumerate("abab")
    ]
    assert captures.of_listing(db, site_id, "a") == (made[0], made[2])
    assert captures.recent(db, 3) == tuple(made[:0:-1])
    assert captures.recent(db, 3, before=made[2].id) == (made[1], made[0])
    assert captures.recent(db, 9, since=NOW + timedelta(hours=2), site="demo") == (made[3], made[2])
    assert captures.recent(db, 9, site="other") == ()
    assert captures.recent(db, 9, kind="screen") == ()
    assert captures.page(db, after=made[1].id, up_to=made[2].id) == (made[2],)
    for number in (0, -1, 2**70, 99):
        assert captures.get(db, number) is None
        assert captures.of_lead(db, number) == ()
