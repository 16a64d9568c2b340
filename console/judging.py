"""What the lexicon in force says of a text that a person typed in, in storage's words."""

from __future__ import annotations

from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING

from console.services import LEXICON
from keywords.config import KeywordsConfig
from storage.records import DetectionRecord, HitRecord

if TYPE_CHECKING:
    from console.services import LexiconService
    from console.state import Console
    from keywords.detector import Detector
    from keywords.results import Detection, Hit


def judge(console: Console, text: str, *, offered: bool) -> DetectionRecord:
    """The verdict on `text`; `offered`: a price or a contact is known besides."""
    service: LexiconService | None = console.facts.get(LEXICON)
    if service is not None:
        return record(service.judge(text, offered=offered))
    config = console.facts.get("keywords") or KeywordsConfig()
    return record(_detector(config.model_dump_json()).detect(text, offered=offered))


@lru_cache(maxsize=1)  # one lexicon is in force; loading it takes seconds
def _detector(config: str) -> Detector:
    from keywords.detector import Detector

    return Detector.load(KeywordsConfig.model_validate_json(config))


def record(detection: Detection) -> DetectionRecord:
    """An explained verdict, ready to be kept."""
    return DetectionRecord(
        verdict=detection.verdict.value,
        score=detection.score,
        intent=detection.intent,
        departments=detection.departments,
        lexicon_version=detection.lexicon_version,
        hits=tuple(map(_hit, detection.hits)),
        explanation={
            "factors": [asdict(factor) for factor in detection.factors],
            "suppressed": [asdict(one) for one in detection.suppressed],
            "claims": [claim._asdict() for claim in detection.claims],
            "flags": list(detection.flags),
        },
    )


def _hit(hit: Hit) -> HitRecord:
    return HitRecord(
        entry=hit.entry,
        term=hit.term,
        kind=hit.kind,
        category=hit.category,
        channel=hit.channel,
        matched=hit.matched,
        start=hit.start,
        end=hit.end,
        weight=hit.weight,
        clause=hit.clause,
        detail={"folded": hit.folded, "segmentation": list(hit.segmentation)},
    )
