"""Files of the evidence folder: named by content, written once, never half."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import stat
import subprocess
import sys
import threading

import pytest

from storage.evidence import disk
from storage.exceptions import DiskFull, EvidenceError
from tests.storage.evidence.making import overwrite

SM3_OF_ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"  # GB/T 32905-2016, example 1


def test_the_national_hash_is_the_standards(monkeypatch):
    assert disk.digest(b"abc").sm3 == SM3_OF_ABC
    borrowed = disk._BorrowedSm3()
    borrowed.update(b"ab")
    assert borrowed.hexdigest() != SM3_OF_ABC
    borrowed.update(b"c")
    assert borrowed.hexdigest() == SM3_OF_ABC

    def without(name: str):
        raise ValueError(name)

    monkeypatch.setattr(disk.hashlib, "new", without)
    disk._sm3_maker.cache_clear()
    assert disk.digest(b"abc").sm3 == SM3_OF_ABC
    monkeypatch.undo()
    disk._sm3_maker.cache_clear()


@pytest.mark.parametrize("content", [b"", b"abc", bytes(range(256)) * (3 << 12)], ids=["empty", "short", "long"])
def test_a_file_is_kept_under_its_hash(objects, tmp_path, content):
    path = tmp_path / "given"
    path.write_bytes(content)
    kept = objects.put(content)
    assert kept == objects.put(path)
    assert (kept.sha256, kept.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert kept.sm3 == hashlib.new("sm3", content).hexdigest()
    assert objects.read(kept.sha256) == content
    assert objects.has(kept.sha256)
    assert list(objects.names()) == [kept.sha256]
    assert objects.path(kept.sha256).relative_to(objects.folder).parts[:3] == (
        "objects", kept.sha256[:2], kept.sha256[2:4],
    )  # fmt: skip
    found = objects.path(kept.sha256).stat()
    assert (stat.S_IMODE(found.st_mode), found.st_nlink) == (0o444, 1)
    assert list(objects.tmp.iterdir()) == []


def test_a_file_is_never_overwritten(objects):
    kept = objects.put(b"first")
    before = objects.path(kept.sha256).stat()
    objects.put(b"first")
    after = objects.path(kept.sha256).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("damage", [b"fIrst", b"fir", b""])
def test_a_damaged_file_is_never_said_to_be_kept(objects, tmp_path, damage):
    kept = objects.put(b"first")
    overwrite(objects, kept.sha256, damage)
    path = tmp_path / "given"
    path.write_bytes(b"first")
    for content in (b"first", path):
        with pytest.raises(EvidenceError, match="被改动或损坏"):
            objects.put(content)
    assert objects.read(kept.sha256) == damage


@pytest.mark.parametrize("name", ["", "x", "../" * 20, "a" * 63, "A" * 64, "a" * 64 + "\n", "/etc/passwd"])
def test_only_hashes_are_names(objects, name):
    for ask in (objects.path, objects.open, objects.has, objects.remove):
        with pytest.raises(EvidenceError, match="不是证据文件的名称"):
            ask(name)


def test_links_out_of_the_folder_are_not_followed(objects, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    kept = objects.put(b"first")
    path = objects.path(kept.sha256)
    path.unlink()
    path.symlink_to(secret)
    assert not objects.has(kept.sha256)
    with pytest.raises(EvidenceError, match="符号链接"):
        objects.open(kept.sha256)
    path.unlink()
    path.mkdir()
    with pytest.raises(EvidenceError):
        objects.open(kept.sha256)
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(EvidenceError, match="不是文件"):
        objects.open(kept.sha256)
    path.unlink()
    elsewhere = tmp_path / "elsewhere"
    path.parent.rename(elsewhere)
    path.parent.symlink_to(elsewhere)
    with pytest.raises(EvidenceError, match="符号链接"):
        objects.put(b"first")
    assert list(elsewhere.iterdir()) == []
    assert list(objects.names()) == []


def test_missing_files_are_said_in_chinese(objects):
    with pytest.raises(EvidenceError, match="证据文件不存在"):
        objects.open("0" * 64)
    assert objects.remove("0" * 64) is False
    kept = objects.put(b"x")
    assert objects.remove(kept.sha256) is True
    assert not objects.has(kept.sha256)


def test_writers_of_the_same_content_at_once_keep_it_once(objects):
    contents = [os.urandom(200_000) for _ in range(5)]
    failed = []

    def write() -> None:
        try:
            for one in contents:
                objects.put(one)
        except EvidenceError as error:
            failed.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    assert sorted(objects.names()) == sorted(hashlib.sha256(one).hexdigest() for one in contents)
    assert list(objects.tmp.iterdir()) == []


def test_who_wants_to_be_alone_waits_for_writers(objects):
    with objects.writing() as batch:
        batch.put(b"x")
        with objects.alone(0.05) as alone:
            assert not alone
    with objects.alone(0.05) as alone:
        assert alone


LIMITED = """
import resource, sys
from pathlib import Path
from storage.config import EvidenceConfig
from storage.evidence.objects import Objects
from storage.exceptions import DiskFull
objects = Objects(Path(sys.argv[1]), EvidenceConfig(keep_free_mb=16))
objects.put(b"before")
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    objects.put(b"x" * 5_000_000)
except DiskFull as error:
    print(error)
objects.put(b"after")
"""


def test_a_disk_that_fills_up_while_writing_leaves_nothing_half(objects):
    done = subprocess.run([sys.executable, "-c", LIMITED, objects.folder], capture_output=True, text=True, check=True)
    assert "磁盘空间不足" in done.stdout
    assert str(objects.folder) in done.stdout
    assert len(list(objects.names())) == 2
    assert list(objects.tmp.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 4 MB; only root may mount one."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("不能挂载小磁盘")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_is_said_and_leaves_nothing_half(small_disk, monkeypatch):
    from storage.config import EvidenceConfig
    from storage.evidence import objects as module

    store = module.Objects(small_disk / "evidence", EvidenceConfig(keep_free_mb=16))
    with pytest.raises(DiskFull, match=r"剩余 \d MB，须留出 16 MB"):
        store.put(b"x")
    monkeypatch.setattr(module, "free_mb", lambda _: 10**6)  # as when others fill it while we write
    small = store.put(b"small")
    with pytest.raises(DiskFull, match="磁盘空间不足"):
        store.put(os.urandom(8 << 20))
    assert list(store.names()) == [small.sha256]
    assert list(store.tmp.iterdir()) == []
    assert store.put(b"fits again").size == 10


def test_the_limit_of_a_process_does_not_kill_it():
    assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN  # so that it is an error that can be told
    assert resource.RLIMIT_FSIZE
