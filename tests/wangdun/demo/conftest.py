"""Both demo sites, served once for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from wangdun.demo.server import DemoSites

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai


@pytest.fixture(scope="session")
def demo() -> Iterator[DemoSites]:
    with DemoSites(now=NOW) as sites:
        yield sites
