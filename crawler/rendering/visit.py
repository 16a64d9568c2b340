"""Visit: one page in the browser, what it asks for and what becomes of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error

from crawler.failures import Undrawn
from crawler.rendering.policy import PagePolicy
from crawler.rendering.recording import MOST_PARTS, is_data

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from playwright.async_api import Dialog, Page, Request, Response

    from crawler.rendering.commission import Commission

MOST_DIALOGS = 20  # a page that opens one more after each is answered never ends
READING = 0.9  # of the time for the page; the rest is for reading it


class Visit:
    """Listens to one page from before it goes anywhere."""

    def __init__(
        self, page: Page, commission: Commission, url: str, permits: Callable[[str], bool], *, asked: int = 0
    ) -> None:
        """`asked`: requests of an earlier try of this page."""
        self.page = page
        self.url = url
        most, allow = commission.browsing.requests, commission.render.allow
        self.policy = PagePolicy(commission.hosts, allow, most, permits, asked=asked)
        self.seconds = commission.browsing.seconds
        self.started = asyncio.get_running_loop().time()
        self.answer: Response | None = None
        """Of the page itself, the newest."""
        self.data: list[Response] = []
        self.pending = 0
        self.dialogs = 0
        self.fate = ""
        """``crash`` or ``dialogs`` once the page is past reading."""
        self._gone = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def left(self) -> float:
        """Seconds for the page to be drawn."""
        return max(0.5, self.started + self.seconds * READING - asyncio.get_running_loop().time())

    @property
    def latency(self) -> float:
        """Seconds that the site took to begin its answer."""
        timing: Any = self.answer.request.timing if self.answer is not None else {}
        return max(0.0, float(timing.get("responseStart", 0)) / 1000)

    def attend(self) -> None:
        """Listen."""
        self.page.on("dialog", lambda dialog: self._spawn(self._dismiss(dialog)))
        self.page.on("crash", lambda _page: self._end("crash"))
        self.page.on("popup", lambda other: self._spawn(other.close()))
        self.page.on("response", self._note)
        self.page.on("requestfinished", lambda _request: self._done())
        self.page.on("requestfailed", lambda _request: self._done())

    def lets(self, request: Request) -> bool:
        """Whether a request of the page may go out."""
        own = request.frame == self.page.main_frame
        is_page = own and request.is_navigation_request()
        reason = self.policy.judge(request.url, request.resource_type, is_page=is_page)
        self.pending += 1  # also of those that are not let out: they fail, and are counted back
        return not reason

    async def until_gone(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do the work unless the page dies meanwhile. Raises Undrawn."""
        task, gone = asyncio.ensure_future(work), asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise self.undrawn()
        finally:
            gone.cancel()
            if not task.done():
                task.cancel()
                self._keep(task)

    def undrawn(self) -> Undrawn:
        """What the page did to its browser."""
        return Undrawn("parse_error", "网页不停弹出对话框" if self.fate == "dialogs" else "网页使浏览器崩溃")

    def _note(self, response: Response) -> None:
        request = response.request
        with suppress(Error):  # the frame of a page that is gone
            if request.is_navigation_request() and request.frame == self.page.main_frame:
                self.answer = response
            elif is_data(response) and len(self.data) < MOST_PARTS:
                self.data.append(response)

    def _done(self) -> None:
        self.pending = max(0, self.pending - 1)

    async def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs += 1
        if self.dialogs > MOST_DIALOGS:
            self._end("dialogs")
        await dialog.dismiss()

    def _end(self, fate: str) -> None:
        self.fate = self.fate or fate
        self._gone.set()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        self._keep(asyncio.ensure_future(work))

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)  # the loop itself would let it be collected
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # looked at: the page went away, which others notice
