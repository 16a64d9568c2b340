from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from storage import sites
from storage.database import Database
from storage.evidence import jobs, sealing
from storage.evidence.objects import Objects
from tests import databases
from tests.storage.evidence.making import draft
from tests.wangdun.running import write_config
from wangdun import doctor_evidence
from wangdun.config import load
from wangdun.doctor_evidence import check_browser, check_clock, check_folder, check_fonts, check_queue, check_timestamps

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)


def configured(folder: Path, **evidence):
    return load(write_config(folder, evidence=json.dumps(evidence, default=str)))


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_browser_that_is_there(tmp_path):
    chrome = program(tmp_path / "chrome", "echo Chromium 156.0.8078.79 built on Debian")
    found = check_browser(configured(tmp_path, browser="chrome"))
    assert (found.level, found.found) == ("ok", f"Chromium 156.0.8078.79，{chrome}（截屏：仅告警）")


def test_a_browser_that_says_nothing(tmp_path):
    program(tmp_path / "chrome", "exit 1")
    assert check_browser(configured(tmp_path, browser="chrome")).level == "warning"


@pytest.mark.parametrize(("screens", "level"), [("always", "warning"), ("alert", "warning"), ("manual", "ok")])
def test_a_browser_that_is_not_there(tmp_path, screens, level):
    found = check_browser(configured(tmp_path, browser="gone", screens=screens))
    assert found.level == level
    assert f"没有找到浏览器：{tmp_path}/gone 不是可运行的程序" in found.found
    assert "改正 config.yaml 中的 storage.evidence.browser" in found.advice
    assert "apt-get install chromium" in found.advice
    assert "--again" in found.advice


def test_fonts_that_are_missing(tmp_path, monkeypatch):
    config = configured(tmp_path, browser="gone")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [check.found for check in check_fonts(config)] == ["没有 fc-list 命令，无法检查"]
    program(tmp_path / "fc-list", 'case "$1" in :lang=zh) echo "Noto Sans CJK SC,思源黑体";; esac')
    chinese, emoji = check_fonts(config)
    assert (chinese.level, chinese.found) == ("ok", "Noto Sans CJK SC")
    assert (emoji.level, emoji.found) == ("warning", "没有")
    assert "fonts-noto-color-emoji" in emoji.advice
    assert list(check_fonts(configured(tmp_path, browser="gone", screens="manual"))) == []


def test_the_folder(tmp_path):
    found = check_folder(configured(tmp_path))
    assert (found.level, str(tmp_path / "data" / "evidence") in found.found) == ("ok", True)
    assert not (tmp_path / "data").exists()
    full = check_folder(configured(tmp_path, keep_free_mb=10**9))
    assert (full.level, "少于须留出的 1000000000 MB" in full.found) == ("error", True)
    (tmp_path / "data").write_text("a file")
    assert check_folder(configured(tmp_path)).level == "error"


def test_time_stamps(tmp_path):
    assert "无" in check_timestamps(configured(tmp_path)).found
    url = "http://tsa.example/"
    found = check_timestamps(configured(tmp_path, timestamp_url=url))
    assert (found.level, "没有配置时间戳机构的根证书" in found.found) == ("error", True)
    key = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", os.devnull, "-subj", "/CN=demo")
    subprocess.run(["openssl", *key, "-out", tmp_path / "ca.pem"], check=True, capture_output=True)
    found = check_timestamps(configured(tmp_path, timestamp_url=url, timestamp_ca="ca.pem"))
    assert (found.level, found.found) == ("ok", url)


def test_the_queue(tmp_path):
    config = configured(tmp_path)
    databases.prepare(config.storage.data_dir)
    db = Database.open(config.storage)
    site_id = sites.register(db, "demo", "discuz", [], NOW)
    wanted = jobs.Wanted(site_id, "1", "http://127.0.0.1/1", "d", "crawl", 50.0, "采集程序")
    jobs.ask(db, wanted, NOW)
    found = check_queue(db)
    assert (found.level, found.found) == ("ok", "等待 1 个，已截 0 个，未能截取 0 个")
    assert "wangdun evidence screens" in found.advice
    capture = sealing.seal(db, Objects.of(config.storage), draft(site_id), actor="截屏程序", now=NOW)
    jobs.finish(db, jobs.claim(db, "host:1", NOW), capture.id, reason="没有找到浏览器")
    found = check_queue(db)
    assert (found.level, found.found) == ("warning", "等待 0 个，已截 0 个，未能截取 1 个")
    db.close()


def test_nothing_else_is_asked(tmp_path):
    names = [check.name for check in doctor_evidence.check_evidence(configured(tmp_path, browser="gone"))]
    assert names[0] == "Chromium"
    assert names[-3:] == ["证据文件夹", "可信时间戳", "时钟同步"]


def test_a_clock_that_follows_nobody():
    alone = check_clock({"synchronised": False, "reason": "未同步"})
    assert (alone.level, alone.found) == ("warning", "未同步")
    assert check_clock({"synchronised": None, "reason": "不提供"}).level == "ok"
    assert "0.250 秒" in check_clock({"synchronised": True, "maximum_error": 0.25}).found
