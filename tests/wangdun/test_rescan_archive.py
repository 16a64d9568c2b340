"""A rescan that reads an archive: the same leads as one that reads the database, whatever happened since."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import text

from keywords.config import KeywordsConfig
from keywords.detector import Detector
from storage import leads, listings, rescans, runs, sites
from storage.config import StorageConfig
from storage.database import Database
from storage.rejudging import Selection
from tests import databases, detectors
from tests.storage.conftest import cluster, db, run_id, site_id, sqlite_template, url  # noqa: F401 -- fixtures
from tests.storage.making import HOUR, NOW, detection, listing, rows
from tests.wangdun.running import environment, write_config
from wangdun import rescan_archive
from wangdun.archive import Run as ArchiveRun
from wangdun.archive import Wish as ArchiveWish
from wangdun.archive_manifest import load
from wangdun.cli import run as wangdun
from wangdun.cores import Cores
from wangdun.exceptions import ArchiveError, UsageError
from wangdun.rescan import Run, Wish
from wangdun.rescan_archive import Archive
from wangdun.rescan_view import View

pytestmark = pytest.mark.usefixtures("loaded_once")
ADS = ("出售象牙手镯，微信 demo_ivory", "低价出猎套 200个起 私聊", "求购穿山甲")
COUNT = 40
LEADS = 8  # every fifth but the one whose page is about a table by now, and the one whose page is about ivory
LATER = NOW + timedelta(days=1)


def made(number, at=NOW, **more):
    body = ADS[number % 3] if number % 5 == 0 else f"二手沙发 {number}"
    return listing(
        str(number), body=body, at=at, title=f"转让 {number}", detection=detection("none", 0.0, "older"), **more
    )


@pytest.fixture
def filled(db, site_id, run_id):  # noqa: F811
    listings.write(db, site_id, run_id, [made(n) for n in range(COUNT)])
    listings.write(db, site_id, run_id, [listing("5", body="改了：二手桌子", at=NOW + HOUR), listing("6", body="改了：出售象牙手镯", at=NOW + HOUR)])  # fmt: skip
    return db


def archived(house, folder, rows_of_shard=15, **more):
    from storage.archive import Chosen

    wish = ArchiveWish(folder, more.pop("chosen", Chosen()), rows=rows_of_shard, **more)
    return ArchiveRun(house, wish, lambda: NOW).work(lambda _done, _total: None, lambda: False)


def rescanned(house, folder=None, stop_after=None, **wish):
    asked = count(1)
    with Cores(KeywordsConfig(), 1) as cores:
        source = Archive(house, cores, folder) if folder else None
        chosen = source.chosen if source else Selection()
        run = Run(house, cores, Wish(chosen, (), **wish), lambda: LATER, source)
        return run.work(View(), lambda: stop_after is not None and next(asked) > stop_after)


def state(house):
    """Leads and explanations, without numbers that depend on the order of the work."""
    found = sorted((one.key, one.verdict, one.score, one.status, one.terms) for one in leads.iterate(house))
    return found, sorted(rows(house, "detections", "snapshot_id", "lexicon_version", "verdict", "score"))


def twin(house, tmp_path, url):  # noqa: F811
    """The same database once more."""
    if house.engine.dialect.name == "sqlite":
        house.close()
        shutil.copy(url.removeprefix("sqlite:///"), tmp_path / "twin.sqlite")
        return Database.open(f"sqlite:///{tmp_path}/twin.sqlite")
    pytest.skip("copied by file")


def test_it_comes_to_the_same_as_a_rescan_of_the_database(filled, url, tmp_path):  # noqa: F811
    other = twin(filled, tmp_path, url)
    archived(filled, tmp_path / "a")
    ours, theirs = rescanned(filled, tmp_path / "a"), rescanned(other)
    assert state(filled) == state(other)
    assert ours.summary.counts == theirs.summary.counts
    assert ours.summary.scanned == theirs.summary.scanned == COUNT
    assert ours.summary.counts["new"] == LEADS
    assert ours.rescan.source == load(tmp_path / "a").id
    assert not rescanned(filled, tmp_path / "a").summary.counts.total()
    assert not rescanned(filled).summary.counts.total()
    other.close()


def test_on_both_databases_leads_are_raised_and_decided_ones_left_alone(filled, tmp_path):
    archived(filled, tmp_path / "a")
    assert rescanned(filled, tmp_path / "a", dry_run=True).summary.counts["new"] == LEADS
    assert leads.count(filled) == 0
    assert rescanned(filled, tmp_path / "a").summary.counts["new"] == leads.count(filled) == LEADS
    with filled.write() as connection:
        connection.execute(text("DELETE FROM hits"))
        connection.execute(
            text("UPDATE detections SET lexicon_version = 'other', score = 1, verdict = 'review' WHERE score > 0")
        )
        connection.execute(
            text("UPDATE leads SET lexicon_version = 'other', score = 1, verdict = 'review' WHERE score > 0")
        )
        connection.execute(text("UPDATE leads SET status = 'confirmed' WHERE id = 1"))
    before = rows(filled, "leads")[0]
    outcome = rescanned(filled, tmp_path / "a")
    assert (outcome.summary.counts["decided"], outcome.summary.counts["raised"]) == (1, LEADS - 1)
    assert rows(filled, "leads")[0] == before


@pytest.mark.parametrize("stop_after", [1, 4, 7])
def test_stopped_it_goes_on_within_a_shard(filled, tmp_path, stop_after, monkeypatch):
    monkeypatch.setattr(rescan_archive, "BATCH", 4)
    archived(filled, tmp_path / "a")
    first = rescanned(filled, tmp_path / "a", stop_after=stop_after - 1)
    assert first.interrupted
    assert first.rescan.cursor == 4 * stop_after - (stop_after >= 4) - (stop_after >= 8)
    again = rescanned(filled, tmp_path / "a")
    assert again.resumed
    assert again.rescan.id == first.rescan.id
    assert (again.rescan.cursor, again.summary.scanned) == (COUNT + 2, COUNT)
    assert leads.count(filled) == LEADS
    assert not rescanned(filled).summary.counts.total()


def test_what_changed_since_is_judged_by_what_the_page_says_now(filled, site_id, run_id, tmp_path):  # noqa: F811
    archived(filled, tmp_path / "a")
    listings.write(filled, site_id, run_id, [listing("0", body="改了：二手椅子", at=LATER), made(100, LATER)])
    with Cores(KeywordsConfig(), 1) as cores:
        assert Archive(filled, cores, tmp_path / "a").newer() == 2
    assert rescanned(filled, tmp_path / "a").summary.counts["new"] == LEADS - 1
    assert {"0", "100"}.isdisjoint(one.key for one in leads.iterate(filled))
    archived(filled, tmp_path / "a")
    assert rescanned(filled, tmp_path / "a").summary.counts["new"] == 1


def test_an_archive_of_another_database_changes_nothing(filled, tmp_path):
    other = databases.fresh(tmp_path / "other.sqlite")
    site = sites.register(other, "demo", "discuz", [], NOW)
    run = runs.start(other, site, now=NOW, pid=1, lexicon_version="x", config_hash="", trigger="manual")
    listings.write(other, site, run, [listing(str(n), body=f"出售象牙手镯 {n}") for n in range(COUNT)])
    archived(other, tmp_path / "a")
    other.close()
    before = state(filled)
    assert rescanned(filled, tmp_path / "a").summary.scanned == 0
    assert state(filled) == before


def test_altered_masked_and_missing_archives_are_refused(filled, tmp_path):
    archived(filled, tmp_path / "a")
    archived(filled, tmp_path / "m", masked=True)
    with pytest.raises(UsageError, match="已遮挡"):
        rescanned(filled, tmp_path / "m")
    with pytest.raises(ArchiveError, match="不是归档文件夹"):
        rescanned(filled, tmp_path / "none")
    shard = tmp_path / "a" / "listings-000002.parquet"
    shard.write_bytes(shard.read_bytes()[:-20] + b"x" * 20)
    with pytest.raises(ArchiveError, match=r"listings-000002.parquet：与清单里的 SHA-256 不符"):
        rescanned(filled, tmp_path / "a")
    assert rescans.newest(filled).cursor in {0, 15}


DEADLY = """
    import os, signal
    from storage import rescans
    from wangdun.cli import main
    advance, calls = rescans.advance, []
    def deadly(*args):
        done = advance(*args)
        calls.append(1)
        if len(calls) == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return done
    rescans.advance = deadly
    main()
