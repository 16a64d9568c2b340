from __future__ import annotations

from keywords.config import KeywordsConfig
from keywords.detector import Detector
from pipelines.records import detection_record


def test_claims_and_flags_are_kept_with_the_explanation() -> None:
    rules = Detector.load(KeywordsConfig(learned=False))
    text = "出售象牙手串 3000元 微信 demo_01，有专用标识，编号〔2024〕12345号"
    kept = detection_record(rules.detect(text)).explanation
    assert {"protected", "worst"} <= set(kept["flags"])
    (claim,) = kept["claims"]
    assert claim["kind"] == "专用标识"
    assert claim["number"] == "〔2024〕12345号"
    assert text[claim["start"] : claim["end"]] == claim["matched"] == "专用标识"


def test_nothing_found_keeps_no_explanation() -> None:
    rules = Detector.load(KeywordsConfig(learned=False))
    assert detection_record(rules.detect("今天天气好")).explanation == {}
