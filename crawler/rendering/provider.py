"""Provider: where scrapy-playwright gets its browser from: guarded, and with no way to the network but the tunnel."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error, async_playwright

from crawler.browser import finding
from crawler.browser.policy import place_of
from crawler.browser.tunnel import Tunnel
from crawler.rendering.guarded import GuardedBrowser
from crawler.rendering.policy import Approved

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Playwright

    from crawler.rendering.commission import Commission

CONNECTING = 20_000  # ms to connect to a browser that is up already


class GuardedProvider:
    """Starts browsers for one run, one after the other; the documented `PLAYWRIGHT_BROWSER_PROVIDER`."""

    def __init__(self, commission: Commission) -> None:
        self.commission = commission
        self.places = Approved(commission.url)
        self.tunnel = Tunnel(self.places, place_of(commission.url), 0)
        self.guarded: GuardedBrowser | None = None
        self.ended = ""
        """How the last browser ended, in the guard's words."""
        self.started = 0
        self._playwright: Playwright | None = None
        self._port = 0

    async def start(self) -> None:
        """Nothing yet: a run that meets no page to be drawn needs no browser."""

    async def launch_browser(self) -> Browser:
        """A new browser. Raises OSError and the library's errors."""
        lack = finding.absence(self.commission.browsing.program)
        if lack:
            raise OSError(lack.replace("storage.evidence.browser", "crawler.browser.program"))
        await self.end()
        if self._playwright is None:
            self._playwright = await async_playwright().start()
            self._port = await self.tunnel.open()
        browsing = self.commission.browsing
        self.guarded = await GuardedBrowser.start(
            finding.find(browsing.program),
            f"socks5://127.0.0.1:{self._port}",
            seconds=self.commission.longest,
            megabytes=browsing.megabytes,
        )
        self.started += 1
        return await self._playwright.chromium.connect(self.guarded.endpoint, timeout=CONNECTING)

    async def end(self) -> str:
        """End the browser that is running, if one is; how it ended."""
        if self.guarded is not None:
            guarded, self.guarded = self.guarded, None
            self.ended = await guarded.stop()
        return self.ended

    async def launch_persistent_context(self, context_kwargs: dict[str, Any]) -> BrowserContext:
        """Never: nothing of a page is kept."""
        raise NotImplementedError(context_kwargs)

    async def close(self) -> None:
        """End everything."""
        await self.end()
        self.tunnel.close()
        if self._playwright is not None:
            with suppress(Error):
                await self._playwright.stop()
