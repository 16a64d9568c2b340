"""Drawing: wait until a page's scripts have drawn it, scroll, press "load more", and say whether it went on below."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error
from playwright.async_api import TimeoutError as TooLate

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Page

    from crawler.rendering.rules import Drawing
    from crawler.rendering.visit import Visit

CALM = 0.5  # seconds without a request under way and without a new element: the page is drawn
LONGEST_CALM = 6.0  # seconds that a page is given to become calm; some never do
AWAITED = 0.5  # of the time: an element that has not come by then is not coming
ENOUGH = 0.8  # of the time, after which nothing more is asked for: what is there is read
PATIENCE = 3.0  # seconds for something new after scrolling or pressing, once the page has asked for it longer
PULSE = 0.1  # seconds between two looks
PRESSING = 3_000  # ms for a button to be pressable
SIZE = "() => [document.documentElement.scrollHeight, document.getElementsByTagName('*').length]"
LENGTH = "() => document.documentElement.outerHTML.length"
# the window and the boxes within it that scroll by themselves; the first 3,000 elements hold the outer boxes
DOWN = """() => {
  for (const one of [...document.querySelectorAll('*')].slice(0, 3000))
    if (one.scrollHeight > one.clientHeight + 100 && /auto|scroll/.test(getComputedStyle(one).overflowY))
      one.scrollTop = one.scrollHeight;
  window.scrollTo(0, document.documentElement.scrollHeight);
}"""


class Drawer:
    """Brings one loaded page to the state in which it is read."""

    def __init__(self, page: Page, drawing: Drawing, visit: Visit) -> None:
        self.page = page
        self.drawing = drawing
        self.visit = visit
        self.started = asyncio.get_running_loop().time()
        self.seconds = visit.left

    async def draw(self) -> bool:
        """Whether the page went on when it was left. Raises the library's errors."""
        await self.page.wait_for_load_state("domcontentloaded", timeout=self._left(1) * 1000)
        if self.drawing.wait:
            with suppress(TooLate):  # a notice in place of the list: it is read as such
                await self.page.wait_for_selector(
                    self.drawing.wait, state="attached", timeout=self._left(AWAITED) * 1000
                )
        await self._calm()
        self.visit.policy.is_settled = True  # from here on it is only added to: a button may not lead away from it
        cut = await self._repeat(self.drawing.scroll, self._scroll)
        if self.drawing.more:
            cut = await self._repeat(self.drawing.clicks, self._press) or cut
        return cut

    async def _repeat(self, most: int, act: Callable[[], Any]) -> bool:
        """Do it until nothing new comes; whether something was still to come when time or number was used up."""
        for _ in range(most):
            if self._left(ENOUGH) <= 0:
                return True
            before = await self._size()
            if not await act():
                return False
            if not await self._grows(before):
                return False
            await self._calm()
        return most > 0

    async def _scroll(self) -> bool:
        await self.page.evaluate(DOWN)
        return True

    async def _press(self) -> bool:
        """Whether there is a button left to press."""
        button = self.page.locator(self.drawing.more or "").first
        try:
            if not await button.is_visible() or not await button.is_enabled(timeout=PRESSING):
                return False
            await button.click(timeout=PRESSING, no_wait_after=True)
        except TooLate:  # something lies above it, or it has gone
            return False
        return True

    async def _grows(self, before: Any) -> bool:
        """Whether the page becomes another within `PATIENCE` of its last request."""
        quiet_since = asyncio.get_running_loop().time()
        while self._left(ENOUGH) > 0:
            if await self._size() != before:
                return True
            now = asyncio.get_running_loop().time()
            if self.visit.pending and now - quiet_since < 2 * LONGEST_CALM:
                await asyncio.sleep(PULSE)
                continue
            if now - quiet_since > PATIENCE:
                return False
            await asyncio.sleep(PULSE)
        return True

    async def _calm(self) -> None:
        clock = asyncio.get_running_loop().time
        begun = since = clock()
        size = await self._size()
        while clock() - since < CALM and clock() - begun < LONGEST_CALM and self._left(ENOUGH) > 0:
            await asyncio.sleep(PULSE)
            now = await self._size()
            if now != size or self.visit.pending:
                size, since = now, clock()

    async def _size(self) -> Any:
        try:
            return await self.page.evaluate(SIZE)
        except Error as error:
            if "context was destroyed" in str(error) or "navigat" in str(error):  # the page moves on by itself
                return None
            raise

    async def length(self) -> int:
        """Characters of the drawn document; 0 where the page does not tell."""
        found = await self.page.evaluate(LENGTH)
        return int(found) if isinstance(found, int | float) else 0

    def _left(self, share: float) -> float:
        return self.started + self.seconds * share - asyncio.get_running_loop().time()
