"""One detector with the packaged lexicon for all tests: loading it is the slow part."""

from __future__ import annotations

import pytest

from keywords.detector import Detector


@pytest.fixture(scope="session")
def detector() -> Detector:
    return Detector.load()
