"""Real pages in the real Chromium; what each page does to it is in `hostile.PAGES`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from crawler.browser import Browser, Limits
from tests.crawler.browser.conftest import AGENT
from tests.crawler.browser.hostile import serve
from tests.wangdun.running import PATIENCE

ROOT = Path(__file__).parents[3]


def picture(shot) -> Image.Image:
    return Image.open(BytesIO(shot.png)).convert("RGB")


def chromes(marker: str) -> list[int]:
    """Processes of a capture: all have its folder in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if marker.encode() in (path / "environ").read_bytes() and (path / "cmdline").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found


def gone(look, seconds=PATIENCE) -> bool:
    """Whether `look()` becomes empty in time."""
    deadline = time.monotonic() + seconds
    while look() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not look()


def test_a_page_as_a_person_sees_it(shots):
    site, shot = shots[0], shots[1]["/plain"]
    assert (shot.missing, shot.status, shot.title) == ("", 200, "山货 行情")
    assert shot.text.startswith("出售猫头鹰\n")
    assert "第19段" in shot.text
    assert "看不见" not in shot.text
    assert picture(shot).size == (1280, shot.facts["page_height"])
    assert shot.facts["page_height"] > 6000
    assert picture(shot).getpixel((30, 6400)) == (255, 0, 0)  # it loaded when seen
    assert b"multipart/related" in shot.mhtml[:1000]
    assert b"lazy.svg" in shot.mhtml
    assert shot.final_url == f"{site.url}/plain"
    assert site.agents == {AGENT}
    page, *parts = shot.requests
    assert (page["type"], page["status"], page["url"]) == ("page", 200, f"{site.url}/plain")
    assert {part["url"].removeprefix(site.url) for part in parts} == {"/favicon.ico", "/lazy.svg"}
    assert shot.blocked == ()
    assert shot.facts["servers"] == {"127.0.0.1": "127.0.0.1"}
    assert shot.facts["sandbox"] == (os.geteuid() != 0)
    assert {"browser", "playwright", "viewport", "timings", "peak_mb"} <= shot.facts.keys()
    assert shot.facts["viewport"] == [1280, 900]


def test_each_capture_is_a_new_chinese_visitor(shots):
    _, taken = shots
    assert {taken[path].title for path in ("/who", "/who?again")} == {"zh-CN|Asia/Shanghai||0|default"}


def test_the_page_cannot_tell_us_other_than_it_shows(shots):
    shot = shots[1]["/spoofed"]
    assert (shot.title, shot.text) == ("真标题", "真正文")


def test_an_answer_of_missing_is_captured_and_said(shots):
    shot = shots[1]["/404"]
    assert (shot.status, shot.text, shot.missing) == (404, "主题不存在", "网站答复 404，截屏是这一答复的样子")
    assert shot.is_captured


def test_nothing_inner_is_reached_but_the_site_itself(browser, site):
    with serve() as inner:
        port = inner.url.rpartition(":")[2]
        site.pages["inner"] = f"{inner.url}/secret.svg"
        site.pages["/evil"] = (
            f"<h1>窥</h1><img src={inner.url}/a.svg><img src=http://localhost:{port}/b.svg><img src=/to-inner>"
            f"<img src=http://127.1:{port}/c.svg><img src=http://[::1]:{port}/d.svg><iframe src={inner.url}/e></iframe>"
            f"<script>fetch('{inner.url}/f',{{mode:'no-cors'}});new WebSocket('ws://127.0.0.1:{port}/g');"
            f"new Image().src='http://2130706433:{port}/h.svg';navigator.sendBeacon('{inner.url}/i')</script>"
        )
        shot = browser.shoot(f"{site.url}/evil")
        assert inner.paths == []
    assert shot.is_captured
    assert any(path == "/to-inner" for path in site.paths)


def test_ways_out_are_closed(shots):
    site, taken = shots
    assert not taken["/away"].is_captured
    assert taken["/away"].missing == "未截屏：网页要跳到别的网站（http://elsewhere.example/page），没有跟随"
    assert taken["/away-by-script"].text == "走"
    assert taken["/away-by-script"].missing == "网页要跳到别的网站（http://elsewhere.example/page），没有跟随"
    assert taken["/file-by-script"].text == "盘"
    assert b"root:" not in taken["/file-by-script"].mhtml
    assert taken["/popup"].text == "窗"
    assert not [path for path in site.paths if path.startswith("/popped")]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/download", "未截屏：该地址给出的是下载文件，不是网页"),
        ("/loop", "未截屏：网页不停跳转（{}/loop），没有跟随"),
        ("/reloading", "网页不停跳转"),
    ],
)
def test_no_page_at_the_end(shots, path, reason):
    site, taken = shots
    assert reason.format(site.url) in taken[path].missing
    assert taken[path].is_final


