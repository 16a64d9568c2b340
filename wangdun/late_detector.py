"""Late detector: the lexicon is loaded when a run meets the first text to be judged; most runs meet none.

A run has to state the lexicon's version before that. It is written down beside the lexicon's cache whenever one has
been loaded, together with a print of all that it was made from: as long as that is the same, so is the version, and
loading it will do no worse than it did. On any doubt the lexicon is loaded at once.
"""

from __future__ import annotations

import gc
import hashlib
import json
import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from wangdun import __version__
from wangdun.exceptions import UsageError
from wangdun.files import file_stamp, replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from keywords.config import KeywordsConfig
    from keywords.detector import Detector
    from keywords.results import Detection

logger = logging.getLogger(__name__)

NOTE = "lexicon-version.json"
"""Name of the file, in the folder of the lexicon's cache."""


class LateDetector:
    """What a run asks of a detector. Safe to share between threads."""

    def __init__(self, config: KeywordsConfig, cache: Path) -> None:
        """Raises LexiconError or TablesError, unless this very lexicon has been loaded before."""
        self._config = config
        self._cache = cache
        self._detector: Detector | None = None
        self._lock = threading.Lock()
        self.version = _noted(cache, _print(config)) or self._loaded().version
        """Of the lexicon, model and settings."""

    @property
    def is_loaded(self) -> bool:
        """Somebody has asked for a verdict."""
        return self._detector is not None

    def detect(self, text: str, *, offered: bool = False) -> Detection:
        """As `Detector.detect`."""
        return self._loaded().detect(text, offered=offered)

    def detect_many(self, texts: Sequence[str], *, offered: Sequence[bool] | None = None) -> list[Detection]:
        """As `Detector.detect_many`."""
        return self._loaded().detect_many(texts, offered=offered)

    def _loaded(self) -> Detector:
        with self._lock:
            if self._detector is None:
                self._detector = self._load()
            return self._detector

    def _load(self) -> Detector:
        from keywords.detector import Detector

        made_from = _print(self._config)
        detector = Detector.load(self._config, cache=self._cache)
        gc.freeze()  # it lives as long as the run: the collector need not walk its objects again and again
        if _noted(self._cache, made_from) != detector.version and made_from == _print(self._config) is not None:
            _write(self._cache / NOTE, {"print": made_from, "version": detector.version})
        return detector


def _noted(cache: Path, made_from: str | None) -> str | None:
    """The version of what has this print; None where it was never loaded."""
    if made_from is None:
        return None
    try:
        note = json.loads((cache / NOTE).read_bytes())
        return str(note["version"]) if note["print"] == made_from else None
    except (OSError, ValueError, TypeError, KeyError):  # none yet, or damaged
        return None


def _write(path: Path, note: dict[str, str | None]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with replacing(path, force=True) as file:
            file.write_text(json.dumps(note), encoding="ascii")
    except (OSError, UsageError) as error:  # the next run loads the lexicon at once, as this one did
        logger.info("the lexicon's version was not noted: %s", error)


def _print(config: KeywordsConfig) -> str | None:
    """Changes with every file of the lexicon and of its code, with local packs and settings; None: cannot be told."""
    digest = hashlib.sha256(f"{__version__}\0{config.model_dump_json()}".encode())
    try:
        for path in config.overlay:  # edited by people: what they say counts, whenever they were saved
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    except OSError:
        return None
    for path in _parts():
        digest.update(f"{path}\0{file_stamp(path)}\0".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _parts() -> Iterator[Path]:
    import keywords

    for folder in keywords.__path__:
        yield from sorted(one for one in Path(folder).rglob("*") if one.suffix not in {"", ".pyc"})


__all__ = ["NOTE", "LateDetector"]
