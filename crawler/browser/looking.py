"""Looking: what is done with the page itself, over Chromium's DevTools protocol, in a world its scripts cannot reach."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from crawler.browser import picture
from crawler.browser.policy import MOST_URL

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

    from crawler.browser.capture import Capture

TEXT = "(document.body || document.documentElement || {}).innerText || ''"
MOST_TEXT = 2_000_000  # characters: thirty books' worth of chapters, far more than a person reads on a page
MOST_MHTML = 48 << 20  # bytes: the traffic of a page, in base64
CALM = 1.5  # seconds after loading in which pages draw what their scripts fetched
HUNG = 8.0  # seconds in which a page's own process answers nothing: its scripts have it, and they will keep it
PULSE = 1.0  # seconds between two questions whether it still answers
REST = 0.12  # seconds on each screen while scrolling: pictures that wait to be seen begin to load
MOST_SCREENS = 40  # scrolled through: the highest picture has 23
LOAD, SCROLL, READ = 0.75, 0.85, 0.95
"""Shares of the time after which each step is given up: what is left goes to the next."""
TRIES = 3  # a page that moves on takes its world with it


class Look:
    """Watches the page's requests, then reads it: text, picture, archive."""

    def __init__(self, session: CDPSession, capture: Capture) -> None:
        self.session = session
        self.capture = capture
        self.order = capture.order
        self.frame = ""

    async def attend(self) -> None:
        """Let no request out unseen, redirected ones included."""
        notes = self.capture.notes
        self.frame = (await self.session.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        self.session.on("Fetch.requestPaused", lambda event: self.capture.spawn(self._decide(event)))
        self.session.on("Network.requestWillBeSent", notes.redirected)
        self.session.on("Network.responseReceived", notes.answered)
        self.session.on("Network.loadingFailed", notes.failed)
        await self.session.send("Network.enable")
        await self.session.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})
        self.capture.facts["product"] = (await self.session.send("Browser.getVersion"))["product"]

    async def _decide(self, event: dict[str, Any]) -> None:
        reason = self.capture.notes.judge(event, self.frame)
        if not reason:
            await self.session.send("Fetch.continueRequest", {"requestId": event["requestId"]})
            return
        if event["resourceType"] == "Document" and event.get("frameId") == self.frame:
            self.capture.held.set()
        # "Aborted" leaves the page that is there; any other would put an error page in its place
        await self.session.send("Fetch.failRequest", {"requestId": event["requestId"], "errorReason": "Aborted"})

    async def see(self, page: Page) -> None:
        """All that can be captured of the loaded page; what cannot is named in the facts."""
        await self._settle(page)
        await self._certificate(page.url)
        self.capture.step("scroll")
        await self._try("滚动", self._scroll(), SCROLL)
        self.capture.step("reading")
        await self._try("文字", self._text(page), READ)
        self.capture.step("picture")
        await self._try("截图", self._picture(), READ)
        self.capture.step("archive")
        await self._try("网页存档（MHTML）", self._archive(), READ)

    async def _settle(self, page: Page) -> None:
        """Wait until the page is loaded; not for one that wanted to go elsewhere, which may never be.

        Raises TimeoutError when the page answers nothing any more.
        """
        from playwright.async_api import Error

        self.capture.step("load")
        loading = asyncio.ensure_future(page.wait_for_load_state("load", timeout=self.capture.left(LOAD) * 1000))
        held, silent = asyncio.ensure_future(self.capture.held.wait()), asyncio.ensure_future(self._until_silent())
        await asyncio.wait({loading, held, silent}, return_when=asyncio.FIRST_COMPLETED)
        if silent.done():
            silent.result()
        await asyncio.wait({loading}, timeout=CALM if held.done() else None)
        if not loading.done() or loading.exception() is not None:
            self.capture.facts["unfinished"] = True
        for task in (loading, held, silent):
            task.cancel()
        self.capture.time("loaded")
        with suppress(Error):
            await page.wait_for_load_state("networkidle", timeout=CALM * 1000)

    async def _until_silent(self) -> None:
        """Ask for a sign of life again and again. Raises TimeoutError when there is none for `HUNG` seconds."""
        from playwright.async_api import Error

        while True:
            with suppress(Error):  # the page moves on: so it lives
                await asyncio.wait_for(self._read("1"), HUNG)
            await asyncio.sleep(PULSE)

    async def _try(self, what: str, work: Any, share: float) -> None:
        from playwright.async_api import Error

        try:
            async with asyncio.timeout(self.capture.left(share)):
                await work
        except TimeoutError:
            self.capture.facts["missing"].append(f"{what}：超时")
        except Error as error:
            self.capture.facts["missing"].append(f"{what}：浏览器出错（{str(error).splitlines()[0][:200]}）")

    async def _read(self, expression: str) -> Any:
        """The value of an expression in a world of our own, where the page's scripts have changed nothing."""
        from playwright.async_api import Error

        for attempt in range(TRIES):
            try:
                world = await self.session.send("Page.createIsolatedWorld", {"frameId": self.frame})
                order = {"expression": expression, "contextId": world["executionContextId"], "returnByValue": True}
                answer = await self.session.send("Runtime.evaluate", order)
            except Error:
                if attempt == TRIES - 1:
                    raise
                await asyncio.sleep(REST)
            else:
                return answer["result"].get("value")
        return None

    async def _scroll(self) -> None:
        """Show every screen once, for pictures that load when they are seen; then go back to the top."""
        screen = int(self.order["screen"])
        for number in range(1, MOST_SCREENS):
            height = await self._height()
            if number * screen >= min(height, int(self.order["height"])):
                break
            await self._read(f"window.scrollTo(0, {number * screen})")
            await asyncio.sleep(REST)
        await self._read("window.scrollTo(0, 0)")
        await asyncio.sleep(REST)

    async def _height(self) -> int:
        return int((await self._size())[1])

    async def _size(self) -> tuple[int, int]:
        found = (await self.session.send("Page.getLayoutMetrics"))["cssContentSize"]
        return int(found["width"]), int(found["height"])

    async def _text(self, page: Page) -> None:
        text = await self._read(f"({TEXT}).slice(0, {MOST_TEXT})")
        self.capture.write("page.txt", str(text or "").encode("utf-8", "replace"))
        self.capture.facts["final_url"] = page.url[:MOST_URL]
        self.capture.facts["title"] = str(await self._read("document.title.slice(0, 1000)") or "")

    async def _picture(self) -> None:
        width, height = await self._size()
        width = min(max(width, int(self.order["width"])), picture.WIDEST)
        shown = min(max(height, int(self.order["screen"])), int(self.order["height"]))
        parts = []
        for top, part in picture.pieces(shown):
            answer = await self.session.send("Page.captureScreenshot", picture.order(width, top, part))
            parts.append(answer["data"])
        content, size = await asyncio.to_thread(picture.join, parts)
        self.capture.write("page.png", content)
        self.capture.facts |= {"page_height": height, "picture": list(size)}
        self.capture.time("picture")

    async def _archive(self) -> None:
        content = (await self.session.send("Page.captureSnapshot", {"format": "mhtml"}))["data"].encode(
            "utf-8", "replace"
        )
        if len(content) > MOST_MHTML:
            self.capture.facts["missing"].append(f"网页存档（MHTML）：超过 {MOST_MHTML >> 20} MB，没有保存")
            return
        self.capture.write("page.mhtml", content)
        self.capture.time("archive")

    async def _certificate(self, url: str) -> None:
        """Fingerprint of the server's TLS certificate, where there is one."""
        from playwright.async_api import Error

        if not url.startswith("https:"):
            return
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(2):  # seconds: the browser has it at hand
                origin = "/".join(url.split("/")[:3])
                found = (await self.session.send("Network.getCertificate", {"origin": origin}))["tableNames"]
                if found:
                    self.capture.facts["certificate_sha256"] = hashlib.sha256(base64.b64decode(found[0])).hexdigest()
