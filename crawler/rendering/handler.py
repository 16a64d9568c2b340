"""Handler: scrapy-playwright's download handler for drawn pages, this product's own for all others.

Each page has a context of its own, thrown away with it: nothing of one visit is left for the next. What goes wrong
with a page ends as one of two errors with a Chinese reason, and whatever it did, its processes end with the run.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.async_api import Error
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler  # type: ignore[import-untyped]

from crawler.asking import CUT, RENDER
from crawler.browser.policy import host_of
from crawler.browser.records import VIEWPORT
from crawler.exchanges import HOPS, RecordingHandler
from crawler.failures import Undrawable
from crawler.politeness import Robots
from crawler.rendering.commission import SETTING, Commission
from crawler.rendering.drawing import Drawer
from crawler.rendering.explaining import explain_error
from crawler.rendering.provider import GuardedProvider
from crawler.rendering.recording import chain_of, parts_of
from crawler.rendering.visit import Visit

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import Page, Route
    from playwright.async_api import Request as PageRequest
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

logger = logging.getLogger(__name__)
logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)  # each failed page is told with its reason elsewhere

CLOSING = 5.0  # seconds for a page to be closed; one whose scripts never end is ended with its browser
ENDED_TRIES, ENDED_PAUSE = 20, 0.1  # two seconds: a killed process is gone at once, its memory a little later
FULL = 0.7  # of the memory that it may take: then the browser is started anew between two pages
OWN = ("playwright", "playwright_context", "playwright_context_kwargs", "playwright_page_init_callback",
       "playwright_page_goto_kwargs", "playwright_security_details")  # fmt: skip
DROPPED = ("ETag", "Last-Modified", "Content-Length")  # they speak of the page before its scripts


class RenderingHandler(ScrapyPlaywrightDownloadHandler, RecordingHandler):  # type: ignore[misc]
    """Draws the pages whose `Request.meta` says so."""

    lazy = False
    """The browser is started with the engine."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.commission: Commission = crawler.settings[SETTING]
        self.provider = GuardedProvider(self.commission)
        self.browser_provider_cls = lambda _config: self.provider
        self.process_request_headers = None  # the browser's own: a page must find what its scripts expect
        self.config.target_closed_max_retries = 1
        self.config.download_timeout_secs = 1.0  # nothing is ever downloaded: the failure comes at once
        self.visits: dict[Page, Visit] = {}
        self.places = asyncio.Semaphore(self.commission.browsing.pages)

    async def download_request(self, request: Request) -> Response:
        """The answer: drawn where that is asked for."""
        kind = request.meta.get(RENDER)
        if kind is None:
            answer: Response = await super().download_request(request)
            return answer
        async with self.places:
            return await self._draw(request)

    async def _draw(self, request: Request) -> Response:
        """Raises Undrawn, Undrawable."""
        name = secrets.token_hex(8)
        request.meta.update(self._orders(name))
        self._count_traffic()
        try:
            self._forget_lost_browser()
            await self._maybe_launch_browser()  # its start is not the page's time
            async with asyncio.timeout(self.commission.browsing.seconds):
                response: Response = await super().download_request(request)
            return self._finished(request, response)
        except (Error, OSError, RuntimeError) as error:  # TimeoutError is an OSError; a download is a RuntimeError
            await self._note_end(str(error))
            raise self._explained(request, error) from error
        finally:
            self._count_traffic()
            await self._clear(name, request)

    def _orders(self, name: str) -> dict[str, Any]:
        return {
            "playwright": True,
            "playwright_context": name,
            "playwright_context_kwargs": {
                "user_agent": self.commission.user_agent,
                "viewport": {"width": VIEWPORT[0], "height": VIEWPORT[1]},
                "locale": "zh-CN",
                "timezone_id": "Asia/Shanghai",
                "accept_downloads": False,
                "service_workers": "block",
                "ignore_https_errors": True,  # as the crawl: county sites' certificates are often out of date
            },
            "playwright_page_init_callback": self._attend,
            "playwright_page_goto_kwargs": {
                "wait_until": "commit",
                "timeout": self.commission.browsing.seconds * 1000,
            },
        }

    def _count_traffic(self) -> None:
        """What went through the tunnel since the last page began or ended; the next may take as much as any."""
        most, tunnel = self.commission.browsing.traffic << 20, self.provider.tunnel
        if self.provider.started:
            self.stats.inc_value("traffic/bytes", most - tunnel.left)
        tunnel.left = most

    def _forget_lost_browser(self) -> None:
        if hasattr(self, "browser") and not self.browser.is_connected():
            del self.browser
            self.context_wrappers.clear()

    async def _attend(self, page: Page, request: Request) -> None:
        """Before a page goes anywhere."""
        # when the browser goes away the library tries once more, with what the first try left
        asked = max((one.policy.asked for one in self.visits.values() if one.url == request.url), default=0)
        visit = Visit(page, self.commission, request.url, self._permits, asked=asked)
        visit.attend()
        self.visits[page] = visit

    def _make_request_handler(self, **about: Any) -> Callable[[Route, PageRequest], Awaitable[None]]:
        """The library's, but what is not let out is stopped so that the page stays as it is."""
        let: Callable[[Route, PageRequest], Awaitable[None]] = super()._make_request_handler(**about)

        async def handle(route: Route, request: PageRequest) -> None:
            if await self._is_barred(request):
                with suppress(Error):  # the page is gone already
                    await route.abort("aborted")  # any other word puts an error page in its place
                return
            await let(route, request)

        return handle

    async def _is_barred(self, request: PageRequest) -> bool:
        """Of each request of a page; redirects are judged by the tunnel."""
        try:
            visit = self.visits[request.frame.page]
        except (Error, KeyError):  # a worker's, or that of a page that is gone
            return True
        if not visit.lets(request):
            return True
        self.provider.places.add(request.url)
        if visit.policy.asked > 1:  # the page itself is counted where all requests are
            self.stats.inc_value("traffic/requests")
        return False

    def _permits(self, url: str) -> bool:
        """Whether robots.txt, where it is obeyed and was read, lets us open an address."""
        robots: Any = self._crawler.get_downloader_middleware(Robots)
        rules = getattr(robots, "_parsers", {}).get(urlsplit(url).netloc)
        allowed = getattr(rules, "allowed", None)
        return allowed is None or bool(allowed(url, self.commission.user_agent))

    async def _apply_page_methods(self, page: Page, request: Request, spider: Any) -> None:  # noqa: ARG002 -- the library's
        """The library's moment for what is done with a loaded page. Raises Undrawn and the library's errors."""
        visit = self.visits[page]
        drawing = getattr(self.commission.render, request.meta[RENDER])
        drawer = Drawer(page, drawing, visit)
        request.meta[CUT] = await visit.until_gone(drawer.draw())
        if host_of(page.url) not in self.commission.hosts:
            raise Undrawable("redirect_loop", "跳转到站外，未跟随")
        request.meta["answered_in"] = visit.latency
        if await drawer.length() > self.commission.max_bytes:
            raise Undrawable("too_large", "绘制后的网页超过大小上限")
        if request.meta.get(HOPS) is not None:
            request.meta[HOPS][:] = [*await chain_of(visit.answer), *await parts_of(visit.data)]

    def _finished(self, request: Request, response: Response) -> Response:
        """As UTF-8, whatever the page's head says of the bytes before."""
        text = getattr(response, "text", None)
        body = response.body if text is None else text.encode("utf-8", "replace")
        headers = response.headers.copy()
        for name in DROPPED:
            headers.pop(name, None)
        if b"html" in (headers.get("Content-Type") or b"html").lower():  # else what stands here is a viewer's
            headers["Content-Type"] = "text/html; charset=utf-8"
        # how long the site took, by which the crawl slows down: not how long we scrolled
        request.meta["download_latency"] = request.meta.pop("answered_in", 0.0)
        hops = request.meta.get(HOPS)
        if hops:
            place = max(number for number, one in enumerate(hops) if not one.is_part)
            hops[place] = replace(hops[place], drawn=body)
        self.stats.inc_value("render/pages")
        return response.replace(body=body, headers=headers, encoding="utf-8") if text is not None else response

    def _explained(self, request: Request, error: Exception) -> Exception:
        visit = next((one for one in self.visits.values() if one.url == request.url), None)
        return explain_error(error, visit, self.provider, self.commission)

    async def _note_end(self, said: str) -> None:
        """A browser that is gone is tidied up; its guard says why it ended it, once it has ended all of it."""
        guarded = self.provider.guarded
        if guarded is None or not ("closed" in said or "crashed" in said):
            return
        for _ in range(ENDED_TRIES):
            if guarded.process.poll() is not None:
                logger.warning("the browser was ended: %s", await self.provider.end())
                return
            await asyncio.sleep(ENDED_PAUSE)

    async def _clear(self, name: str, request: Request) -> None:
        """Throw the page away; with it the browser, where it cannot be closed or has grown."""
        for key in OWN:
            request.meta.pop(key, None)
        for page in [page for page, visit in self.visits.items() if visit.url == request.url]:
            del self.visits[page]
        wrapper = self.context_wrappers.get(name)
        closed = True
        if wrapper is not None:
            try:
                await asyncio.wait_for(wrapper.context.close(), CLOSING)
            except (Error, TimeoutError):
                closed = False
            self.context_wrappers.pop(name, None)
        if not closed or await self._is_full():
            await self._restart()

    async def _is_full(self) -> bool:
        guarded = self.provider.guarded
        if guarded is None or self.visits:
            return False
        held = await asyncio.to_thread(lambda: guarded.megabytes)
        self.stats.max_value("render/peak_mb", held)
        return held > FULL * self.commission.browsing.megabytes

    async def _restart(self) -> None:
        """The next page gets a new browser."""
        self.stats.inc_value("render/restarts")
        await self.provider.end()
        self.context_wrappers.clear()
        if hasattr(self, "browser"):
            del self.browser

    async def _browser_disconnected_callback(self) -> None:
        """The library's; its own would wait for contexts that nobody answers for any more."""
        self._forget_lost_browser()

    async def _close(self) -> None:
        """The end of the run: no page is closed in good order, the guard ends them all."""
        self.context_wrappers.clear()
        with suppress(Error):
            await self.provider.close()
