"""Doctor says how old the backup is, whether messages arrive, and when runs are paused for want of room."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.database import Database
from storage.operation import notices, records
from storage.operation.notices import NewNotice
from tests import databases
from tests.wangdun.archive import NOW
from tests.wangdun.running import write_config
from wangdun import disk
from wangdun.config import load
from wangdun.doctor_operation import check_operation
from wangdun.operating import BackupConfig

DAY = timedelta(days=1)
NOTIFY = """wangdun:
  backup: {folder: backups, warn_after: 2d}
  notify:
    - {name: file, file: told.jsonl}
    - {name: hook, url: "http://127.0.0.1:1/", secret_env: DEMO_SECRET}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("DEMO_SECRET", "demo")
    monkeypatch.setattr(disk, "free_bytes", lambda _config: 1 << 40)
    config = load(write_config(tmp_path, "", NOTIFY))
    databases.prepare(tmp_path / "data")
    db = Database.open(config.storage)
    yield config, db
    db.close()


def found(here, name, now=NOW):
    return next((check for check in check_operation(*here, now) if check.name == name), None)


def test_the_age_of_the_backup(here):
    assert (found(here, "备份").level, found(here, "备份").found) == ("warning", "从未备份")
    records.note(here[1], "backup", ok=True, actor="a", detail={"place": "/mnt/b"}, now=NOW)
    assert found(here, "备份", NOW + DAY).level == "ok"
    late = found(here, "备份", NOW + 3 * DAY)
    assert late.level == "warning"
    assert "/mnt/b" in late.found
    records.note(here[1], "backup", ok=False, actor="a", detail={"why": "磁盘已满"}, now=NOW + DAY)
    failed = found(here, "备份", NOW + DAY)
    assert (failed.level, failed.found) == ("error", "最近一次失败：磁盘已满")


def test_no_backup_and_no_place_for_one_is_a_warning_with_the_command(here):
    config, db = here
    bare = replace(config, wangdun=config.wangdun.model_copy(update={"backup": BackupConfig()}))
    check = found((bare, db), "备份")
    assert (check.level, check.found) == ("warning", "没有设置备份文件夹（wangdun.backup.folder），也从未备份")
    assert "wangdun backup -o 文件夹" in check.advice
    records.note(db, "backup", ok=True, actor="a", detail={"place": "/mnt/b"}, now=NOW)
    assert found((bare, db), "备份").level == "ok"


def test_messages_that_do_not_arrive(here, monkeypatch):
    assert found(here, "通知").level == "ok"
    notices.add(here[1], [NewNotice("k", "disk_low", "x")], {"hook": ()}, NOW)
    assert found(here, "通知", NOW + timedelta(minutes=30)).level == "ok"
    late = found(here, "通知", NOW + timedelta(hours=2))
    assert (late.level, late.found) == ("warning", "1 项等待送出，0 项没有送达")
    monkeypatch.delenv("DEMO_SECRET")
    assert "DEMO_SECRET" in found(here, "通知").found


def test_paused_for_want_of_room(here, monkeypatch):
    assert found(here, "磁盘守护") is None
    monkeypatch.setattr(disk, "free_bytes", lambda _config: 1 << 20)
    assert found(here, "磁盘守护").level == "error"
