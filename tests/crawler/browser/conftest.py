"""The real Chromium and a site of hostile pages."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from crawler.browser import Browser, Limits, Shot, finding
from tests.crawler.browser.hostile import Hostile, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICK = (
    "/plain", "/who", "/who?again", "/spoofed", "/404", "/away", "/away-by-script", "/file-by-script", "/popup",
    "/download", "/loop", "/reloading",
)  # fmt: skip
AGENT = "Wangdun/0 (+local test)"


@pytest.fixture(scope="session")
def program() -> str:
    """Chromium; without one, CI fails and a person's tests are skipped."""
    found = finding.find()
    if not found and os.environ.get("CI") == "true":
        pytest.fail(finding.absence())
    if not found:
        pytest.skip(finding.absence())
    return found


@pytest.fixture(scope="session")
def browser(program) -> Browser:
    return Browser(limits=Limits(seconds=40), user_agent=AGENT)


@pytest.fixture(scope="session")
def hasty(program) -> Browser:
    """For pages that take all the time and memory they get."""
    return Browser(limits=Limits(seconds=40, megabytes=900), user_agent=AGENT)


@pytest.fixture(scope="session")
def shots(browser) -> Iterator[tuple[Hostile, dict[str, Shot]]]:
    """A site and shots of its quick pages, by path: a browser waits as much as it works, so three work at a time."""
    with serve() as running, ThreadPoolExecutor(3) as pool:
        taken = pool.map(lambda path: browser.shoot(running.url + path), QUICK)
        yield running, dict(zip(QUICK, taken, strict=True))


@pytest.fixture
def site() -> Iterator[Hostile]:
    with serve() as running:
        yield running