def test_a_server_that_is_silent_or_not_there(program, site):
    shot = Browser(limits=Limits(seconds=20), user_agent=AGENT).shoot(f"{site.url}/silent")
    assert (shot.missing, shot.is_final, shot.png) == ("未截屏：网页没有按时答复", False, b"")
    shot = Browser(limits=Limits(seconds=20), user_agent=AGENT).shoot("http://127.0.0.1:8009/")
    assert (shot.missing, shot.is_final) == ("未截屏：拒绝连接", False)


def test_a_page_that_never_finishes_is_captured_as_it_is(program, site):
    shot = Browser(limits=Limits(seconds=40), user_agent=AGENT).shoot(f"{site.url}/never")
    assert (shot.text, shot.missing) == ("等", "网页没有全部加载完就截取")


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("/spin", "转", "网页没有反应"),
        ("/alert", "弹", "网页不停弹出对话框"),
        ("/memory", "大", "网页占用内存过多"),
    ],
)
def test_a_page_that_fights_back_is_seen_without_its_scripts(hasty, site, path, text, reason):
    started = time.monotonic()
    shot = hasty.shoot(site.url + path)
    assert time.monotonic() - started < hasty.limits.seconds + 60  # what a busy machine may add
    assert shot.missing.startswith(reason)
    assert shot.missing.endswith("停用网页脚本后截取")
    assert (shot.text, shot.facts["scripts"]) == (text, False)
    assert shot.facts["peak_mb"] < 900


def test_a_page_without_end_is_cut_and_said(program, site):
    shot = Browser(limits=Limits(seconds=40, height=10_000), user_agent=AGENT).shoot(f"{site.url}/endless")
    assert picture(shot).size == (1280, 10_000)
    assert shot.facts["page_height"] > 10_000
    assert f"网页高 {shot.facts['page_height']} 像素，图片只含上部 10000 像素" in shot.missing


def test_the_pieces_of_a_high_page_fit_together(browser, site):
    bands = "".join(f"<div style='height:1000px;background:rgb({number * 12},0,0)'></div>" for number in range(18))
    site.pages["/bands"] = f"<body style='margin:0'>{bands}"
    shot = browser.shoot(f"{site.url}/bands")
    whole = picture(shot)
    assert whole.size == (1280, 18_000)
    assert [whole.getpixel((640, number * 1000 + 500)) for number in range(18)] == [
        (number * 12, 0, 0) for number in range(18)
    ]


def test_too_much_data_is_cut_off(program, site):
    site.pages["/heavy"] = "<h1>重</h1><script>for(let i=0;i<8;i++)fetch('/big.bin?'+i).then(r=>r.blob())</script>"
    shot = Browser(limits=Limits(seconds=40, traffic=16), user_agent=AGENT).shoot(f"{site.url}/heavy")
    assert shot.text == "重"
    assert 16 << 20 <= shot.facts["traffic"] < 18 << 20


def test_where_there_is_no_browser_it_says_so(tmp_path, site):
    shot = Browser(tmp_path / "chromium").shoot(site.url)
    assert shot.missing == f"没有找到浏览器：{tmp_path}/chromium 不是可运行的程序（storage.evidence.browser）"
    assert (shot.is_captured, site.paths) == (False, [])
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    shot = Browser(broken).shoot(site.url)
    assert shot.missing.startswith("未截屏：浏览器启动不了")
    assert not shot.is_final


@pytest.mark.parametrize("url", ["file:///etc/passwd", "data:text/html,x", "javascript:1", "http://", "ftp://a/", ""])
def test_only_web_addresses(program, url):
    assert Browser().shoot(url).missing == "不是网页地址（只截取 http、https 网页）"


SHOOT = "import sys; from crawler.browser import Browser; Browser().shoot(sys.argv[1])"


@pytest.mark.parametrize("victim", ["caller", "guard"])
def test_nothing_is_left_when_a_part_is_killed(program, site, victim):
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own is too long a path for the sockets of Chromium
    own = {**os.environ, "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SHOOT, f"{site.url}/never"]
    with subprocess.Popen(command, env=own) as caller:
        marker = f"TMPDIR={folder}/wangdun-shot-"
        deadline = time.monotonic() + PATIENCE
        while "/hang" not in site.paths and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(chromes(marker)) > 4  # guard, capture, driver, browser, renderer …
        guards = [pid for pid in chromes(marker) if b"guard.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        os.kill(caller.pid if victim == "caller" else guards[0], signal.SIGKILL)
        assert gone(lambda: chromes(marker))
        caller.kill()
    if victim == "caller":
        assert gone(lambda: list(folder.iterdir()))
    shutil.rmtree(folder)
