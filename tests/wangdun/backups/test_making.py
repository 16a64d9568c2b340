"""Backups: whole, consistent while others write, never half, never worse than what was there."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest

from storage import listings, runs
from storage.database import Database
from storage.exceptions import StorageError
from storage.operation import records
from tests.storage.making import full
from tests.wangdun.backups.making import back_up, installed, silent
from tests.wangdun.evidence import NOW
from tests.wangdun.running import PATIENCE, environment, wangdun
from wangdun.backups import making, reading, taking
from wangdun.backups.exceptions import BackupError
from wangdun.backups.manifest import MANIFEST
from wangdun.exceptions import Busy, UsageError
from wangdun.locks import file_lock

HOUR = timedelta(hours=1)


@pytest.fixture
def made(tmp_path):
    one = installed(tmp_path / "here")
    yield one
    one.db.close()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_everything_is_in_it_and_nothing_that_is_made_anew(made, tmp_path):
    done = back_up(made, tmp_path / "backups")
    parts = {part.name for part in done.manifest.parts}
    assert {"config.yaml", "objects.txt", "database/wangdun.sqlite", "data/lexicon/local/notes.txt"} <= parts
    assert any(name.startswith("data/evidence/heads/custody-") for name in parts)
    assert not [name for name in parts if "cache" in name or "locks" in name or "-wal" in name]
    assert done.manifest.objects == done.copied == len(list(made.objects.names())) == 5
    assert done.manifest.remarks == ()
    assert done.manifest.head_number == 2
    assert names(done.place.parent) == ["20260305T083000Z", "objects"]
    assert done.place.stat().st_mode & 0o077 == 0
    assert reading.verify(done.place) == done.manifest


def test_the_next_one_copies_only_what_is_new(made, tmp_path):
    folder = tmp_path / "backups"
    back_up(made, folder)
    made.seal(minutes=3, page="<html><p>出售猫头鹰，已降价</p></html>".encode())
    second = back_up(made, folder, NOW + HOUR)
    assert (second.copied, second.manifest.objects) == (2, 7)
    assert len(reading.points(folder)) == 2
    for point in reading.points(folder):
        reading.verify(point)


def test_a_rotten_copy_is_found_and_replaced_when_told_to_look(made, tmp_path):
    folder = tmp_path / "backups"
    back_up(made, folder)
    victim = min((folder / "objects").rglob("?" * 64))
    victim.chmod(0o600)
    content = bytearray(victim.read_bytes())
    content[0] ^= 1
    victim.write_bytes(content)
    with pytest.raises(BackupError, match="SHA-256 不符"):
        reading.verify(folder)
    again = back_up(made, folder, NOW + HOUR, thorough=True)
    assert again.copied == 1
    reading.verify(folder)


def test_damaged_evidence_does_not_replace_the_good_copy(made, tmp_path):
    folder = tmp_path / "backups"
    back_up(made, folder)
    sha256 = next(iter(made.objects.names()))
    _damage(made.objects.path(sha256))
    again = back_up(made, folder, NOW + HOUR)
    assert again.manifest.objects == 5
    reading.verify(folder)
    fresh = back_up(made, tmp_path / "other", NOW + HOUR)
    assert fresh.manifest.objects == 4
    assert "1 个证据文件已被改动" in fresh.manifest.remarks[0]
    tar = making.to_tar(made.config, made.db, tmp_path / "b.tar", NOW, silent)
    assert tar.manifest.objects == 4
    assert sha256[:10] in tar.manifest.remarks[0]
    reading.verify(tar.place)


def _damage(path):
    path.chmod(0o600)
    path.write_bytes(bytes(reversed(path.read_bytes())))


def test_missing_evidence_is_said(made, tmp_path):
    made.objects.path(next(iter(made.objects.names()))).unlink()
    done = back_up(made, tmp_path / "backups")
    assert any("1 个证据文件不见了" in remark for remark in done.manifest.remarks)


def test_old_ones_go_with_what_only_they_needed(made, tmp_path):
    folder = tmp_path / "backups"
    for hours in range(4):
        made.seal(minutes=10 + hours, page=f"<p>出售猫头鹰 {hours}</p>".encode())
        last = back_up(made, folder, NOW + hours * HOUR, keep=2)
    assert [point.name for point in reading.points(folder)] == ["20260305T103000Z", "20260305T113000Z"]
    assert last.thinned.backups == ("20260305T093000Z",)
    assert last.thinned.files == 0
    for point in reading.points(folder):
        reading.verify(point)
    for point in reading.points(folder):
        shutil.rmtree(point)
    stray = folder / "objects" / "aa" / "bb" / ("aabb" + "0" * 60)
    stray.parent.mkdir(parents=True)
    stray.write_bytes(b"of a backup that is gone")
    back_up(made, folder, NOW + 9 * HOUR, keep=1)
    assert back_up(made, folder, NOW + 10 * HOUR, keep=1).thinned.files == 1
    assert not stray.exists()
    reading.verify(folder)


def test_a_writer_goes_on_and_the_copy_is_of_one_moment(made, tmp_path):
    run = runs.start(made.db, made.site_id, now=NOW, pid=2, lexicon_version="v", config_hash="c", trigger="manual")
    stop = threading.Event()
    written = []

    def crawl():
        while not stop.is_set():
            number = len(written)
            batch = [full(f"{number}-{place}", at=NOW) for place in range(5)]
            listings.write(made.db, made.site_id, run, batch)
            written.append(number)

    writer = threading.Thread(target=crawl)
    writer.start()
    try:
        while len(written) < 3:
            time.sleep(0.01)
        done = [back_up(made, tmp_path / "backups", NOW + one * HOUR) for one in range(3)]
        before = len(written)
        while len(written) < before + 2:
            time.sleep(0.01)
    finally:
        stop.set()
        writer.join()
    for one in done:
        copy = tmp_path / "copy.sqlite"
        shutil.copy(one.place / "database" / "wangdun.sqlite", copy)
        db = Database.open(copy)
        with db.read() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM listings WHERE key LIKE '%-%'").scalar_one()
            leads = connection.exec_driver_sql("SELECT count(*) FROM leads").scalar_one()
        db.close()
        copy.unlink()
        assert count % 5 == 0  # whole batches only
        assert count > 0
        assert leads == count + 1


def test_killed_at_any_moment_it_leaves_good_backups_only(made, tmp_path):
    folder = tmp_path / "backups"
    back_up(made, folder)
    for number in range(40):
        made.seal(minutes=20 + number, page=f"<p>出售猫头鹰 {number}</p>".encode())
    for delay in (0.0, 0.02, 0.05, 0.1, 0.3):
        _start_and_kill(made, folder, delay)
        for point in reading.points(folder):
            reading.verify(point)
    done = back_up(made, folder, NOW + 99 * HOUR)
    assert not [name for name in names(folder) if name.startswith(making.UNFINISHED)]
    assert done.manifest.objects == 85
    reading.verify(done.place)


def _start_and_kill(made, folder, delay):
    """Kill -9 some time after the first sign of work."""
    process = subprocess.Popen(
        [sys.executable, "-m", "wangdun", "backup", "-o", str(folder), "-c", str(made.config.path)],
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        assert process.stderr.readline()  # 复制数据库
        time.sleep(delay)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)


def test_a_full_disk_is_told_and_leaves_no_half(made, tmp_path):
    folder = tmp_path / "backups"
    good = back_up(made, folder)
    limit = 100_000  # bytes a file may have: less than the database
    code = "import sys; from wangdun.cli import run; sys.exit(run(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, "backup", "-o", str(folder), "-c", str(made.config.path)],
        env=environment(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 1
    assert "数据库没有复制成：磁盘" in done.stderr.decode()
    assert names(folder) == [good.place.name, "objects"]
    reading.verify(folder)


def test_a_file_is_replaced_only_by_a_good_one(made, tmp_path):
    file = tmp_path / "b.tar"
    file.write_bytes(b"the good one")
    with pytest.raises(UsageError, match="已存在"):
        making.to_tar(made.config, made.db, file, NOW, silent)
    database = made.config.storage.database_file
    made.db.close()
    content = bytearray(database.read_bytes())
    content[8192:12288] = b"\xff" * 4096  # the third page
    database.write_bytes(content)
    wish = taking.Wish(file, tar=True, force=True, actor="张三")
    with pytest.raises((BackupError, StorageError)):
        taking.take(made.config, made.db, wish, lambda: NOW, silent)
    assert file.read_bytes() == b"the good one"
    assert names(tmp_path) == ["b.tar", "here"]


def test_two_at_once_and_places_that_make_no_sense_are_refused(made, tmp_path):
    with file_lock(making.lock_file(made.config), "x"), pytest.raises(Busy, match="备份正在进行"):
        back_up(made, tmp_path / "backups")
    with pytest.raises(UsageError, match="数据文件夹"):
        back_up(made, made.config.storage.data_dir / "backups")


def test_the_outcome_is_noted(made, tmp_path):
    wish = taking.Wish(tmp_path / "backups", actor="张三")
    outcome = taking.take(made.config, made.db, wish, lambda: NOW, silent)
    noted = records.last(made.db, "backup")
    assert noted is not None
    assert (noted.ok, noted.actor, noted.detail["place"]) == (True, "张三", str(outcome.made.place))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BackupError):
        taking.take(made.config, made.db, taking.Wish(tmp_path / "file" / "x"), lambda: NOW, silent)
    failed = records.last(made.db, "backup")
    assert failed is not None
    assert not failed.ok
    assert "无法建立备份文件夹" in failed.detail["why"]


def test_the_command(made, tmp_path):
    done = wangdun("backup", "-o", str(tmp_path / "b"), cwd=made.folder)
    assert done.returncode == 0, done.stderr.decode()
    assert "备份完成并已核对" in done.stdout.decode()
    checked = wangdun("backup", "-o", str(tmp_path / "b"), "--check", cwd=made.folder)
    assert "备份完好" in checked.stdout.decode()
    (reading.points(tmp_path / "b")[0] / MANIFEST).write_text("{}")
    broken = wangdun("backup", "-o", str(tmp_path / "b"), "--check", cwd=made.folder)
    assert broken.returncode == 1
    assert "清单被改动或损坏" in broken.stderr.decode()
    nowhere = wangdun("backup", cwd=made.folder)
    assert nowhere.returncode == 2
    assert "wangdun.backup.folder" in nowhere.stderr.decode()
