"""Shooting: the caller's side of a capture. Starts the guarded process, waits, and says what came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from crawler.browser import explaining, finding
from crawler.browser.policy import host_of, urlsplit_scheme
from crawler.browser.records import VIEWPORT, Limits, Shot

GUARD = Path(__file__).with_name("guard.py")
ROOT = Path(__file__).resolve().parents[2]
WITHOUT_SCRIPTS = (
    0.6  # of the time for the page as it is; what is left is for one that its scripts keep from being seen
)
PREFIX = "wangdun-shot-"
LONGEST_FOLDER = 60  # characters: Chromium's sockets lie some folders below, and their paths end at 108
SPARE = 8.0  # seconds that the guard may need beyond the limit to end a hostile page's processes
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "FONTCONFIG_PATH", "FONTCONFIG_FILE")
"""Of the environment: no proxy, no session bus, no home with a person's certificates in it."""


class Browser:
    """A headless Chromium that takes one page at a time, each in a new browser."""

    def __init__(
        self, executable: Path | None = None, limits: Limits | None = None, *, user_agent: str = "Wangdun"
    ) -> None:
        self.absence = finding.absence(executable)
        """Chinese reason why there is no browser; empty when there is one."""
        self.program = finding.find(executable)
        self.limits = limits or Limits()
        self.user_agent = user_agent

    def shoot(self, url: str) -> Shot:
        """What a person sees at `url`. Never raises for a page, whatever it does: `Shot.missing` says what went wrong.

        A page whose scripts keep it from being seen (no end, no memory left, dialog after dialog) is tried once more
        with scripts off; `Shot.missing` says so.
        """
        if self.absence:
            return Shot(url, missing=self.absence)
        if urlsplit_scheme(url) not in {"http", "https"} or not host_of(url):
            return Shot(url, missing="不是网页地址（只截取 http、https 网页）")
        started = time.monotonic()
        first = self._shoot(url, self.limits.seconds * WITHOUT_SCRIPTS, scripts=True)
        if first.is_captured or not first.facts.get("scripts_to_blame"):
            return first
        rest = self.limits.seconds - (time.monotonic() - started)
        second = self._shoot(url, rest, scripts=False)
        if not second.is_captured:
            return first
        note = f"{first.missing.removeprefix('未截屏：')}；停用网页脚本后截取"
        return replace(second, missing="；".join(filter(None, (note, second.missing))))

    def _shoot(self, url: str, seconds: float, *, scripts: bool) -> Shot:
        place = tempfile.gettempdir() if len(tempfile.gettempdir()) < LONGEST_FOLDER else "/tmp"  # noqa: S108 -- unguessable
        with tempfile.TemporaryDirectory(prefix=PREFIX, dir=place, ignore_cleanup_errors=True) as name:
            folder = Path(name)
            self._write_order(folder, url, seconds, scripts=scripts)
            ended = self._run(folder, seconds)
            return explaining.shot_of(url, folder, ended, scripts=scripts)

    def _write_order(self, folder: Path, url: str, seconds: float, *, scripts: bool) -> None:
        limits = self.limits
        order: dict[str, Any] = {"url": url, "executable": self.program, "user_agent": self.user_agent}
        order |= {"seconds": seconds, "scripts": scripts, "height": limits.height, "requests": limits.requests}
        order |= {"traffic": limits.traffic, "width": VIEWPORT[0], "screen": VIEWPORT[1]}
        (folder / "order.json").write_text(json.dumps(order), encoding="utf-8")

    def _run(self, folder: Path, seconds: float) -> dict[str, Any]:
        """How the guarded process ended."""
        command = [sys.executable, "-I", str(GUARD), str(seconds), str(self.limits.megabytes), str(folder)]
        command += [sys.executable, "-m", "crawler.browser.capture", str(folder)]
        with (folder / "errors").open("wb") as errors:
            guard = subprocess.Popen(  # noqa: S603 -- our own program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_environment(folder),
                cwd=folder,
                start_new_session=True,  # Ctrl-C and a signal to our group must leave it time to tidy up
            )
        with guard:
            assert guard.stdin is not None
            try:
                said, _ = _wait(guard, seconds + SPARE)
            finally:
                guard.stdin.close()  # whatever happened here: the guard ends everything now
        try:
            found: dict[str, Any] = json.loads(said)
        except ValueError:
            return {"ended": "lost"}
        return found


def _wait(guard: subprocess.Popen[bytes], seconds: float) -> tuple[bytes, None]:
    """What the guard prints. Its standard input stays open: `communicate` would close it, which means "stop"."""
    assert guard.stdout is not None
    try:
        guard.wait(seconds)
    except subprocess.TimeoutExpired:
        return b"", None
    return guard.stdout.read(), None


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    own = {name: str(folder) for name in ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")}
    paths = dict.fromkeys((str(ROOT), *filter(os.path.isabs, sys.path)))  # however this program finds its libraries
    return kept | own | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}
