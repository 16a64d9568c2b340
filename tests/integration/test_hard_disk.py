"""A disk that may not be written, and one that is full: told in one Chinese line, nothing half-written, and it goes on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.crawling import Watch
from tests.site.fixture import serve
from tests.wangdun.running import PATIENCE, environment

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = (
    ("crawl",), ("schedule",), ("console", "--port", "0"), ("leads", "list"), ("evidence", "screens"),
    ("backup", "-o", "../copies"),
)  # fmt: skip
SMALL = {"storage": {"data_dir": "data", "evidence": {"screens": "manual", "keep_free_mb": 16}}}
OFTEN = "import wangdun.schedule as s; s.FILL = 1.0; from wangdun.cli import main; main()"  # looks every second
UNPRIVILEGED = ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")
"""Before a command of root's: permissions hold for it as for everybody."""


@pytest.fixture(scope="module")
def running():
    with serve() as site:
        yield site


@pytest.fixture
def site(running):
    running.control(reset=True, fill=30)
    return running


def wangdun(watch, *args, **more):
    before = UNPRIVILEGED if os.getuid() == 0 else ()
    command = [*before, sys.executable, "-m", "wangdun", "-c", str(watch.config), *args]
    options = {"cwd": watch.folder, "env": environment(), "stdin": subprocess.DEVNULL, "text": True}
    return subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False, **{**options, **more})


@contextmanager
def unwritable(folder: Path):
    """Nothing in the folder can be written, made or removed."""
    paths = [folder, *folder.rglob("*")]
    modes = {path: path.stat().st_mode for path in paths}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def told(done):
    """The one line that says what is wrong."""
    words = (done.stdout + done.stderr).strip()
    assert "Traceback" not in words, words
    assert done.returncode == 1, words
    assert re.search("没有权限|只能读取|只读", words), words
    return words


def test_no_command_breaks_on_a_data_folder_that_cannot_be_written(site, tmp_path):
    """One after another on the same folder: what each refuses, the next finds as it was."""
    watch = Watch(tmp_path, f"{site.url}/board/")
    assert watch.run().status == "complete"
    data = tmp_path / "data"
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    with unwritable(data):
        for command in COMMANDS:
            assert "data" in told(wangdun(watch, *command)), command
    after = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    assert after == before
    assert list(tmp_path.glob("copies/*")) == [], "no half backup"
    site.control(add=[{"id": 31}])
    again = watch.run()
    assert (again.status, again.tally["listings_new"]) == ("complete", 1), "it goes on where it was"


def test_evidence_that_cannot_be_written_costs_no_lead(site, tmp_path):
    """The listing is not stored without its proof; when the folder can be written again, both are."""
    site.control(edit={"7": {"title": "出售象牙手串 加微信 demo_ivory"}})
    watch = Watch(
        tmp_path, f"{site.url}/board/", more={"storage": {"data_dir": "data", "evidence": {"screens": "manual"}}}
    )
    assert wangdun(watch, "leads", "list").returncode == 0  # makes the database
    folder = tmp_path / "data" / "evidence"
    folder.mkdir(exist_ok=True)
    with unwritable(folder):
        refused = wangdun(watch, "crawl")
    assert refused.returncode == 1
    assert "证据" in refused.stdout + refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr
    assert watch.rows("SELECT count(*) FROM leads") == [(0,)]
    done = watch.run()
    assert done.status == "complete"
    assert watch.rows("SELECT count(*) FROM leads") == [(1,)]
    assert watch.rows("SELECT count(*) FROM captures WHERE kind = 'page'") == [(1,)]


@pytest.fixture
def small_disk(tmp_path):
    """A real file system of 420 MB; only root may mount one."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=420m", "tmpfs", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("不能挂载小磁盘")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_scheduler_waits_for_room_and_goes_on_by_itself(site, small_disk):
    """What must be free is 144 MB here (16 kept for evidence, 128 for database and logs), 128 more after a pause."""
    watch = Watch(small_disk, f"{site.url}/board/", {"every": "1h"}, more=SMALL)
    ballast = small_disk / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 320 << 20)
    refused = wangdun(watch, "crawl")
    assert refused.returncode == 1
    assert "磁盘空间不足，没有启动采集" in refused.stdout + refused.stderr
    command = [sys.executable, "-c", OFTEN, "-c", str(watch.config), "schedule"]
    with subprocess.Popen(command, cwd=small_disk, env=environment(), stderr=subprocess.PIPE, text=True) as scheduler:
        try:
            assert scheduler.stderr is not None
            assert any("磁盘空间不足，暂停启动采集" in line for line in scheduler.stderr)
            assert site.paths() == [], "nothing was asked for"
            ballast.unlink()
            assert any("磁盘空间已够" in line for line in scheduler.stderr)
            assert any("采集结束，退出码 0" in line for line in scheduler.stderr)
        finally:
            scheduler.terminate()
            scheduler.communicate(timeout=PATIENCE)
    assert watch.rows("SELECT status FROM runs") == [("complete",)]
    assert watch.rows("SELECT count(*) FROM listings") == [(30,)]
