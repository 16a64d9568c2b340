"""Doctor, evidence: can what is found be secured? A browser, fonts, room, time stamps, and what is waiting."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from crawler.browser import finding
from storage.evidence import jobs
from storage.evidence.clock import read_clock
from storage.evidence.tokens import Authority, TimestampError
from wangdun.doctor import Check, existing, writing_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from storage.database import Database
    from wangdun.config import Config
    from wangdun.doctor import Level

ASKING = 20  # seconds for fontconfig, which may have to read all fonts first
SCREENS = {"always": "每条线索", "alert": "仅告警", "manual": "只在人要求时"}
FONTS = (
    ("zh", "中文字体", "中文网页的截屏会满是方框，请安装：apt-get install fonts-noto-cjk"),
    ("und-zsye", "表情字体", "暗语常用表情符号，截屏里会是方框，请安装：apt-get install fonts-noto-color-emoji"),
)
"""(fontconfig's language, name, what to do where there is none)."""


def check_evidence(config: Config) -> Iterator[Check]:
    """Everything that needs no database."""
    yield check_browser(config)
    yield from check_fonts(config)
    yield check_folder(config)
    yield check_timestamps(config)
    yield check_clock(read_clock())


def check_clock(state: dict[str, Any]) -> Check:
    """Does the machine's clock follow a time server? `state` is what `storage.evidence.clock` read."""
    if state["synchronised"] is None:
        return Check("时钟同步", "ok", f"无法得知：{state['reason']}", "隔一段时间核对系统时钟")
    if not state["synchronised"]:
        advice = "开启时间同步（如 timedatectl set-ntp true）；证据会注明时钟未同步，时间的证明力打折扣"
        return Check("时钟同步", "warning", state["reason"], advice)
    return Check("时钟同步", "ok", f"已与时间服务器同步，最大误差 {state['maximum_error']:.3f} 秒")


def check_browser(config: Config) -> Check:
    """Is there a browser for pictures of pages?"""
    evidence = config.storage.evidence
    when = f"截屏：{SCREENS[evidence.screens]}"
    if absence := finding.absence(evidence.browser):
        level: Level = "ok" if evidence.screens == "manual" else "warning"
        wrong = "改正 config.yaml 中的 storage.evidence.browser，或去掉它，由程序自己寻找 Chromium；"
        advice = (wrong if evidence.browser is not None else "") + _install()
        return Check("Chromium", level, f"{absence.partition('；')[0]}（{when}）", advice)
    program = finding.find(evidence.browser)
    version = finding.version(program)
    if not version:
        return Check("Chromium", "warning", f"{program} 没有答复版本", "试运行该程序，看它为何启动不了")
    return Check("Chromium", "ok", f"{version}，{program}（{when}）")


def _install() -> str:
    return f"{finding.INSTALL}；装好后运行 wangdun evidence screens --again 补截"


def check_fonts(config: Config) -> Iterator[Check]:
    """Will Chinese and the little pictures that stand for words be seen?"""
    if config.storage.evidence.screens == "manual" and finding.absence(config.storage.evidence.browser):
        return
    for language, name, advice in FONTS:
        found = _fonts(language)
        if found is None:
            yield Check(name, "ok", "没有 fc-list 命令，无法检查", "看一看截屏里的文字是否正常")
            return
        if found:
            yield Check(name, "ok", found[0])
        else:
            yield Check(name, "warning", "没有", advice)


def _fonts(language: str) -> list[str] | None:
    """Families that hold a language; None where that cannot be asked."""
    program = shutil.which("fc-list")
    if program is None:
        return None
    command = [program, f":lang={language}", "family"]
    try:
        answer = subprocess.run(command, capture_output=True, timeout=ASKING, check=False)  # noqa: S603 -- fontconfig
    except (OSError, subprocess.SubprocessError):
        return None
    lines = answer.stdout.decode("utf-8", "replace").splitlines()
    return sorted({line.partition(",")[0].strip() for line in lines if line.strip()})


def check_folder(config: Config) -> Check:
    """Can evidence be kept?"""
    folder, reserve = config.storage.evidence_dir, config.storage.evidence.keep_free_mb
    if problem := writing_problem(folder):
        return Check("证据文件夹", "error", f"{folder}：{problem}", "检查文件夹的权限；证据写不进去时采集会停下")
    free = shutil.disk_usage(existing(folder)).free >> 20
    if free < reserve:
        advice = "清理磁盘，或换到更大的磁盘；磁盘不足时采集会停下"
        return Check("证据文件夹", "error", f"剩余 {free} MB，少于须留出的 {reserve} MB", advice)
    return _check_bucket(config) or Check("证据文件夹", "ok", f"{folder} 可写，剩余 {free / 1024:.1f} GB")


def _check_bucket(config: Config) -> Check | None:
    evidence = config.storage.evidence
    if evidence.store is None:
        return None
    from storage.evidence.bucket import Bucket
    from storage.exceptions import EvidenceError

    try:
        Bucket(evidence.store, evidence.endpoint).check()
    except EvidenceError as error:
        return Check("证据存储桶", "error", str(error), "证据写不进去时采集会停下")
    return Check("证据存储桶", "ok", f"{evidence.store} 可访问")


def check_timestamps(config: Config) -> Check:
    """Are time stamps asked for, and could they be verified?"""
    evidence = config.storage.evidence
    if evidence.timestamp_url is None:
        return Check("可信时间戳", "ok", "无（没有配置；材料中注明“无”）")
    try:
        Authority(evidence.timestamp_ca)
    except TimestampError as error:
        return Check(
            "可信时间戳", "error", str(error), "向时间戳机构索取根证书（PEM），填入 storage.evidence.timestamp_ca"
        )
    return Check("可信时间戳", "ok", evidence.timestamp_url)


def check_queue(db: Database) -> Check:
    """Do pictures wait, and did some fail? Raises StorageError."""
    counts = jobs.counts(db)
    found = f"等待 {counts.waiting} 个，已截 {counts.done} 个，未能截取 {counts.failed} 个"
    if counts.failed:
        return Check(
            "截屏队列", "warning", found, "原因见 wangdun evidence list；可再试：wangdun evidence screens --again"
        )
    advice = "正在运行的定时采集会截取；也可以：wangdun evidence screens --once" if counts.waiting else ""
    return Check("截屏队列", "ok", found, advice)
