"""Finding: where Chromium is on this machine, and which one it is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
"""Debian's and Fedora's, Ubuntu's and Alpine's, Google's own."""
ASKING = 20  # seconds for `--version`: a cold start from a slow disk
INSTALL = "请安装：apt-get install chromium"


def find(executable: Path | None = None) -> str:
    """The configured program, else the first on the PATH; empty where there is none."""
    if executable is not None:
        return str(executable) if executable.is_file() and os.access(executable, os.X_OK) else ""
    return next(filter(None, map(shutil.which, NAMES)), "")


def absence(executable: Path | None = None) -> str:
    """Chinese reason why there is no browser to use; empty when there is one."""
    if find(executable):
        return ""
    if executable is not None:
        return f"没有找到浏览器：{executable} 不是可运行的程序（storage.evidence.browser）"
    return f"没有找到浏览器（Chromium）；{INSTALL}"


def version(program: str) -> str:
    """What the program says it is, e.g. ``Chromium 156.0.8078.79``; empty when it does not answer."""
    try:
        answer = subprocess.run(  # noqa: S603 -- the configured browser
            [program, "--version"], capture_output=True, text=True, timeout=ASKING, check=False, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    found = re.search(r"[A-Z][A-Za-z ]{1,40} \d+(?:\.\d+){1,3}", answer.stdout)
    return found[0] if found else ""
