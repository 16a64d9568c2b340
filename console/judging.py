"""What the lexicon in force says of a text that a person typed in, in storage's words."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from console.heap import settle
from console.services import LEXICON, RECORD
from keywords.config import KeywordsConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.services import LexiconService
    from console.state import Console
    from keywords.detector import Detector
    from keywords.results import Detection
    from storage.records import DetectionRecord


def judge(console: Console, text: str, *, offered: bool) -> DetectionRecord:
    """The verdict on `text`; `offered`: a price or a contact is known besides."""
    record: Callable[[Detection], DetectionRecord] = console.facts[RECORD]
    service: LexiconService | None = console.facts.get(LEXICON)
    if service is not None:
        return record(service.judge(text, offered=offered))
    config = console.facts.get("keywords") or KeywordsConfig()
    return record(_detector(config.model_dump_json()).detect(text, offered=offered))


@lru_cache(maxsize=1)  # one lexicon is in force; loading it takes seconds
def _detector(config: str) -> Detector:
    from keywords.detector import Detector

    made = Detector.load(KeywordsConfig.model_validate_json(config))
    settle()
    return made
