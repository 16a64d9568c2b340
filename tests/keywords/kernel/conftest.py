"""The kernel is built here if it is not; without a compiler there is nothing to test."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from keywords.kernel.binding import open_library
from keywords.kernel.build import build

if TYPE_CHECKING:
    from keywords.detector import Detector


@pytest.fixture(scope="session")
def fast(detector: Detector) -> Detector:
    """The whole product with its first look in C."""
    found = copy.copy(detector)
    if open_library() is None and build() is None:
        pytest.skip("no C compiler")
    assert found.hasten()
    return found


@pytest.fixture(scope="session")
def slow(detector: Detector) -> Detector:
    """The same without it."""
    found = copy.copy(detector)
    found._looker = None
    return found
