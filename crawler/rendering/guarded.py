"""Guarded: one Chromium below the guard of captures, which ends it with all its processes, whatever becomes of us.

The browser hangs on Playwright's own server, reached by an address that nobody can guess. The guard holds the end of a
pipe to this process: when that closes, even by kill -9, the whole tree is ended within a moment.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.browser import guard
from crawler.browser.capture import FLAGS
from crawler.browser.shooting import KEPT, LONGEST_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

GUARD = Path(guard.__file__)
PREFIX = "wangdun-page-"
STARTING = 40.0  # seconds for the browser to come up on a busy machine; three are usual
ENDING = 8.0  # seconds that the guard may need to end a hostile page's processes
GUARD_LOOK = 0.3  # seconds between two looks of the guard: this browser lives for hours, not for one page
LOOK = 0.05  # seconds between two looks whether it is up
TO_FILES = 'exec "$0" "$@" >endpoint 2>errors'  # the guard closes both streams


class GuardedBrowser:
    """A running browser."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process = process
        self.folder = folder
        self.endpoint = ""
        """Where Playwright connects to it."""

    @classmethod
    async def start(cls, program: str, proxy: str, *, seconds: float, megabytes: int) -> GuardedBrowser:
        """Start one.

        Args:
            program: Chromium.
            proxy: its only way to the network.
            seconds: after which it is ended, whatever it does.
            megabytes: more, of all its processes together, and it is ended.

        Raises:
            OSError: it did not come up; the message is Chinese.
        """
        place = tempfile.gettempdir() if len(tempfile.gettempdir()) < LONGEST_FOLDER else "/tmp"  # noqa: S108 -- unguessable
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        (folder / "order.json").write_text(json.dumps(_order(program, proxy)), encoding="utf-8")
        command = [sys.executable, "-I", str(GUARD), str(seconds), str(megabytes), str(folder)]
        command += ["sh", "-c", TO_FILES, *_server(), "--config", str(folder / "order.json")]
        process = subprocess.Popen(  # noqa: S603, ASYNC220 -- our own program; starting it takes no time
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(folder),
            cwd=folder,
            start_new_session=True,  # Ctrl-C must let the pages under way be read
        )
        browser = cls(process, folder)
        await browser._await_endpoint()
        return browser

    async def _await_endpoint(self) -> None:
        deadline = asyncio.get_running_loop().time() + STARTING
        said = self.folder / "endpoint"
        while asyncio.get_running_loop().time() < deadline and self.process.poll() is None:
            text = said.read_text(encoding="utf-8", errors="replace") if said.exists() else ""
            if text.endswith("\n"):
                self.endpoint = text.strip()
                return
            await asyncio.sleep(LOOK)
        reason = self._errors()
        await self.stop()
        raise OSError(f"浏览器启动不了（{reason}）")

    def _errors(self) -> str:
        try:
            text = (self.folder / "errors").read_text(encoding="utf-8", errors="replace")
        except OSError:  # it was ended before it could say anything
            return "没有说明"
        if "No usable sandbox" in text:
            return "浏览器沙箱不可用：请启用用户命名空间（user namespaces），或安装 chromium-sandbox"
        return next((line.strip()[:200] for line in text.splitlines() if line.strip()), "超时")

    @property
    def megabytes(self) -> int:
        """Memory that all its processes hold."""
        return guard.megabytes(guard.descendants(self.process.pid))

    async def stop(self) -> str:
        """End it; how it ended: ``abandoned`` when by this very call, else what the guard found."""
        return await asyncio.to_thread(self._stop)

    def _stop(self) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self.process.kill()  # what it has started dies with it: see guard._prepare
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)  # the guard does so only where it was left alone
        with self.process.stdout as said:
            try:
                return str(json.loads(said.read() or b"{}").get("ended", "lost"))
            except ValueError:
                return "lost"


def _order(program: str, proxy: str) -> dict[str, Any]:
    return {
        "executablePath": program,
        "headless": True,
        "chromiumSandbox": os.geteuid() != 0,  # Chromium refuses its own sandbox to root
        "args": [*FLAGS, "--blink-settings=imagesEnabled=false"],
        "ignoreDefaultArgs": ["--disable-popup-blocking"],
        "proxy": {"server": proxy},
        "host": "127.0.0.1",
        "port": 0,
        "wsPath": f"/{secrets.token_hex(16)}",
    }


def _server() -> tuple[str, ...]:
    """The command that starts a browser for others to connect to."""
    from playwright._impl._driver import compute_driver_executable

    node, program = compute_driver_executable()
    return node, program, "launch-server", "--browser", "chromium"


def _environment(folder: Path) -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in (*KEPT, "PLAYWRIGHT_NODEJS_PATH") if name in os.environ}
    own = {name: str(folder) for name in ("HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")}
    return kept | own | {"WANGDUN_GUARD_LOOK": str(GUARD_LOOK)}
