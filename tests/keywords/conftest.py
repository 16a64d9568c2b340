from __future__ import annotations

import pytest

from keywords.config import KeywordsConfig
from keywords.detector import Detector


@pytest.fixture(scope="session")
def detector() -> Detector:
    """The whole product."""
    return Detector.load()


@pytest.fixture(scope="session")
def rules() -> Detector:
    """The lexicon's rules without the learned judge: what an entry's own examples hold for."""
    return Detector.load(KeywordsConfig(learned=False))
