"""After a kill at any moment: what was sealed is there and whole, of what was not nothing is left."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from contextlib import suppress

import pytest

from storage.evidence import captures, custody, heads, sealing, sweeping, verify
from storage.evidence.records import FileDraft
from tests.storage.evidence import writer
from tests.storage.evidence.making import ACTOR, draft, page, tamper
from tests.storage.making import NOW, dump

KILLS = 20  # on each database; the benchmark makes 200


class Killed(BaseException):
    """As a kill: nothing that runs afterwards may tidy up."""


def kill_at(monkeypatch, objects, step: int) -> None:
    """End whatever seals at its n-th step, leaving what a kill would leave."""
    steps = iter(range(1000))

    def counted(owner, name):
        real = getattr(owner, name)

        def call(*args, **kwargs):
            if next(steps) == step:
                raise Killed
            return real(*args, **kwargs)

        monkeypatch.setattr(owner, name, call)

    from storage.evidence import objects as module

    for owner, name in (
        (module, "_write_durably"), (module.Objects, "link"), (module, "sync_folder"), (sealing.custody, "append"),
        (sealing.captures, "by_digest"), (module.Batch, "finish"),
    ):  # fmt: skip
        counted(owner, name)
    monkeypatch.setattr(module, "_drop_unplaced", lambda _: None)


def test_an_orderly_folder_is_left_alone(db, objects, site_id):
    first = sweeping.sweep(db, objects, NOW)
    assert first.whole  # never swept since this boot
    sealing.seal(db, objects, draft(site_id), actor=ACTOR, now=NOW)
    assert heads.written(objects.folder) == []
    before = dump(db), sorted(objects.names())
    for whole in (False, True):
        done = sweeping.sweep(db, objects, NOW, whole=whole)
        assert (done.adopted, done.removed, done.whole, done.skipped) == ([], [], whole, False)
    assert (dump(db), sorted(objects.names())) == before
    assert [one.number for one in heads.written(objects.folder)] == [1]


@pytest.mark.parametrize("step", range(16))
def test_a_kill_at_each_step_leaves_nothing_half(db, objects, site_id, monkeypatch, step):
    sweeping.sweep(db, objects, NOW)
    sealing.seal(db, objects, draft(site_id, "before"), actor=ACTOR, now=NOW)
    files = [FileDraft(f"{n}.txt", "text", "text/plain", page(n)) for n in (1, 2)]
    with monkeypatch.context() as patch, suppress(Killed):
        kill_at(patch, objects, step)
        sealing.seal(db, objects, draft(site_id, "killed", *files), actor=ACTOR, now=NOW)
    done = sweeping.sweep(db, objects, NOW)
    kept = captures.of_listing(db, site_id, "killed")
    assert len(kept) in {0, 1}
    assert done.adopted in ([], [one.id for one in kept])
    assert list(objects.tmp.iterdir()) == []
    assert sweeping.orphans(db, objects) == ({}, set())
    assert verify.Verifier(db, objects).run().faults == []
    assert len(captures.of_listing(db, site_id, "before")) == 1
    again = sweeping.sweep(db, objects, NOW, whole=True)
    assert (again.adopted, again.removed) == ([], [])


def test_a_manifest_without_rows_is_adopted_as_it_was_sealed(db, objects, site_id, run_id, monkeypatch):
    def killed(*_, **__):
        raise Killed

    monkeypatch.setattr(sealing, "record", killed)
    with pytest.raises(Killed):
        sealing.seal(db, objects, draft(site_id, "7", run_id=run_id), actor=ACTOR, now=NOW)
    monkeypatch.undo()
    assert captures.recent(db, 1) == ()
    done = sweeping.sweep(db, objects, NOW)
    (made,) = captures.of_listing(db, site_id, "7")
    assert done.adopted == [made.id]
    assert (made.run_id, made.sealed_at, made.facts) == (run_id, NOW, draft(site_id).facts)
    (link,) = custody.entries(db)
    assert (link.action, link.capture_id, link.detail["digest"]) == ("recovered", made.id, made.digest)
    assert sealing.seal(db, objects, draft(site_id, "7", run_id=run_id), actor=ACTOR, now=NOW) == made


def test_what_is_taken_away_is_named_in_the_chain(db, objects):
    sweeping.sweep(db, objects, NOW)
    (objects.tmp / "half").write_bytes(b"x" * 9)
    with objects.writing() as batch:
        kept = batch.put(b"never named")
        batch._names.clear()  # as a kill before the rows
    done = sweeping.sweep(db, objects, NOW)
    assert not done.whole
    assert done.removed == [(kept.sha256, 11), ("half", 9)]
    first, second = custody.entries(db)
    assert (first.action, first.detail["files"]) == ("swept", [{"name": kept.sha256, "size": 11}])
    assert second.detail["files"] == [{"name": "half", "size": 9}]
    assert not objects.has(kept.sha256)


def test_a_file_that_a_deleted_row_once_named_is_never_taken_away(db, objects, site_id):
    made = sealing.seal(db, objects, draft(site_id), actor=ACTOR, now=NOW)
    tamper(db, "DELETE FROM capture_files", "DELETE FROM captures")
    done = sweeping.sweep(db, objects, NOW, whole=True)
    assert (done.adopted, done.removed) == ([], [])
    assert objects.has(made.files[0].sha256)
    assert any(one.capture_id == made.id for one in verify.Verifier(db, objects).run().faults)


def test_rows_that_a_power_cut_took_are_made_anew_after_the_boot(db, objects, site_id, monkeypatch, tmp_path):
    sweeping.sweep(db, objects, NOW)
    made = sealing.seal(db, objects, draft(site_id), actor=ACTOR, now=NOW)
    tamper(db, "DELETE FROM capture_files", "DELETE FROM custody", "DELETE FROM captures")  # the last commit is lost
    assert sweeping.sweep(db, objects, NOW).adopted == []
    boot = tmp_path / "boot_id"
    boot.write_text("another boot\n", encoding="ascii")
    monkeypatch.setattr(sweeping, "BOOT_ID", boot)
    done = sweeping.sweep(db, objects, NOW)
    assert done.whole
    (found,) = captures.recent(db, 9)
    assert (done.adopted, found.digest) == ([found.id], made.digest)
    assert not sweeping.sweep(db, objects, NOW).whole
    assert verify.Verifier(db, objects).run().ok


def test_manifests_of_another_database_are_left_alone(db, objects, site_id, monkeypatch):
    with objects.writing() as batch:
        foreign = sealing.manifests.write(draft(99), [], missing="", actor=ACTOR, now=NOW)
        kept = batch.put(foreign.encode())
    assert sweeping.sweep(db, objects, NOW, whole=True).removed == []
    assert objects.has(kept.sha256)


def test_whoever_sweeps_gives_way_to_writers(db, objects, monkeypatch):
    monkeypatch.setattr(sweeping, "PATIENCE", 0.05)
    with objects.writing():
        assert sweeping.sweep(db, objects, NOW).skipped


def test_kills_at_random_moments_leave_no_corrupt_and_no_orphaned_evidence(url, db, objects, site_id):
    sweeping.sweep(db, objects, NOW)
    seed = random.randrange(10**6)
    args = [sys.executable, "-m", "tests.storage.evidence.writer", url, objects.folder, str(KILLS), str(seed), "2"]
    done = subprocess.run(args, capture_output=True, check=True, timeout=200)
    reported = json.loads(done.stdout)
    assert site_id == writer.SITE
    swept = sweeping.sweep(db, objects, NOW)
    stored = {one.digest: one for one in captures.recent(db, 10**6)}
    assert reported, "no writer came so far as to seal anything"
    assert set(reported) <= stored.keys(), seed
    assert set(swept.adopted) <= {one.id for one in stored.values()}
    assert verify.Verifier(db, objects).run().faults == [], seed
    assert sweeping.orphans(db, objects) == ({}, set())
    assert list(objects.tmp.iterdir()) == []
