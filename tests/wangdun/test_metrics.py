"""Figures for monitoring: right, readable by Prometheus, for whom the configuration admits."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
from datetime import timedelta

import httpx
import pytest

from console.app import create_app
from console.routers.metrics import MONITORING
from storage.database import Database
from storage.operation import notices, records
from storage.operation.notices import NewNotice
from tests.wangdun import archive
from tests.wangdun.archive import NOW
from tests.wangdun.running import wangdun, write_config
from wangdun import locks, metrics
from wangdun.config import load
from wangdun.metrics import Metric, Monitoring

SITES = """
- {name: 论坛, start: "http://127.0.0.1:9/a", every: 6h}
"""
SAMPLE = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (-?[0-9.e+-]+)')
HOUR = timedelta(hours=1)


def made(folder, more=""):
    write_config(folder, SITES, more)
    config = load(folder / "config.yaml")
    archive.fill(folder / "data")
    return config, Database.open(config.storage)


@pytest.fixture
def here(tmp_path):
    config, db = made(tmp_path)
    yield config, db
    db.close()


def read(text):
    """(Name, labels) -> value; every line is one that Prometheus reads."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (HELP|TYPE) [a-z_]+ \S.*", line)
            continue
        one = SAMPLE.fullmatch(line)
        assert one, line
        found[one[1], one[2] or ""] = float(one[3])
    assert text.endswith("\n")
    return found


def test_figures(here):
    config, db = here
    records.note(db, "backup", ok=True, actor="a", detail={}, now=NOW)
    records.note(db, "backup", ok=False, actor="a", detail={}, now=NOW + HOUR)
    notices.add(db, [NewNotice("k", "disk_low", "x")], {"duty": ()}, NOW)
    locks.beat(config.storage.data_dir, 1000.0)
    found = read(metrics.render(metrics.collect(config, db, NOW + HOUR)))
    assert found["wangdun_database_up", ""] == 1
    assert found["wangdun_schedule_running", ""] == 0
    assert found["wangdun_schedule_beat_timestamp_seconds", ""] == 1000
    assert found["wangdun_site_listings", 'site="论坛"'] == 3
    assert found["wangdun_site_last_run_status", 'site="论坛",status="complete"'] == 1
    assert found["wangdun_site_last_run_status", 'site="论坛",status="failed"'] == 0
    assert found["wangdun_backup_last_ok", ""] == 0
    assert found["wangdun_backup_last_success_timestamp_seconds", ""] == NOW.timestamp()
    assert found["wangdun_undelivered", 'kind="notice"'] == 1
    assert found["wangdun_undelivered_oldest_seconds", 'kind="notice"'] == 3600
    assert found["wangdun_database_bytes", ""] > 100_000
    assert sum(value for (name, _labels), value in found.items() if name == "wangdun_leads") == sum(
        value for (name, _labels), value in found.items() if name == "wangdun_site_leads"
    )


def test_a_database_that_cannot_be_read_is_a_figure_too(here):
    config, db = here
    db.close()
    config.storage.database_file.write_bytes(b"not a database" * 1000)
    for end in ("-wal", "-shm"):
        config.storage.database_file.with_name(config.storage.database_file.name + end).unlink(missing_ok=True)
    found = read(metrics.render(metrics.collect(config, db, NOW)))
    assert found["wangdun_database_up", ""] == 0
    assert ("wangdun_disk_free_bytes", "") in found
    facts = metrics.health(config, db, NOW)
    assert (facts["ok"], facts["database"]) == (False, {"ok": False})


def test_names_cannot_break_the_format():
    metric = Metric("m", "h").add(1.5, site='a"b\\c\nd\u202e')
    assert list(metric.lines())[-1] == 'm{site="a\\"b\\\\c\\nd\ufffd"} 1.5'
    assert read(metrics.render([metric])) == {("m", 'site="a\\"b\\\\c\\nd\ufffd"'): 1.5}


def test_health_names_what_is_wrong(here):
    config, db = here
    facts = metrics.health(config, db, NOW)
    assert not facts["ok"]
    assert facts["schedule"] == {"ok": False, "running": False, "beat_age_seconds": None}
    with locks.scheduler_lock(config.storage.data_dir):
        locks.beat(config.storage.data_dir, NOW.timestamp())
        assert metrics.health(config, db, NOW)["schedule"]["ok"]
        assert not metrics.health(config, db, NOW + HOUR)["schedule"]["ok"]  # it hangs
        notices.add(db, [NewNotice("k", "disk_low", "x")], {"duty": ()}, NOW - 7 * HOUR)
        assert metrics.health(config, db, NOW)["messages"] == {"ok": False, "oldest_undelivered_seconds": 25200.0}


class Client:
    """Somebody at `address` who reads pages of the console."""

    def __init__(self, config, db, address="127.0.0.1") -> None:
        self.app = create_app(config.console, db, **{MONITORING: Monitoring(config, db)})
        self.address = address

    def get(self, path, headers=None):
        async def ask():
            transport = httpx.ASGITransport(self.app, client=(self.address, 5000))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                return await client.get(path, headers=headers)

        return asyncio.run(ask())


def test_the_page_is_off_unless_asked_for(here):
    browser = Client(*here)
    assert browser.get("/metrics").status_code == 404
    assert browser.get("/health").json() == {"ok": True}


def test_who_may_read(tmp_path, monkeypatch):
    config, db = made(tmp_path, "wangdun:\n  metrics: {enabled: true, allow: [10.1.0.0/16], token_env: DEMO_TOKEN}\n")
    monkeypatch.setenv("DEMO_TOKEN", "demo-token")
    good = {"authorization": "Bearer demo-token"}
    browser = Client(config, db, "10.1.2.3")
    answer = browser.get("/metrics", headers=good)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == metrics.CONTENT_TYPE
    assert read(answer.text)["wangdun_database_up", ""] == 1
    assert "schedule" in browser.get("/health", headers=good).json()
    for bad in ({}, {"authorization": "Bearer demo-tokem"}, {"authorization": "Bearer"}):
        assert browser.get("/metrics", headers=bad).status_code == 404
        assert browser.get("/health", headers=bad).json() == {"ok": True}
    browser = Client(config, db, "10.2.2.3")
    assert browser.get("/metrics", headers=good).status_code == 404
    monkeypatch.delenv("DEMO_TOKEN")
    browser = Client(config, db, "10.1.2.3")
    assert browser.get("/metrics", headers={"authorization": "Bearer "}).status_code == 404
    assert Monitoring(config, db).admits("::ffff:10.1.2.3", "") is False
    db.close()


def test_answers_are_kept_for_some_seconds(here):
    config, db = here
    monitoring = Monitoring(config, db)
    begun = time.monotonic()
    first = monitoring.text()
    records.note(db, "backup", ok=True, actor="a", detail={}, now=NOW)
    second = monitoring.text()
    if time.monotonic() - begun < metrics.FRESH:  # a busy machine may have let them grow old
        assert first == second


def test_the_command(tmp_path):
    config, db = made(tmp_path)
    db.close()
    assert wangdun("metrics", "-o", "w.prom", cwd=tmp_path).returncode == 0
    assert read((tmp_path / "w.prom").read_text(encoding="utf-8"))["wangdun_database_up", ""] == 1
    assert (tmp_path / "w.prom").stat().st_mode & 0o777 == 0o644
    health = wangdun("metrics", "--health", cwd=tmp_path)
    assert health.returncode == 1
    assert json.loads(health.stdout)["schedule"]["running"] is False
    shutil.rmtree(config.storage.data_dir)
