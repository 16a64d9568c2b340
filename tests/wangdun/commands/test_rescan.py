"""`wangdun rescan` as people run it: killed, stopped, run again, on trial; what it says and what it keeps."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from keywords.config import KeywordsConfig
from keywords.detector import Detector
from storage import leads, listings, rescans, runs, sites
from storage.config import StorageConfig
from storage.database import Database
from storage.exceptions import StorageError
from storage.models import Base, Lead
from storage.records import DetectionRecord, ListingRecord
from storage.rejudging import Selection
from tests import databases
from tests.wangdun.running import PATIENCE, environment, wangdun, write_config
from wangdun.cli import run
from wangdun.cores import Cores
from wangdun.rescan import FEW, Run, Wish
from wangdun.rescan_view import View

NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)
MANY = 5 * FEW  # listings: enough for a run to be met at work
ADS = ("出售象牙手镯，微信 demo_ivory", "低价出猎套 200个起 私聊", "求购穿山甲")
HARMLESS = DetectionRecord("none", 0.0, "none", (), "older")
SITES = '- {name: 论坛, start: "http://127.0.0.1:9/a"}'
LOCAL = """
entries:
  - term: 奇石摆件甲
    kind: product
    category: animal_product
    agency: forestry
    strength: strong
    tests: {must: [出售奇石摆件甲], must_not: [奇石]}
"""


def seed(folder, count, every=10):
    write_config(folder, SITES)
    databases.prepare(folder / "data")
    db = Database.open(StorageConfig(data_dir=folder / "data"))
    site = sites.register(db, "论坛", "generic", [], NOW)
    run = runs.start(db, site, now=NOW, pid=1, lexicon_version="older", config_hash="", trigger="manual")
    made = [
        ListingRecord(
            key=str(n), url=f"http://127.0.0.1:9/{n}", title=f"转让 {n}", digest=str(n), fetched_at=NOW,
            body=ADS[n % 3] if n % every == 0 else f"二手奇石摆件甲 {n}，出售", detection=HARMLESS,
        )
        for n in range(count)
    ]  # fmt: skip
    for at in range(0, count, 500):
        listings.write(db, site, run, made[at : at + 500])
    db.close()
    return folder


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    return seed(tmp_path_factory.mktemp("many"), MANY)


@pytest.fixture(scope="module")
def whole(many, tmp_path_factory):
    """The same after a run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("whole") / "data"
    shutil.copytree(many, folder)
    assert outside(folder)["resumed"] is False
    return folder


@pytest.fixture
def few(tmp_path):
    return seed(tmp_path, 40)


def opened(folder):
    return Database.open(StorageConfig(data_dir=folder / "data"))


def dump(folder, *without):
    db = opened(folder)
    with db.read() as connection:
        kept = [table for table in Base.metadata.sorted_tables if table.name not in without]
        found = {table.name: [tuple(row) for row in connection.execute(select(table))] for table in kept}
    db.close()
    return found


