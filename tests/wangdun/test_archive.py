"""Archives: every stored version once, whole shards or none, the same whoever was killed."""

from __future__ import annotations

import itertools
import os
import signal
import stat
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from sqlalchemy import text

from storage import archive as stored
from storage import listings, runs, sites
from storage.archive import Archived, Chosen
from storage.config import StorageConfig
from storage.database import Database
from storage.records import ListingRecord
from tests import databases, warmed
from tests.storage.conftest import cluster, db, run_id, site_id, sqlite_template, url  # noqa: F401 -- fixtures
from tests.storage.making import HOUR, NOW, full, listing
from tests.wangdun.running import PATIENCE, environment, write_config
from wangdun import archive_shards
from wangdun.archive import Run, Wish, hidden
from wangdun.archive_manifest import MANIFEST, faults, load
from wangdun.archive_shards import cut
from wangdun.exceptions import ArchiveError, Busy, UsageError
from wangdun.locks import file_lock

COUNT = 11
LATER = NOW + timedelta(days=1)


def archived(house, folder, rows=4, stop_after=None, **more):
    asked = itertools.count(1)
    wish = Wish(folder, more.pop("chosen", Chosen()), rows=rows, **more)
    return Run(house, wish, lambda: NOW).work(
        lambda _done, _total: None, lambda: stop_after is not None and next(asked) > stop_after
    )


def read(folder):
    """All rows in the order of the manifest."""
    shards = [parquet.read_table(folder / shard.name) for shard in load(folder).shards]
    return [row for shard in shards for row in shard.to_pylist()]


def stored_rows(house):
    found, after = [], 0
    while batch := stored.read(house, Chosen(), after=after):
        found += batch
        after = batch[-1].snapshot_id
    return found


@pytest.fixture
def filled(db, site_id, run_id):  # noqa: F811
    made = [full("1"), *(listing(str(n), body=f"第 {n} 条\x00 \ud800 😀") for n in range(2, COUNT + 1))]
    listings.write(db, site_id, run_id, made)
    return db


def test_shards_hold_every_version_with_all_its_facts(filled, tmp_path):
    outcome = archived(filled, tmp_path / "a")
    manifest = load(tmp_path / "a")
    assert (outcome.new_rows, outcome.new_shards, outcome.interrupted) == (COUNT, 3, False)
    assert [(one.name, one.rows, one.first, one.last) for one in manifest.shards] == [
        ("listings-000001.parquet", 4, 1, 4), ("listings-000002.parquet", 4, 5, 8), ("listings-000003.parquet", 3, 9, 11),
    ]  # fmt: skip
    expected = [row._asdict() for row in stored_rows(filled)]
    for row in expected:
        row["price_amount"] = str(row["price_amount"]) if row["price_amount"] is not None else None
    assert read(tmp_path / "a") == expected
    assert expected[1]["body"] == "第 2 条\ufffd \ufffd 😀"
    assert list(faults(tmp_path / "a", manifest)) == []
    facts = parquet.ParquetFile(tmp_path / "a" / manifest.shards[0].name).metadata
    assert facts.row_group(0).column(8).compression == "ZSTD"


def test_a_second_call_writes_only_what_is_new_or_changed(filled, site_id, run_id, tmp_path):  # noqa: F811
    folder = tmp_path / "a"
    archived(filled, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != MANIFEST}
    assert archived(filled, folder).new_rows == 0
    listings.write(filled, site_id, run_id, [listing("1", at=LATER, body="改了"), listing("99", at=LATER), listing("2", at=LATER, body="第 2 条\x00 \ud800 😀")])  # fmt: skip
    outcome = archived(filled, folder)
    assert (outcome.new_rows, outcome.new_shards) == (2, 1)
    assert [(row["key"], row["number"]) for row in read(folder)[COUNT:]] == [("1", 2), ("99", 1)]
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert [row["snapshot_id"] for row in read(folder)] == [row.snapshot_id for row in stored_rows(filled)]


def test_what_was_stored_late_under_a_lower_number_is_not_missed(filled, tmp_path):
    if filled.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has one writer: its numbers come in order")
    with filled.write() as connection:
        connection.execute(text("UPDATE snapshots SET id = id + 100 WHERE id > 9"))
    archived(filled, tmp_path / "a")
    copied = "listing_id, number + 1, run_id, fetched_at, status, url, digest, title, body, replies, negotiable, images, attributes"
    with filled.write() as connection:
        names = copied.replace("number + 1", "number")
        connection.execute(text(f"INSERT INTO snapshots (id, {names}) SELECT 50, {copied} FROM snapshots WHERE id = 3"))
    outcome = archived(filled, tmp_path / "a")
    assert (outcome.new_rows, read(tmp_path / "a")[-1]["snapshot_id"]) == (1, 50)
    assert archived(filled, tmp_path / "a").new_rows == 0


