"""Explaining: from what a capture left behind to a Shot and Chinese reasons."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from crawler.browser.policy import host_of
from crawler.browser.records import VIEWPORT, Shot

if TYPE_CHECKING:
    from pathlib import Path

STAGES = {
    "browser": "浏览器没有按时启动",
    "navigation": "网页没有按时答复",
    "load": "网页迟迟不能加载完成",
    "scroll": "网页没有反应",
    "reading": "网页没有反应",
    "picture": "网页没有反应",
    "archive": "网页存档没有按时完成",
    "done": "",
}
ERRORS = (
    ("ERR_TOO_MANY_REDIRECTS", "重定向次数过多（循环）"),
    ("ERR_UNSAFE_PORT", "浏览器不打开这个端口"),
    ("ERR_CERT", "HTTPS 证书有问题"),
    ("ERR_SSL", "HTTPS 握手失败"),
    ("ERR_EMPTY_RESPONSE", "对方没有答复就中断了连接"),
    ("ERR_CONNECTION_RESET", "对方中断了连接"),
    ("ERR_CONNECTION_CLOSED", "对方中断了连接"),
    ("ERR_HTTP_RESPONSE_CODE_FAILURE", "网站答复出错，没有内容"),
    ("ERR_INVALID_RESPONSE", "对方的答复不是网页"),
    ("ERR_INVALID_HTTP_RESPONSE", "对方的答复不是网页"),
    ("ERR_BLOCKED_BY_RESPONSE", "网站不允许这样打开"),
    ("Download is starting", "该地址给出的是下载文件，不是网页"),
    ("No usable sandbox", "浏览器沙箱不可用：请启用用户命名空间（user namespaces），或安装 chromium-sandbox"),
    ("Timeout", "网页没有按时答复"),
    ("ERR_SOCKS_CONNECTION_FAILED", "连接失败"),
)
FINAL = {"重定向次数过多（循环）", "该地址给出的是下载文件，不是网页", "浏览器不打开这个端口"}
BLAMED = {"load", "scroll", "reading", "picture", "done"}
"""Stages in which it is the page's own scripts that keep it from being seen."""
FACTS = (
    "browser", "product", "sandbox", "media_type", "timings", "page_height", "picture", "servers", "refused", "traffic",
    "certificate_sha256", "dialogs", "unfinished",
)  # fmt: skip


def shot_of(url: str, folder: Path, ended: dict[str, Any], *, scripts: bool) -> Shot:
    """What the files in `folder` show; `ended` is what the guard said."""
    facts = _facts(folder)
    png, mhtml, text = (_read(folder / f"page.{kind}") for kind in ("png", "mhtml", "txt"))
    reason, blames, is_final = _reason(url, facts, ended) if not png else ("", False, True)
    missing = f"未截屏：{reason}" if reason else "；".join(_lacks(facts, ended, mhtml))
    kept = {name: facts[name] for name in FACTS if name in facts}
    kept |= {"viewport": list(VIEWPORT), "scripts": scripts, "peak_mb": ended.get("peak_mb", 0)}
    kept |= {"playwright": version("playwright"), "scripts_to_blame": blames}
    return Shot(
        url,
        final_url=facts.get("final_url", ""),
        status=facts.get("status", 0),
        title=facts.get("title", ""),
        text=text.decode("utf-8", "replace"),
        png=png,
        mhtml=mhtml,
        missing=missing,
        is_final=is_final,
        requests=tuple(facts.get("requests", ())),
        blocked=tuple(facts.get("blocked", ())),
        failures=tuple(facts.get("failures", ())),
        facts=kept,
    )


def _facts(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "facts.json").read_bytes())
    except (OSError, ValueError):  # it ended before there was anything to say
        return {}
    return found if isinstance(found, dict) else {}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _reason(url: str, facts: dict[str, Any], ended: dict[str, Any]) -> tuple[str, bool, bool]:
    """(Chinese reason why there is no picture, whether the page's scripts are to blame, whether it is final)."""
    error, stage = str(facts.get("error", "")), str(facts.get("stage", "browser"))
    if ended["ended"] in {"lost", "abandoned"}:
        return "截屏程序被中止", False, False
    if fought := _fought(error, stage, ended):
        return fought, True, True
    if ended["ended"] == "seconds":
        return STAGES.get(stage, "超时"), False, False
    if stopped := _stopped(facts):
        return stopped, False, True
    if refused := facts.get("refused", {}).get(host_of(url)):
        return str(refused), False, "内网" in refused
    known = next((words for word, words in ERRORS if word in error), "")
    said = known or f"浏览器出错（{_first_line(error)}）"
    return (f"浏览器启动不了（{said}）" if stage == "browser" else said), False, known in FINAL


def _fought(error: str, stage: str, ended: dict[str, Any]) -> str:
    """How the page kept the browser from showing it; empty when it did not."""
    if ended["ended"] == "megabytes":
        return f"网页占用内存过多（{ended.get('peak_mb', 0)} MB），已中止"
    if error == "dialogs":
        return "网页不停弹出对话框"
    if (ended["ended"] == "seconds" or not error or error.startswith("TimeoutError")) and stage in BLAMED:
        return STAGES["reading"]
    return "网页使浏览器崩溃" if error == "crash" or "crashed" in error else ""


def _stopped(facts: dict[str, Any]) -> str:
    """Where the page wanted to go and was not let."""
    stopped = [one for one in facts.get("blocked", ()) if one["type"] == "page"]
    return f"{stopped[-1]['reason']}（{stopped[-1]['url'][:200]}），没有跟随" if stopped else ""


def _first_line(error: str) -> str:
    found = re.search(r"net::[A-Z_]{3,60}", error)
    return found[0] if found else (error.strip().splitlines() or ["没有说明"])[0][:200]


def _lacks(facts: dict[str, Any], ended: dict[str, Any], mhtml: bytes) -> list[str]:
    """What is not as it should be though there is a picture."""
    lacks = [str(one) for one in facts.get("missing", ())]
    status = facts.get("status", 0)
    if status >= 400:
        lacks.append(f"网站答复 {status}，截屏是这一答复的样子")
    if stopped := _stopped(facts):
        lacks.append(stopped)
    elif facts.get("unfinished"):
        lacks.append("网页没有全部加载完就截取")
    shown, height = facts.get("picture", (0, 0))[1], facts.get("page_height", 0)
    if height > shown:
        lacks.append(f"网页高 {height} 像素，图片只含上部 {shown} 像素")
    if not mhtml and not any("MHTML" in one for one in lacks):
        lacks.append(f"没有网页存档（MHTML）：{'内存不足' if ended['ended'] == 'megabytes' else '超时'}")
    return lacks
