"""``wangdun demo --once``: the main job, on this machine alone."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import httpx

from crawler.browser import finding
from tests import warmed
from tests.console.serving import csrf_of
from tests.wangdun.running import PATIENCE, environment, wangdun

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


def test_the_demo_ends_with_the_console_until_ctrl_c(tmp_path):
    program = [sys.executable, "-m", "wangdun", "demo", "--no-screens", "--data", "shown"]
    quiet = environment(PYTHONUNBUFFERED="1", DISPLAY="", WAYLAND_DISPLAY="")
    running = subprocess.Popen(program, cwd=tmp_path, env=quiet, stdout=subprocess.PIPE, text=True)
    try:
        told = ""
        while "密码" not in told.rpartition("\n研判台已启动")[2]:
            line = running.stdout.readline()
            assert line, told
            told += line
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
    finally:
        running.kill()
        running.wait()