@pytest.mark.parametrize("cut_at", [1, 3, 4, 5, 8, 10])
def test_stopped_anywhere_the_next_call_ends_with_the_same_bytes(filled, tmp_path, monkeypatch, cut_at):
    archived(filled, tmp_path / "whole")
    monkeypatch.setattr(stored, "BATCH", 1)
    outcome = archived(filled, tmp_path / "cut", stop_after=cut_at - 1)
    assert outcome.interrupted
    assert [shard.rows for shard in outcome.manifest.shards] == [4] * (cut_at // 4)
    archived(filled, tmp_path / "cut")
    whole, again = load(tmp_path / "whole"), load(tmp_path / "cut")
    assert again.shards == whole.shards
    assert list(faults(tmp_path / "cut", again)) == []


def test_files_that_the_manifest_does_not_name_are_taken_for_cut_off(filled, tmp_path):
    folder = tmp_path / "a"
    archived(filled, folder)
    manifest = load(folder)
    (folder / MANIFEST).write_text(manifest.model_copy(update={"shards": manifest.shards[:2]}).model_dump_json())
    (folder / ".listings-000003.parquet.77.part").write_bytes(b"half")
    (folder / manifest.shards[2].name).write_bytes(b"half")
    assert archived(filled, folder).new_rows == 3
    assert load(folder).shards == manifest.shards
    assert sorted(path.name for path in folder.iterdir()) == [
        ".lock", *(shard.name for shard in manifest.shards), MANIFEST,
    ]  # fmt: skip


def test_another_database_another_wish_and_foreign_folders_are_refused(filled, tmp_path):
    folder = tmp_path / "a"
    archived(filled, folder)
    other = databases.fresh(tmp_path / "other.sqlite")
    with pytest.raises(ArchiveError, match="另一个数据库"):
        archived(other, folder)
    other.close()
    for more in ({"masked": True}, {"chosen": Chosen(site="demo")}, {"since_text": "7d"}):
        with pytest.raises(UsageError, match="另一种归档"):
            archived(filled, folder, **more)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("x")
    with pytest.raises(UsageError, match="不是空的"):
        archived(filled, tmp_path / "mine")
    (folder / MANIFEST).write_text("{}")
    with pytest.raises(ArchiveError, match="不是归档清单"):
        archived(filled, folder)
    with file_lock(tmp_path / "mine" / ".lock", ""), pytest.raises(Busy, match="正在写入"):
        archived(filled, tmp_path / "mine")


def test_since_means_the_same_moment_in_every_call(filled, site_id, run_id, tmp_path):  # noqa: F811
    folder = tmp_path / "a"
    listings.write(filled, site_id, run_id, [listing("50", at=NOW + HOUR)])
    archived(filled, folder, chosen=Chosen(since=NOW + HOUR), since_text="7d")
    listings.write(filled, site_id, run_id, [listing("51", at=NOW + 2 * HOUR)])
    archived(filled, folder, chosen=Chosen(since=LATER), since_text="7d")
    assert [row["key"] for row in read(folder)] == ["50", "51"]


def test_masked_rows_show_no_contact_and_keep_their_lengths(filled, tmp_path):
    archived(filled, tmp_path / "a", masked=True)
    row, plain = read(tmp_path / "a")[0], stored_rows(filled)[0]
    assert load(tmp_path / "a").masked is True
    assert "demo_owl" not in str(row)
    assert (len(row["body"]), row["digest"]) == (len(plain.body), plain.digest)
    known = stored.contacts(filled, [1])[1]
    spoken = plain._replace(replies=["电话 13800001234"], attributes=[["联系", "138-0000-1234"]], price="问 demo_owl")
    assert "0000" not in str(hidden(spoken, known)[7:16])


def test_nobody_else_may_read_it(filled, tmp_path):
    archived(filled, tmp_path / "a")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o700
    for path in [*(tmp_path / "a").glob("*.parquet"), tmp_path / "a" / MANIFEST]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_a_full_disk_is_told_and_whole_shards_stay(filled, tmp_path, monkeypatch):
    folder = tmp_path / "a"
    write = archive_shards._table
    calls = itertools.count(1)

    def fail(group):
        if next(calls) == 3:
            raise OSError(28, "No space left on device", str(folder))
        return write(group)

    monkeypatch.setattr(archive_shards, "_table", fail)
    with pytest.raises(ArchiveError, match="磁盘已满"):
        archived(filled, folder)
    assert len(load(folder).shards) == 2
    assert list(folder.glob(".*part")) == []
    assert archived(filled, folder).new_rows == 3


def row_of(number, length):
    facts = dict.fromkeys(Archived._fields)
    return Archived(**facts | {"snapshot_id": number, "title": "", "body": "x" * length, "replies": []})


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_cutting_loses_nothing_and_fills_every_shard_but_the_last(lengths, most):
    rows = [row_of(n, length) for n, length in enumerate(lengths)]
    before, archive_shards.CHARACTERS = archive_shards.CHARACTERS, 50
    try:
        parts = [list(part) for part in cut(rows, most)]
    finally:
        archive_shards.CHARACTERS = before
    assert [row for part in parts for row in part] == rows
    for part in parts:
        sizes = [len(row.body) for row in part]
        assert len(part) <= most
        assert sum(sizes[:-1]) < 50
    for part in parts[:-1]:
        assert len(part) == most or sum(len(row.body) for row in part) >= 50


def seed(folder, count):
    write_config(folder, '- {name: 论坛, start: "http://127.0.0.1:9/a"}')
    databases.prepare(folder / "data")
    made = Database.open(StorageConfig(data_dir=folder / "data"))
    site = sites.register(made, "论坛", "generic", [], NOW)
    run = runs.start(made, site, now=NOW, pid=1, lexicon_version="older", config_hash="", trigger="manual")
    for at in range(0, count, 500):
        batch = [
            ListingRecord(key=str(n), url=f"http://127.0.0.1:9/{n}", title=f"转让 {n}", body="出售象牙 13800001234", digest=str(n), fetched_at=NOW)
            for n in range(at, at + 500)
        ]  # fmt: skip
        listings.write(made, site, run, batch)
    made.close()


SMALL = "import wangdun.archive_shards as s; s.ROWS = 2000; from wangdun.cli import main; main()"
"""The program, with shards of two thousand rows."""


def test_killed_at_work_it_goes_on_and_ends_with_the_same_bytes(tmp_path):
    seed(tmp_path, 12_000)
    command = [sys.executable, "-c", SMALL, "archive"]
    with subprocess.Popen([*command, "killed"], cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + PATIENCE
        while not list((tmp_path / "killed").glob("listings-*")) and time.monotonic() < deadline:
            time.sleep(0.001)
        os.kill(process.pid, signal.SIGKILL)
    assert len(load(tmp_path / "killed").shards) < 6
    for name in ("killed", "whole"):
        subprocess.run([*command, name], cwd=tmp_path, env=environment(), capture_output=True, check=True)
    assert load(tmp_path / "killed").shards == load(tmp_path / "whole").shards
    assert len(load(tmp_path / "killed").shards) == 6
    assert list(faults(tmp_path / "killed", load(tmp_path / "killed"))) == []


def test_the_command_says_what_it_wrote_checks_it_and_obeys_the_configuration(tmp_path):
    seed(tmp_path, 500)
    done = warmed.wangdun("archive", "a", cwd=tmp_path)
    assert "新写 500 条、1 个分片" in done.stdout.decode()
    assert "不得外传" in done.stderr.decode()
    assert "没有新增内容" in warmed.wangdun("archive", "a", cwd=tmp_path).stdout.decode()
    assert "归档完好" in warmed.wangdun("archive", "a", "--check", cwd=tmp_path).stdout.decode()
    shard = tmp_path / "a" / "listings-000001.parquet"
    shard.write_bytes(shard.read_bytes()[:-9] + b"x" * 9)
    bad = warmed.wangdun("archive", "a", "--check", cwd=tmp_path)
    assert (bad.returncode, "SHA-256 不符" in bad.stderr.decode()) == (1, True)
    write_config(tmp_path, '- {name: 论坛, start: "http://127.0.0.1:9/a"}', "wangdun: {archive: {full: false}}")
    refused = warmed.wangdun("archive", "b", cwd=tmp_path)
    assert (refused.returncode, "--masked" in refused.stderr.decode()) == (2, True)
    assert not (tmp_path / "b").exists()
    done = warmed.wangdun("archive", "b", "--masked", "--json", cwd=tmp_path)
    assert b'"masked": true' in done.stdout
    assert "13800001234" not in str(read(tmp_path / "b"))
    assert warmed.wangdun("archive", "c", "--site", "论谈", cwd=tmp_path).returncode == 2
