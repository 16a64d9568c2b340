"""A disk that takes no more: one sentence for the person, no traceback, nothing half-made."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from storage.exceptions import StorageError
from storage.failures import speaking_plainly
from tests.wangdun.backups.making import installed
from tests.wangdun.running import PATIENCE, environment
from wangdun.cli import _report, exit_code
from wangdun.export import OutFile
from wangdun.locks import file_lock, holder

LIMITED = """
import resource, runpy, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
open_ = __import__("wangdun.export", fromlist=["write"])
write = open_.write
def limited(*args):
    resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
    return write(*args)
open_.write = limited
sys.argv = ["wangdun", *sys.argv[1:]]
runpy.run_module("wangdun", run_name="__main__")
"""


@pytest.fixture
def made(tmp_path):
    one = installed(tmp_path / "here")
    one.db.close()
    return one


@pytest.mark.parametrize("form", ["xlsx", "jsonl"])
def test_an_export_that_does_not_fit(made, form):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "leads", "export", "-o", f"out.{form}"],
        cwd=made.folder,
        env=environment(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    said = done.stderr.decode()
    assert done.returncode == 1, said
    assert said == "错误：文件没有写成：文件太大，磁盘或系统的限制不允许\n"
    assert not [path.name for path in made.folder.iterdir() if "out" in path.name]


def test_what_is_thrown_away_fails_only_once():
    with Path("/dev/full").open("wb", buffering=0) as full:
        file = OutFile(full)
        with pytest.raises(OSError, match="No space"):
            file.write(b"first")
    assert file.write(b"last words") == len(b"last words")
    assert (file.seek(7), file.tell()) == (0, 0)


def test_what_is_thrown_away_after_its_file_was_closed(tmp_path):
    with (tmp_path / "x").open("wb", buffering=0) as plain:
        file = OutFile(plain)
        assert file.write(b"abc") == file.tell() == 3
        assert file.seek(1) == 1
    assert (file.write(b"de"), file.seek(1), file.tell()) == (2, 0, 0)
    assert (tmp_path / "x").read_bytes() == b"abc"


def test_a_lock_holds_though_its_holder_cannot_be_named(tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    (tmp_path / "lock").write_text("12345\n")
    with file_lock(tmp_path / "lock", "忙"):
        assert holder(tmp_path / "lock") == 0
    assert holder(tmp_path / "lock") is None


def test_a_database_without_the_library_before_it_speaks_plainly(tmp_path):
    path = tmp_path / "x.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.execute("PRAGMA max_page_count = 2")
        with pytest.raises(StorageError, match=r"磁盘已满，数据没有写入.*x\.sqlite"), speaking_plainly(str(path)):
            connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
    connection.close()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS])
def test_a_full_disk_is_no_fault_of_the_program(number, capsys):
    assert _report(OSError(number, os.strerror(number))) == 1
    assert "程序内部错误" not in capsys.readouterr().err
    assert exit_code(OSError(errno.EBADF, "bad")) is None
