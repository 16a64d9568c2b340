"""Scoring: very short offers that the rules review stay in the queue, whatever the learned judge makes of them."""

from __future__ import annotations

import copy
from itertools import product
from typing import TYPE_CHECKING

import pytest

from keywords import score
from keywords.results import Verdict

if TYPE_CHECKING:
    from keywords.detector import Detector

NAMES = ("犀牛角杯", "象牙手镯", "象牙", "老虎骨", "穿山甲", "猎套", "天鹅", "娃娃鱼", "象*牙")
PRICES = ("2万", "3000", " 500", "一只 2000", " 2w", "两斤 900元", "八百", "", "12只", "战胜76人", "2019年的回忆")


@pytest.mark.parametrize("text", ["犀牛角杯 2万", "象牙手镯 3万", "象牙 2w", "老虎骨 5000", "象牙筷子 800元"])
def test_a_name_and_a_price_are_reviewed(detector: Detector, text: str) -> None:
    found = detector.detect(text)
    assert (found.verdict in {Verdict.REVIEW, Verdict.ALERT}, round(sum(one.weight for one in found.factors), 1)) == (
        True,
        found.score,
    )


@pytest.mark.parametrize(
    "text",
    [
        "老鹰战胜76人",
        "10米气步枪决赛",
        "南京街头窜出一只落单野猪幼崽",
        "象牙手镯",
        "1988德善娃娃鱼合照",
        "吉林两只丹顶鹤为爱起舞",
    ],
)
def test_short_talk_is_not(detector: Detector, text: str) -> None:
    assert detector.detect(text).verdict not in {Verdict.REVIEW, Verdict.ALERT}


def test_what_keeps_it_there_is_told(detector: Detector) -> None:
    (factor,) = [one for one in detector.detect("犀牛角杯 2万").factors if one.name == score.SHORT_OFFER]
    assert (factor.label, factor.weight > 0) == ("短广告：按规则列入待核", True)


@pytest.mark.parametrize("kernel", [True, False])
def test_verdicts_agree_with_their_explanation_and_one_by_one_with_batches(detector: Detector, kernel: bool) -> None:
    if not kernel:
        detector = copy.copy(detector)
        detector._looker = None
    texts = [name + price for name, price in product(NAMES, PRICES)]
    early = [one.verdict for one in detector.detect_many(texts)]
    for text, verdict in zip(texts, early, strict=True):
        one = detector.detect(text)
        first = one.verdict
        assert (first, one.score >= 35.0) == (verdict, one.verdict in {Verdict.REVIEW, Verdict.ALERT})
        assert one.verdict is first


def test_hostile_tails_take_no_time() -> None:
    assert score.PRICED.fullmatch("1" * 16 + "年", 0) is None
    assert score.PRICED.fullmatch("杯" + "一" * 100_000, 0) is None
