"""Capture: the process that opens one page in one new browser and writes down what it shows.

``python -m crawler.browser.capture FOLDER``, only ever below `guard`. It reads ``order.json`` from the folder, writes
``page.png``, ``page.mhtml``, ``page.txt`` and ``facts.json`` into it, each whole or not at all, as soon as there is
something to write: whatever ends it, what was captured before is kept. It does not tidy up: the guard ends everything.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.browser.looking import Look
from crawler.browser.notes import Notes
from crawler.browser.policy import MOST_URL, Policy, place_of
from crawler.browser.tunnel import Tunnel

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Dialog, Page, Playwright, Response

FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-quic",
    "--no-pings",
    "--no-first-run",
    "--metrics-recording-only",
    "--mute-audio",
    "--disable-gpu",  # servers have none; its stand-in in software draws the same picture every time
    "--force-color-profile=srgb",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",  # nothing may go round the tunnel
    "--js-flags=--max-old-space-size=512",  # MB: a page that fills its heap loses its own process first
)
MOST_DIALOGS = 20  # a page that opens one more after each is answered never ends
NAVIGATE = 0.6  # of the time, for the browser's start and the server's answer: what is left goes to the next steps


class GivenUpError(Exception):
    """Raised within a capture that cannot go on; its text is the Chinese reason."""


class Capture:
    """One page in one new browser."""

    def __init__(self, order: dict[str, Any], folder: Path) -> None:
        self.order = order
        self.folder = folder
        self.policy = Policy(order["url"], order["requests"])
        self.notes = Notes(self.policy)
        self.tunnel = Tunnel(self.policy, place_of(order["url"]), order["traffic"] << 20)
        self.facts: dict[str, Any] = {"stage": "browser", "timings": {}, "missing": []}
        self.started = asyncio.get_running_loop().time()
        self.dialogs = 0
        self.gone = asyncio.Event()
        """The page's process has died, or answers nothing but dialogs."""
        self.held = asyncio.Event()
        """The page wanted to go where it may not, and may stay half loaded for it."""
        self.tasks: set[asyncio.Task[Any]] = set()

    def left(self, share: float) -> float:
        """Seconds until this share of the time is used up; a little even then, so that nothing is skipped unseen."""
        now = asyncio.get_running_loop().time()
        return max(0.5, self.started + float(self.order["seconds"]) * share - now)

    async def run(self, playwright: Playwright) -> None:
        """All steps. Raises GivenUpError and the browser library's errors."""
        browser = await self._launch(playwright, await self.tunnel.open())
        page = await self._open(browser)
        look = Look(await page.context.new_cdp_session(page), self)
        await look.attend()
        self.step("navigation")
        response = await self._until_gone(self._navigate(page))
        self.time("answered")
        self._note_answer(response)
        await self._until_gone(look.see(page))
        self.step("done")

    async def _launch(self, playwright: Playwright, port: int) -> Browser:
        sandbox = os.geteuid() != 0  # Chromium refuses its own sandbox to root
        self.facts["sandbox"] = sandbox
        browser = await playwright.chromium.launch(
            executable_path=self.order["executable"],
            headless=True,
            chromium_sandbox=sandbox,
            args=list(FLAGS),
            ignore_default_args=["--disable-popup-blocking"],  # the library would let pages open windows unasked
            proxy={"server": f"socks5://127.0.0.1:{port}"},
            timeout=self.left(NAVIGATE) * 1000,
        )
        self.facts["browser"] = browser.version
        self.time("browser")
        return browser

    async def _open(self, browser: Browser) -> Page:
        context: BrowserContext = await browser.new_context(
            user_agent=self.order["user_agent"],
            viewport={"width": self.order["width"], "height": self.order["screen"]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            accept_downloads=False,
            service_workers="block",
            java_script_enabled=self.order["scripts"],
            ignore_https_errors=True,  # as the crawl: county sites' certificates are often out of date; the facts name it
        )
        page = await context.new_page()
        context.on("page", lambda other: self.spawn(self._close(other)))
        page.on("dialog", lambda dialog: self.spawn(self._dismiss(dialog)))
        page.on("crash", lambda _page: self.gone.set())
        return page

    async def _navigate(self, page: Page) -> Response | None:
        return await page.goto(self.order["url"], wait_until="commit", timeout=self.left(NAVIGATE) * 1000)

    async def _until_gone(self, work: Any) -> Any:
        """Do the work unless the page's process dies or drowns it in dialogs; those leave the browser waiting for ever."""
        task = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(self.gone.wait())
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            gone.cancel()
            return task.result()
        raise GivenUpError("dialogs" if self.dialogs > MOST_DIALOGS else "crash")

    def _note_answer(self, response: Response | None) -> None:
        if response is None:
            return
        self.facts["status"] = response.status
        self.facts["media_type"] = response.headers.get("content-type", "")[:200]
        self.write_facts()

    async def _close(self, popup: Page) -> None:
        self.notes.block(popup.url[:MOST_URL], "popup", "弹出窗口，已关闭")
        await popup.close()

    async def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs += 1
        if self.dialogs > MOST_DIALOGS:
            self.gone.set()
        await dialog.dismiss()

    def spawn(self, work: Any) -> None:
        """Do something beside the capture; its failure means that the page went away, which others notice."""
        task = asyncio.ensure_future(work)
        self.tasks.add(task)  # the loop itself would let it be collected
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that nobody complains

    def time(self, name: str) -> None:
        """Note that something is done, in seconds from the start of this process."""
        self.facts["timings"][name] = round(asyncio.get_running_loop().time() - self.started, 3)

    def step(self, name: str) -> None:
        """Note what is being done now: whoever ends us shall know."""
        self.facts["stage"] = name
        self.write_facts()

    def write_facts(self) -> None:
        """Bring facts.json up to date."""
        facts = self.facts | {"dialogs": self.dialogs, "servers": self.tunnel.servers}
        facts |= {"refused": self.tunnel.refusals, "traffic": (self.order["traffic"] << 20) - self.tunnel.left}
        facts |= {"requests": self.notes.requests, "blocked": self.notes.blocked, "failures": self.notes.failures}
        self.write("facts.json", json.dumps(facts, ensure_ascii=True).encode())

    def write(self, name: str, content: bytes) -> None:
        """A file of the capture, whole or not at all."""
        new = self.folder / f"{name}.new"
        new.write_bytes(content)
        new.replace(self.folder / name)


async def main(folder: Path) -> None:
    """Capture, and say in facts.json how it ended."""
    from playwright.async_api import Error, async_playwright

    capture = Capture(json.loads((folder / "order.json").read_text(encoding="utf-8")), folder)
    try:
        playwright = await async_playwright().start()
        await capture.run(playwright)
    except GivenUpError as error:
        capture.facts["error"] = str(error)
    except (Error, TimeoutError) as error:
        capture.facts["error"] = f"{type(error).__name__}: {error}"[:2000]
    capture.write_facts()
    os._exit(0)  # everything is written; closing a hostile page in good order could take for ever


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