def outside(folder, *args):
    """What the program answers, in a process of its own."""
    done = wangdun("rescan", *args, "--json", cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


loaded = {}


@pytest.fixture
def ask(monkeypatch, capsys):
    """The same in this process, where each lexicon is loaded once for all tests."""
    load = Detector.load

    def kept(config, **more):
        if config.overlay not in loaded:
            loaded[config.overlay] = load(config, **more)
        return loaded[config.overlay]

    def answer(folder, *args, code=0):
        monkeypatch.chdir(folder)
        assert run(["rescan", *args]) == code
        return capsys.readouterr()

    monkeypatch.setattr(Detector, "load", kept)
    before = os.umask(0o077)
    yield answer
    os.umask(before)


def stopped_at_work(folder, number):
    """Start the command, send it a signal once it has stored something; its exit code and what it said."""
    command = [sys.executable, "-m", "wangdun", "rescan", "--workers", "2"]
    process = subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        with sqlite3.connect(f"file:{folder}/data/wangdun.sqlite?mode=ro", uri=True) as plain:
            while process.poll() is None:
                done = plain.execute("SELECT scanned FROM rescans ORDER BY id DESC LIMIT 1").fetchone()
                if done and done[0]:
                    break
                time.sleep(0.001)
        plain.close()
        process.send_signal(number)
        said = process.communicate(timeout=PATIENCE)[1].decode()
    finally:
        process.kill()
    return process.returncode, said


def summary_of_leads(folder):
    db = opened(folder)
    found = [(one.key, one.verdict, one.score, one.status, one.terms) for one in leads.iterate(db)]
    db.close()
    return sorted(found)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_stopped_at_work_it_goes_on_where_it_was_and_ends_with_the_same_leads(many, whole, tmp_path, number):
    shutil.copytree(many, tmp_path / "stopped")
    code, said = stopped_at_work(tmp_path / "stopped", number)
    db = opened(tmp_path / "stopped")
    halfway = rescans.newest(db)
    db.close()
    assert 0 < halfway.scanned < MANY
    if number == signal.SIGKILL:
        assert (code, halfway.status) == (-signal.SIGKILL, "running")
    else:
        assert (code, halfway.status) == (130, "interrupted")
        assert "再次运行同样的命令会从中断处继续" in said
        assert "Traceback" not in said
    facts = outside(tmp_path / "stopped")
    assert facts["resumed"] is True
    assert facts["rescan"]["id"] == halfway.id
    assert (facts["scanned"], facts["changes"]["new"]) == (MANY, MANY // 10)
    assert summary_of_leads(tmp_path / "stopped") == summary_of_leads(whole)
    assert len(dump(tmp_path / "stopped")["detections"]) == len(dump(whole)["detections"])


def test_a_second_run_says_that_nothing_changed(few, ask):
    first = ask(few).out
    for word in ("新线索", "象牙", "无 0 → ", "按词条", "新增命中", "词库版本"):
        assert word in first
    before = dump(few, "rescans")
    assert "没有任何变化" in ask(few).out
    assert dump(few, "rescans") == before


def test_a_trial_tells_the_same_and_writes_nothing(few, ask):
    before = dump(few)
    tried = json.loads(ask(few, "--dry-run", "--json").out)
    assert dump(few) == before
    assert tried["dry_run"] is True
    done = json.loads(ask(few, "--json").out)
    assert (tried["changes"], tried["entries"][0]["term"]) == (done["changes"], done["entries"][0]["term"])
    assert done["changes"]["new"] == 4


def test_decided_leads_are_listed_and_left_alone(few, ask):
    ask(few)
    db = opened(few)
    first = leads.list(db)[0]
    with db.write() as connection:
        connection.execute(Lead.__table__.update().where(Lead.id == first.id).values(status="confirmed"))
    db.close()
    before = dump(few)["leads"]
    (few / "local.yaml").write_text(LOCAL, encoding="utf-8")
    text = next(row for row in dump(few)["snapshots"] if row[0] == first.flagged_snapshot_id)
    with sqlite3.connect(few / "data" / "wangdun.sqlite") as plain:  # what another lexicon would have read
        plain.execute("UPDATE snapshots SET body = '出售奇石摆件甲' WHERE id = ?", (text[0],))
    plain.close()
    done = ask(few, "--lexicon", "local.yaml", "--workers", "1")
    shown = done.out
    assert "已研判线索，解释有变化，未改动（1 条" in shown
    assert "local.yaml" in shown
    assert "keywords.overlay" in done.err
    kept = {row[0]: row for row in dump(few)["leads"]}
    assert [kept[row[0]] for row in before if row[0] == first.id] == [row for row in before if row[0] == first.id]


def test_reports_are_kept(few, ask):
    assert "还没有做过复查" in ask(few, "--report", code=2).err
    ask(few, "--site", "论坛", "--since", "3650d")
    ask(few)
    first, newest = ask(few, "--report", "1").out, ask(few, "--report").out
    assert "站点 论坛，3650d 以来" in first
    assert "象牙" in first
    assert "全部站点" in newest
    assert json.loads(ask(few, "--report", "1", "--json").out)["changes"]["new"] == 4
    assert "没有编号为 99 的复查" in ask(few, "--report", "99", code=2).err


def test_what_cannot_be_done_is_refused_before_anything_is_written(few, ask):
    before = dump(few)
    for args in (["--site", "论谈"], ["--since", "gestern"], ["--lexicon", "missing.yaml"]):
        assert ask(few, *args, code=2).err.startswith("错误：")
    (few / "bad.yaml").write_text("entries:\n  - trem: 象牙\n", encoding="utf-8")
    assert "bad.yaml 第" in ask(few, "--lexicon", "bad.yaml", code=2).err
    assert dump(few) == before


def test_restart_begins_anew(many, tmp_path, ask):
    shutil.copytree(many, tmp_path / "stopped")
    stopped_at_work(tmp_path / "stopped", signal.SIGTERM)
    facts = json.loads(ask(tmp_path / "stopped", "--restart", "--json").out)
    assert facts["resumed"] is False
    assert facts["rescan"]["id"] == 2
    assert facts["scanned"] == MANY
    assert "已放弃" in ask(tmp_path / "stopped", "--report", "1").out


def attempt(db):
    with Cores(KeywordsConfig(), 1) as cores:
        return Run(db, cores, Wish(Selection(), ()), lambda: NOW).work(View(), lambda: False)


def test_a_full_disk_is_told_and_the_next_run_goes_on(few):
    db = opened(few)
    with db.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")  # as if the disk ended here
    with pytest.raises(StorageError, match="磁盘已满"):
        attempt(db)
    db.close()
    db = opened(few)
    assert leads.count(db) == 0
    assert attempt(db).summary.counts["new"] == leads.count(db) == 4
    db.close()


def test_a_locked_database_is_told(few):
    db = opened(few)
    with db.read() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 10")  # this one connection waits 10 ms, not 10 s
    other = sqlite3.connect(few / "data" / "wangdun.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="数据库正忙"):
        attempt(db)
    other.execute("ROLLBACK")
    other.close()
    assert attempt(db).summary.counts["new"] == 4
    db.close()


def test_only_one_at_a_time(few, ask):
    from wangdun.locks import file_lock, lock_folder

    with file_lock(lock_folder(few / "data") / "rescan.lock", "复查正在进行中"):
        assert "复查正在进行中" in ask(few, code=1).err
        assert json.loads(ask(few, "--dry-run", "--json").out)["scanned"] == 40
