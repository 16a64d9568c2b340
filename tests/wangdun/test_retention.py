"""Retention: what is over goes and leaves a record, the rest stays; logs as configured; a full disk pauses runs."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from storage.models import Lead
from storage.operation import notices, records
from storage.operation.notices import NewNotice
from tests.wangdun.evidence import NOW, Installation
from tests.wangdun.running import python, wangdun, write_config
from wangdun import disk, logs, retention
from wangdun.config import load
from wangdun.disk import DiskGuard

DAY = timedelta(days=1)


@pytest.fixture
def made(tmp_path):
    one = Installation(tmp_path)
    write_config(tmp_path, "", "", evidence="{screens: manual, keep_days: 200}")
    one.config = load(tmp_path / "config.yaml")
    one.seal()
    yield one
    one.db.close()


def log(made, name, age, now=NOW):
    made.config.log_dir.mkdir(exist_ok=True)
    path = made.config.log_dir / name
    path.write_text("line\n", encoding="utf-8")
    moment = (now - age).timestamp()
    os.utime(path, (moment, moment))
    return path


def close_lead(made):
    with made.db.write() as connection:
        connection.execute(update(Lead).values(status="dismissed", updated_at=NOW))


def test_what_is_over_goes_and_leaves_a_record(made):
    now = NOW + 300 * DAY
    close_lead(made)
    old, young = (
        log(made, "schedule.log.2025-01-06", 211 * DAY, now),
        log(made, "schedule.log.2026-01-05", 209 * DAY, now),
    )
    running, strange = log(made, "schedule.log", 400 * DAY, now), log(made, "notes.txt", 400 * DAY, now)
    notices.add(made.db, [NewNotice("told", "disk_low", "a")], {"duty": ()}, NOW)
    notices.sent(made.db, notices.due(made.db, "duty", NOW), NOW)
    notices.add(made.db, [NewNotice("waits", "disk_low", "b")], {"duty": ()}, NOW)
    seen = retention.look(made.config, made.db, now)
    assert ([one.path for one in seen.logs], seen.notices, seen.captures) == ([old], 1, 1)
    assert old.exists()
    assert records.last(made.db, "retention") is None
    gone = retention.clear(made.config, made.db, actor="张三", now=now)
    assert (gone.notices, gone.captures, gone.files) == (1, 1, 1)
    assert not old.exists()
    assert young.exists()
    assert running.exists()
    assert strange.exists()
    assert [one.text for one in notices.due(made.db, "duty", now)] == ["b"]
    noted = records.last(made.db, "retention")
    assert noted is not None
    assert noted.actor == "张三"
    assert noted.detail["logs"][0]["name"] == "schedule.log.2025-01-06"
    retention.clear(made.config, made.db, actor="李四", now=now)
    assert records.last(made.db, "retention") == noted  # nothing to do is nothing to note


def test_a_clock_that_is_wrong_does_no_harm(made):
    close_lead(made)
    kept = log(made, "schedule.log.2026-01-05", 10 * DAY)
    gone = retention.clear(made.config, made.db, actor="a", now=NOW - 3000 * DAY)
    assert (gone.logs, gone.notices, gone.captures) == ((), 0, 0)
    assert kept.exists()


def test_the_command_shows_before_it_deletes(made):
    path = log(made, "schedule.log.2020-01-06", 400 * DAY, datetime.now(UTC))
    shown = wangdun("retention", "--dry-run", "--json", cwd=made.folder)
    assert json.loads(shown.stdout)["logs"][0]["name"] == path.name
    assert path.exists()
    assert wangdun("retention", cwd=made.folder).returncode == 0
    assert not path.exists()


def test_six_months_are_the_least(tmp_path):
    write_config(tmp_path, "", "wangdun: {keep_logs_days: 90}\n")
    done = wangdun("check", cwd=tmp_path)
    assert done.returncode == 2
    assert "keep_logs_days" in done.stderr.decode()


@pytest.mark.parametrize(("evidence", "more", "key"), [
    ("{screens: manual}", "wangdun: {keep_logs_days: 999999999999}\n", "wangdun.keep_logs_days"),
    ("{screens: manual, keep_days: 36501}", "", "storage.evidence.keep_days"),
])  # fmt: skip
def test_no_more_days_than_a_calendar_has(tmp_path, evidence, more, key):
    write_config(tmp_path, "", more, evidence=evidence)
    done = wangdun("retention", "--dry-run", cwd=tmp_path)
    assert done.returncode == 2
    assert f"{key}：不能大于 36500" in done.stderr.decode()


def test_the_longest_that_is_kept_still_has_a_date(tmp_path):
    kept = "wangdun: {keep_logs_days: 36500}\n"
    write_config(tmp_path, "", kept, evidence="{screens: manual, keep_days: 36500}")
    assert wangdun("retention", "--dry-run", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("days", [183, 210, 400])
def test_logs_are_kept_as_long_as_configured(tmp_path, days):
    write_config(tmp_path, "", f"wangdun: {{keep_logs_days: {days}}}\n")
    handler = logs.weekly(load(tmp_path / "config.yaml"), "x")
    handler.close()
    assert (handler.backupCount - 1) * 7 >= days


def test_lines_for_programs(tmp_path):
    write_config(tmp_path, "", "wangdun: {log_format: json}\n")
    python(
        """
        import logging
        from pathlib import Path
        from wangdun import logs
        from wangdun.config import load
        logs.start_quietly(load(Path("config.yaml")), "x")
        logging.getLogger("wangdun.test").warning("站点 %s 第一行\\n第二行 \\x1b[31m", "论坛")
        try:
            1 / 0
        except ZeroDivisionError:
            logging.getLogger("wangdun.test").exception("出错")
        """,
        tmp_path,
    )
    first, second = map(json.loads, (tmp_path / "data" / "logs" / "x.log").read_text(encoding="utf-8").splitlines())
    assert first["message"] == "站点 论坛 第一行\n第二行 \x1b[31m"
    assert (first["level"], first["logger"]) == ("WARNING", "wangdun.test")
    assert datetime.fromisoformat(first["at"]).tzinfo is not None
    assert "ZeroDivisionError" in second["exception"]


def test_a_full_disk_pauses_runs_until_there_is_room(made, monkeypatch, caplog):
    guard = DiskGuard()
    need = disk.needed_bytes(made.config)
    caplog.set_level(logging.INFO, "wangdun.schedule")
    said = []
    for free in (need + 1, need - 1, need - 1, need + 1, need + disk.AGAIN - 1, need + disk.AGAIN, need):
        monkeypatch.setattr(disk, "free_bytes", lambda _config, free=free: free)
        said.append(guard.closed(made.config))
    assert said == [False, True, True, True, True, False, False]
    assert [record.message[:8] for record in caplog.records] == ["磁盘空间不足，暂", "磁盘空间已够（剩"]


def test_a_crawl_by_hand_is_refused_when_there_is_no_room(tmp_path):
    site = '- {name: a, start: "http://127.0.0.1:9/a"}'
    write_config(tmp_path, site, evidence="{screens: manual, keep_free_mb: 1000000000}")
    done = wangdun("crawl", "a", cwd=tmp_path)
    assert done.returncode == 1
    assert "磁盘空间不足，没有启动采集" in done.stderr.decode()
    listed = wangdun("schedule", "list", cwd=tmp_path)
    assert listed.returncode == 0
    assert "从未" in listed.stdout.decode()  # no run was begun
