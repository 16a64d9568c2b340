"""One test site for the tests of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.site.fixture import TestSite, serve

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def running() -> Iterator[TestSite]:
    with serve() as site:
        yield site


@pytest.fixture
def site(running: TestSite) -> TestSite:
    running.control(reset=True)
    return running
