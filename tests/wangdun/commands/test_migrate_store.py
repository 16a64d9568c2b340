"""The command that moves an installation to PostgreSQL."""

from __future__ import annotations

import json

import pytest

from storage import sites
from storage.database import Database
from tests import databases
from tests.services import postgres
from tests.storage.making import NOW
from tests.wangdun.running import wangdun


@pytest.fixture(scope="module")
def cluster():
    with postgres() as server:
        yield server


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.yaml").write_text("crawler: {}\n", encoding="utf-8")
    databases.prepare(tmp_path / "data")
    db = Database.open(f"sqlite:///{tmp_path / 'data' / 'wangdun.sqlite'}")
    sites.register(db, "山货论坛", "discuz", ["http://127.0.0.1/forum"], NOW)
    db.close()
    return tmp_path


def test_an_installation_moves_and_goes_on(cluster, folder):
    url = cluster.create("moved")
    done = wangdun("migrate-store", "--to", url, cwd=folder)
    assert done.returncode == 0, done.stderr.decode()
    assert "已转移" in done.stdout.decode()
    assert "storage.url" in done.stdout.decode()
    listed = wangdun("migrate-store", "--json", cwd=folder, WANGDUN_TARGET_URL=url)
    assert listed.returncode != 0
    assert "目标数据库不是空的（sites）" in listed.stderr.decode()
    there = Database.open(url)
    assert sites.names(there) == ["山货论坛"]
    there.close()


def test_programs_read_what_moved(cluster, folder):
    done = wangdun("migrate-store", "--json", cwd=folder, WANGDUN_TARGET_URL=cluster.create("again"))
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["rows"]["sites"] == 1


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("postgresql://demo:geheim@127.0.0.1:1/x", True),
        ("postgresql://demo@127.0.0.1:1/x?password=geheim", True),
        ("postgresql://demo@127.0.0.1:1/x", False),
    ],
)
def test_a_password_on_the_command_line_is_warned_of(folder, url, warned):
    given = wangdun("migrate-store", "--to", url, cwd=folder).stderr.decode()
    assert ("进程列表" in given and "WANGDUN_TARGET_URL" in given) is warned
    kept = wangdun("migrate-store", cwd=folder, WANGDUN_TARGET_URL=url).stderr.decode()
    assert "进程列表" not in kept
    for said in (given, kept):
        assert "连不上数据库" in said, "it is tried all the same"
        assert "geheim" not in said


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "WANGDUN_TARGET_URL"),
        (("--to", "mysql://127.0.0.1/x"), "不支持这种数据库"),
        (("--to", "sqlite:////tmp/never.sqlite"), "只能从 SQLite 转到 PostgreSQL"),
        (("--to", "postgresql://127.0.0.1:1/x"), "连不上数据库"),
    ],
)
def test_what_cannot_be_a_target_is_said(folder, args, said):
    done = wangdun("migrate-store", *args, cwd=folder)
    assert done.returncode != 0
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr
