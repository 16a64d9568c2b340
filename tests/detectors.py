"""The detectors that tests share: one takes seconds of CPU to load, and tells nothing about the next test."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from keywords.config import KeywordsConfig
from keywords.detector import Detector
from keywords.lexicon.compile import source_version

FEW = 3  # kept at a time: each holds some 100 MB
load = Detector.load


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
    return load(KeywordsConfig.model_validate(settings), cache=kept())


def once(config: KeywordsConfig | None = None, *, cache: Path | None = None) -> Detector:
    """What `Detector.load` returns, loaded anew only for other settings or other files; `cache` is not used."""
    if config is None or config == KeywordsConfig():
        return whole()
    return _latest(config.model_dump_json(), source_version(config.overlay))


@lru_cache(FEW)
def _latest(settings: str, _files: str) -> Detector:
    return load(KeywordsConfig.model_validate_json(settings), cache=kept())


@cache
def kept() -> Path:
    """A private folder for what all detectors look up, jieba's dictionary above all: building it takes a second."""
    folder = tempfile.mkdtemp(prefix="wangdun-detectors-")
    atexit.register(shutil.rmtree, folder)
    return Path(folder)
