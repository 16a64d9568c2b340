"""``wangdun crawl``: one worker a site, its results told in Chinese and in JSON."""

from __future__ import annotations

import json
import os
import signal
import sys

import pytest

from tests import warmed
from tests.crawling import Watch
from tests.site.fixture import serve
from tests.wangdun.running import PATIENCE, wangdun
from wangdun.config import load
from wangdun.crawl import SiteRun, Workers, exit_code


@pytest.fixture(scope="module")
def site():
    with serve() as running:
        yield running


def test_good_and_bad_sites_beside_each_other(site, tmp_path):
    site.control(reset=True, fill=3)
    watch = Watch(tmp_path, f"{site.url}/board/")
    bad = {"name": "坏站", "start": f"{site.url}/500", "delay": 0}
    off = {"name": "off", "start": f"{site.url}/ok", "enabled": False}
    text = watch.config.read_text(encoding="utf-8").replace(
        "  sites:\n", f"  sites:\n  - {json.dumps(bad)}\n  - {json.dumps(off)}\n"
    )
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    shown = wangdun("crawl", cwd=tmp_path)
    assert shown.returncode == 1
    assert "✗ 坏站：列表页读取失败：服务器内部错误（500）" in shown.stdout.decode()
    told = json.loads(warmed.wangdun("crawl", "--json", "b", cwd=tmp_path).stdout)
    assert [(run["site"], run["status"], run["exit_code"], run["tally"]["listings_seen"]) for run in told] == [
        ("b", "complete", 0, 3)
    ]
    unknown = warmed.wangdun("crawl", "c", cwd=tmp_path)
    assert unknown.returncode == 2
    assert "没有名为 'c' 的站点" in unknown.stderr.decode()
    assert "/ok" not in site.paths(), "a site that is switched off is not crawled"


@pytest.mark.parametrize(
    ("code", "status", "words"),
    [
        ("import os; os.kill(os.getpid(), 9)", "failed", "信号 9"),
        ("import sys; sys.exit(7)", "failed", "退出码 7"),
        ("print('no json'); print('[1]'); raise SystemExit(0)", "failed", "退出码 0"),
        ("import sys; sys.exit(130)", "interrupted", ""),
    ],
)
def test_a_worker_that_dies_without_a_word(tmp_path, monkeypatch, code, status, words):
    program = tmp_path / "python"
    program.write_text(f"#!{sys.executable}\n{code}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    (run,) = Workers(load(Watch(tmp_path, "http://127.0.0.1/").config)).run(["b"])
    assert run.status == status
    assert words in "".join(finding["reason"] for finding in run.findings)
    assert exit_code([run]) == (130 if status == "interrupted" else 1)


def test_stopping_reaches_workers_in_groups_of_their_own_and_forgives_ended_ones(tmp_path):
    import subprocess

    workers = Workers(load(Watch(tmp_path, "http://127.0.0.1/").config))
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True) as process:
        ended = subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        workers._running = {"ended": ended, "b": process}
        workers.stop()
        assert process.wait(PATIENCE) in {-signal.SIGINT, 1}
    assert os.getpgid(0)
    (refused,) = workers.run(["b"])
    assert (refused.status, refused.exit_code) == ("interrupted", 130)


def test_exit_codes():
    def run(status, code):
        return SiteRun("b", status, [], {}, code)

    good, bad, stopped = run("complete", 0), run("failed", 1), run("interrupted", 130)
    assert exit_code([]) == exit_code([good, good]) == 0
    assert exit_code([good, bad]) == exit_code([run("failed", 2)]) == 1
    assert exit_code([good, stopped, bad]) == 130
