"""``wangdun demo --once``: the main job, on this machine alone."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import httpx

from crawler.browser import finding
from tests import warmed
from tests.console.serving import csrf_of
from tests.wangdun.running import PATIENCE, environment, wangdun
from wangdun.cli import Invocation
from wangdun.commands import demo

FOUND = ("猎夹", "象牙", "画眉")  # a gear, a product, a living animal


def test_the_demo_finds_its_leads_and_says_where_they_are(tmp_path):
    done = wangdun("demo", "--once", "--data", "shown", cwd=tmp_path)
    shown, errors = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == 0, (shown, errors)
    assert "Traceback" not in shown + errors
    assert "网络监测线索，供核查" in shown
    assert "截屏 3 个" in shown if finding.find() else "没有截屏" in errors
    assert str(tmp_path / "shown" / "wangdun.sqlite") in shown.replace("\n", "")
    config = tmp_path / "shown" / "config.yaml"
    leads = json.loads(warmed.wangdun("-c", str(config), "leads", "list", "--json", cwd=tmp_path).stdout)
    rows = leads if isinstance(leads, list) else leads["leads"]
    assert {row["site"] for row in rows} == {"demo-forum", "demo-shop"}
    told = json.dumps(rows, ensure_ascii=False)
    assert [word for word in FOUND if word not in told] == []
    (forum, shop) = json.loads(warmed.wangdun("-c", str(config), "site", "list", "--json", cwd=tmp_path).stdout)
    assert (forum["status"], shop["status"]) == ("complete", "complete")
    assert forum["leads"] + shop["leads"] == len(rows) < forum["stored"] + shop["stored"]


def test_the_demo_answers_a_program_and_ends(tmp_path):
    done = wangdun("demo", "--json", "--data", "shown", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert [run["status"] for run in told["runs"]] == ["complete", "complete"]
    assert {lead["site"] for lead in told["leads"]} == {"demo-forum", "demo-shop"}
    assert all(lead["contacts_masked"] for lead in told["leads"])
    assert told["database"] == str(tmp_path / "shown" / "wangdun.sqlite")
    config = tmp_path / "shown" / "config.yaml"
    listed = json.loads(warmed.wangdun("-c", str(config), "leads", "list", "--json", cwd=tmp_path).stdout)
    assert {lead["id"]: lead["departments"] for lead in told["leads"]} == {
        lead["id"]: lead["departments"] for lead in listed
    }
    assert any("public_security" in lead["departments"] for lead in told["leads"])


@contextmanager
def running_demo(folder, *options):
    """A demo, and what it said until its console stood."""
    program = [sys.executable, "-m", "wangdun", "demo", "--no-screens", "--data", "shown", *options]
    quiet = environment(PYTHONUNBUFFERED="1", DISPLAY="", WAYLAND_DISPLAY="")
    with subprocess.Popen(program, cwd=folder, env=quiet, stdout=subprocess.PIPE, text=True) as running:
        try:
            told = ""
            while "密码" not in told.rpartition("\n研判台已启动")[2]:
                line = running.stdout.readline()
                assert line, told
                told += line
            yield running, told
        finally:
            running.kill()


def test_the_demo_ends_with_the_console_until_ctrl_c(tmp_path):
    with running_demo(tmp_path) as (running, told):
        address = re.search(r"研判台已启动：(http://127\.0\.0\.1:\d+/)", told)[1]
        name, password = re.search(r"登录账号：(\w+)　密码：(\S+?)（", told).groups()
        with httpx.Client(base_url=address, follow_redirects=True, timeout=PATIENCE) as browser:
            form = {"name": name, "password": password, "csrf": csrf_of(browser.get("/login").text)}
            page = browser.post("/login", data=form)
            assert page.status_code == 200
            assert "演示审核员" in page.text
            assert "象牙" in browser.get("/queue").text
        running.send_signal(signal.SIGINT)
        rest, _ = running.communicate(timeout=PATIENCE)
        assert "研判台已停止" in rest
        assert "Traceback" not in rest
        assert running.returncode == 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_the_demos_console_listens_where_the_named_configuration_says(tmp_path):
    port = free_port()
    (tmp_path / "mine.yaml").write_text(f"console:\n  port: {port}\n", encoding="utf-8")
    with running_demo(tmp_path, "-c", "mine.yaml") as (_, told):
        assert f"研判台已启动：http://127.0.0.1:{port}/" in told


def test_a_port_that_was_asked_for_is_listened_on_or_refused(tmp_path):
    (tmp_path / "mine.yaml").write_text("console:\n  port: 0\n", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = wangdun("demo", "-c", "mine.yaml", "--no-screens", "--data", "shown", "--port", str(port), cwd=tmp_path)
    assert done.returncode == 2
    assert f"{port}" in done.stderr.decode()
    assert "研判台已启动" not in done.stdout.decode()


def test_a_named_configuration_that_is_wrong_is_told_before_anything_is_crawled(tmp_path):
    (tmp_path / "mine.yaml").write_text("console:\n  prt: 1\n", encoding="utf-8")
    done = wangdun("-c", "mine.yaml", "demo", "--once", "--data", "shown", cwd=tmp_path)
    assert done.returncode == 2
    assert "prt" in done.stderr.decode()
    assert not (tmp_path / "shown").exists()


def test_half_a_configuration_that_nobody_named_does_not_stop_the_demo(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "config.yaml"
    told = []
    for text in ("console:\n  prt: 1\n", "console:\n  port: 8799\n"):
        file.write_text(text, encoding="utf-8")
        told.append(demo._configured_port(Invocation()))
    assert told == [None, 8799]
    file.unlink()
    assert demo._configured_port(Invocation()) is None
