"""The detectors that tests share: one takes seconds of CPU to load, and tells nothing about the next test."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from keywords.config import KeywordsConfig
from keywords.detector import Detector


@cache
def whole() -> Detector:
    """The whole product."""
    return special()


@cache
def rules() -> Detector:
    """The lexicon's rules without the learned judge: what an entry's own examples hold for."""
    return special(learned=False)


def special(**settings: Any) -> Detector:
    """One with settings of its own."""
    return Detector.load(KeywordsConfig.model_validate(settings), cache=kept())


@cache
def kept() -> Path:
    """A private folder for what all detectors look up, jieba's dictionary above all: building it takes a second."""
    folder = tempfile.mkdtemp(prefix="wangdun-detectors-")
    atexit.register(shutil.rmtree, folder)
    return Path(folder)
