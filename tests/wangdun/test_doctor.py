"""Doctor: says what is wrong and what to do, and ends with 1 when something is."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from storage import runs, sites
from storage.database import Database
from storage.operation import records
from storage.records import RunTally
from tests import databases
from tests.wangdun.running import write_config
from tests.warmed import wangdun
from wangdun.config import load
from wangdun.doctor import check_clock, examine
from wangdun.exceptions import ConfigError
from wangdun.locks import host_locks, scheduler_lock, site_lock

NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)
SITES = """
- {name: a, start: "http://127.0.0.1:9/a", every: 6h}
- {name: b, start: "http://127.0.0.1:9/b"}
- {name: unused, start: "http://127.0.0.1:9/c", enabled: false}
"""

OF_THE_MACHINE = {"剩余空间", "中文字体", "表情字体", "时钟同步"}
"""What a machine that runs tests need not have."""

pytestmark = pytest.mark.usefixtures("loaded_once")


@pytest.fixture
def config(tmp_path):
    return load(write_config(tmp_path, SITES))


def record(config, name, status, reason="", pid=1):
    databases.prepare(config.storage.data_dir)
    db = Database.open(config.storage)
    site_id = sites.register(db, name, "generic", ["http://127.0.0.1:9/"], NOW)
    run = runs.start(db, site_id, now=NOW, pid=pid, lexicon_version="v", config_hash="c", trigger="manual")
    if status != "running":
        runs.finish(db, run, now=NOW, status=status, reason=reason, tally=RunTally(listings_new=12), complete_walk=True)
    db.close()


def back_up(config):
    db = Database.open(config.storage)
    records.note(db, "backup", ok=True, actor="a", detail={"place": "/mnt/b"}, now=NOW)
    db.close()


def found(config, now=NOW):
    checks = list(examine(config.path, lambda: config, now))
    return {check.name: check for check in checks}


def test_a_healthy_installation(config):
    record(config, "a", "complete")
    record(config, "b", "complete")
    back_up(config)
    with scheduler_lock(config.storage.data_dir):
        checks = found(config)
    assert {name for name, check in checks.items() if check.level != "ok"} <= OF_THE_MACHINE
    assert {
        "Python",
        "配置",
        "联系方式",
        "数据文件夹",
        "剩余空间",
        "词库",
        "Chromium",
        "定时采集",
        "数据库",
        "系统时钟",
        "站点 a",
        "站点 b",
    } <= set(checks)
    assert "站点 unused" not in checks
    assert f"进程号 {os.getpid()}" in checks["定时采集"].found
    assert "12 条信息" in checks["站点 a"].found
    assert "jieba" in checks["词库"].found


def test_each_fault_is_named_with_a_remedy(config):
    record(config, "a", "failed", "列表页变成了登录墙")
    record(config, "b", "running")
    checks = found(config)
    assert checks["站点 a"].level == "error"
    assert "登录墙" in checks["站点 a"].found
    assert "wangdun site check a" in checks["站点 a"].advice
    assert checks["定时采集"].level == "warning"
    assert all(check.advice for check in checks.values() if check.level != "ok")


def test_a_run_nobody_works_on_and_one_that_hangs(config):
    record(config, "a", "running", pid=os.getpid())
    db = list(examine(config.path, lambda: config, NOW))
    assert any("没有正常结束" in check.found for check in db)
    with site_lock(config.storage.data_dir, "a"):
        late = list(examine(config.path, lambda: config, NOW + timedelta(hours=2)))
    assert any(f"很久没有动静（进程号 {os.getpid()}）" in check.found for check in late)


def test_a_run_that_waits_for_its_host_is_not_taken_for_the_dead_one_before_it(config):
    record(config, "a", "running")
    data_dir = config.storage.data_dir
    with site_lock(data_dir, "a"), host_locks(data_dir, ["127.0.0.1:9"], waiting=lambda: False):
        late = list(examine(config.path, lambda: config, NOW + timedelta(hours=2)))
    assert not any("很久没有动静" in check.found or "kill" in check.advice for check in late)


def test_a_broken_configuration_ends_the_examination(tmp_path):
    path = write_config(tmp_path, '- {name: a, start: "http://127.0.0.1:9/a", evry: 6h}')

    def broken():
        return load(path)

    checks = list(examine(path, broken, NOW))
    assert checks[-1].name == "配置"
    assert checks[-1].level == "error"
    assert "是不是 every？" in checks[-1].found
    with pytest.raises(ConfigError):
        broken()


def test_the_clock():
    assert check_clock([], NOW).level == "ok"
    assert check_clock([], datetime(2020, 1, 1, tzinfo=UTC)).level == "error"
    assert check_clock([NOW + timedelta(hours=1)], NOW).level == "warning"


def test_a_database_that_is_none(config):
    config.storage.data_dir.mkdir()
    config.storage.database_file.write_bytes(b"no database" * 500)
    checks = found(config)
    assert checks["数据库"].level == "error"


def test_a_database_that_belongs_to_another(config, monkeypatch):
    config.storage.data_dir.mkdir()
    config.storage.database_file.touch(mode=0)
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may do everything
    checks = found(config)
    assert "没有权限读写数据库文件" in checks["数据库"].found


def test_the_command_ends_with_1_on_errors_only(tmp_path):
    write_config(tmp_path, SITES)
    done = wangdun("doctor", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout.decode()
    assert json.loads(done.stdout)["errors"] == 0
    (tmp_path / "data" / "wangdun.sqlite").write_bytes(b"no database" * 500)
    for extra in tmp_path.glob("data/wangdun.sqlite-*"):
        extra.unlink()
    done = wangdun("doctor", cwd=tmp_path)
    assert done.returncode == 1
    shown = done.stdout.decode()
    assert "错误" in shown
    assert "怎么办" in shown
