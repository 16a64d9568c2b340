"""Doctor, figures and commands where many machines work together."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from click.testing import CliRunner

from storage import runs
from tests.distributed.crew import write_config
from wangdun import metrics
from wangdun.cli import Invocation
from wangdun.commands import schedule, worker
from wangdun.config import load
from wangdun.distributed import present
from wangdun.distributed.app import defer, opened
from wangdun.doctor_distributed import check_distributed
from wangdun.exceptions import Busy, ConfigError, UsageError


def sign(config, db, name, *, lexicon="v1", note="", **changed):
    """A worker's row; it stays alive however slow this machine is, unless `changed` says when it was last seen."""
    present.beat(config, db, present.Sign(name, 2, lexicon, note))
    for column, value in ({"beat_at": datetime.now(UTC) + timedelta(hours=1)} | changed).items():
        with psycopg.connect(config.storage.url) as connection:
            query = f"UPDATE wangdun_jobs.present SET {column} = %s WHERE name = %s"
            connection.execute(query.encode(), (value, name))


def told(config, db):
    return {check.name: (check.level, check.found) for check in check_distributed(config, db)}


def test_without_workers_it_says_how_to_start_them(config, db):
    assert told(config, db)["工作进程"] == ("error", "没有工作进程在运行")
    with psycopg.connect(config.storage.url) as connection:
        connection.execute("DROP SCHEMA wangdun_jobs CASCADE")
    assert told(config, db) == {"任务队列": ("error", "还没有建立")}


def test_workers_that_agree_are_well(config, db):
    sign(config, db, "one")
    sign(config, db, "two")
    found = told(config, db)
    assert found["工作进程"] == ("ok", "2 个在运行（one、two），可同时采集 4 个站点")
    assert found["配置一致"][0] == "ok"
    assert found["任务队列"] == ("ok", "等待 0 个，进行中 0 个，一周内失败 0 个")
    assert set(found) == {"工作进程", "配置一致", "任务队列"}


def test_what_differs_is_named(config, db):
    sign(config, db, "one")
    sign(config, db, "two", config_hash="other", lexicon="v2", version="0.0.1", note="磁盘空间不足，不启动采集")
    sign(config, db, "gone", beat_at=datetime(2026, 1, 1, tzinfo=UTC))
    found = told(config, db)
    assert found["配置一致"] == ("error", "config.yaml 与本机不同：two")
    assert found["词库一致"] == ("error", "词库不同：one v1、two v2")
    assert found["版本一致"][0] == "warning"
    assert "two：磁盘空间不足" in found["工作进程"][1]
    assert found["工作进程没有动静"][1].startswith("gone（")


def test_failed_and_waiting_jobs_are_counted(config, db):
    sign(config, db, "one")
    with opened(config) as app:
        for number in range(3):
            defer(app, "crawl", lock=f"site:{number}", site="a", at=datetime(2026, 1, 1, tzinfo=UTC))
    with psycopg.connect(config.storage.url, options="-c search_path=wangdun_jobs") as connection:
        connection.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE lock = 'site:0'")
    level, found = told(config, db)["任务队列"]
    assert (level, found) == ("warning", "等待 2 个，进行中 0 个，一周内失败 1 个")
    text = metrics.render(metrics.collect(config, db, datetime.now(UTC)))
    assert 'wangdun_jobs{status="waiting"} 2\n' in text
    assert 'wangdun_jobs{status="failed"} 1\n' in text
    assert "wangdun_workers_alive 1\n" in text
    assert "wangdun_jobs_oldest_seconds " in text
    assert "wangdun_schedule_running" not in text
    facts = metrics.health(config, db, datetime.now(UTC))
    assert facts["workers"] == {"ok": False, "alive": ["one"], "tick_age_seconds": None}
    with psycopg.connect(config.storage.url) as connection:
        connection.execute("INSERT INTO wangdun_jobs.ticks (planned, worker) VALUES (now(), 'one')")
    assert metrics.health(config, db, datetime.now(UTC))["workers"]["ok"]


def invoke(command, config_path, *args):
    return CliRunner().invoke(command, args, obj=Invocation(config_path), standalone_mode=False)


def test_the_schedule_refuses_where_workers_work_and_the_other_way_round(config, tmp_path):
    refused = invoke(schedule.command, config.path)
    assert isinstance(refused.exception, UsageError)
    assert "wangdun worker" in str(refused.exception)
    config.path.write_text(config.path.read_text().replace("runtime: distributed", "runtime: embedded"))
    refused = invoke(worker.command, config.path)
    assert isinstance(refused.exception, UsageError)
    assert "wangdun schedule" in str(refused.exception)


@pytest.mark.parametrize("name", ["", " x", "a\nb", "x" * 65])
def test_a_name_that_nobody_can_read_is_refused(config, name):
    assert "名称" in str(invoke(worker.command, config.path, "--name", name).exception)


def test_lists_and_asks_as_with_one_machine(config, db):
    nobody = invoke(schedule.command, config.path, "now", "a")
    assert nobody.return_value == 1
    assert runs.requests(db) == []
    sign(config, db, "one")
    listed = json.loads(invoke(schedule.command, config.path, "list", "--json").output)
    assert listed["workers"] == ["one"]
    assert [site["site"] for site in listed["sites"]] == ["a", "b"]
    assert invoke(schedule.command, config.path, "now", "a").return_value == 0
    assert runs.requests(db) == ["a"]


def test_two_workers_have_two_names(config):
    with present.named(config, None) as first, present.named(config, None) as second:
        assert second == f"{first}-2"
        with pytest.raises(Busy, match="已有名为"), present.named(config, first):
            pytest.fail("twice")


@pytest.mark.parametrize("url", ["sqlite:////tmp/demo.sqlite", None])
def test_many_machines_need_postgresql(tmp_path, url):
    path = write_config(tmp_path, url or "x", [])
    if url is None:
        path.write_text(path.read_text().replace("  url: x\n", ""))
    with pytest.raises(ConfigError) as caught:
        load(path)
    (mistake,) = caught.value.mistakes
    assert (mistake.key, mistake.line > 0) == ("wangdun.runtime", True)
    assert "migrate-store" in mistake.message


def test_death_is_not_declared_too_soon(tmp_path):
    path = write_config(tmp_path, "postgresql://tester@127.0.0.1/x", [])
    path.write_text(path.read_text().replace("stalled_after: 5s", "stalled_after: 4s"))
    with pytest.raises(ConfigError, match="不能少于 5 秒"):
        load(path)