"""
MANY = 4_000


def test_killed_at_work_it_goes_on_and_ends_with_the_same_leads(tmp_path, monkeypatch):
    write_config(tmp_path, '- {name: 论坛, start: "http://127.0.0.1:9/a"}')
    databases.prepare(tmp_path / "data")
    house = Database.open(StorageConfig(data_dir=tmp_path / "data"))
    site = sites.register(house, "论坛", "generic", [], NOW)
    run = runs.start(house, site, now=NOW, pid=1, lexicon_version="x", config_hash="", trigger="manual")
    for at in range(0, MANY, 500):
        listings.write(house, site, run, [made(n) for n in range(at, at + 500)])
    archived(house, tmp_path / "a", 1500)
    house.close()
    shutil.copytree(tmp_path / "data", tmp_path / "before")
    command = [sys.executable, "-c", textwrap.dedent(DEADLY), "rescan", "--from", "a", "--workers", "2"]
    killed = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    house = Database.open(StorageConfig(data_dir=tmp_path / "data"))
    cursor = rescans.newest(house).cursor
    house.close()
    assert 0 < cursor < MANY
    monkeypatch.chdir(tmp_path)
    before = os.umask(0o077)
    assert wangdun(["rescan", "--from", "a", "--workers", "1"]) == 0
    os.umask(before)
    killed = Database.open(StorageConfig(data_dir=tmp_path / "data"))
    whole = Database.open(StorageConfig(data_dir=tmp_path / "before"))
    assert rescans.newest(killed).id == 1
    rescanned(whole)
    assert state(killed) == state(whole)
    assert leads.count(killed) == MANY // 5
    killed.close()
    whole.close()


def test_the_command_refuses_a_part_of_an_archive(tmp_path, monkeypatch, capsys):
    write_config(tmp_path, '- {name: 论坛, start: "http://127.0.0.1:9/a"}')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Detector, "load", detectors.once)
    assert wangdun(["rescan", "--from", "a", "--site", "论坛"]) == 2
    assert "--from 复查整个归档" in capsys.readouterr().err
    house = Database.open(StorageConfig(data_dir=tmp_path / "data"))
    site = sites.register(house, "论坛", "generic", [], NOW)
    run = runs.start(house, site, now=NOW, pid=1, lexicon_version="x", config_hash="", trigger="manual")
    listings.write(house, site, run, [made(n) for n in range(10)])
    archived(house, tmp_path / "a")
    listings.write(house, site, run, [made(11)])
    house.close()
    assert wangdun(["rescan", "--from", "a", "--json"]) == 0
    said = capsys.readouterr()
    facts = json.loads(said.out)
    assert (facts["scanned"], facts["changes"]["new"], facts["rescan"]["archive"]) == (10, 2, load(tmp_path / "a").id)
    assert "归档之后有 1 条信息新增或有改动" in said.err
    assert wangdun(["rescan", "--report"]) == 0
    assert "共 10 版（读自归档）" in capsys.readouterr().out
