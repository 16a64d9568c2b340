from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.claims import KINDS
from keywords.config import KeywordsConfig
from keywords.detector import Detector
from keywords.learned.features import BITS
from keywords.learned.model import Model, blank, load_model
from keywords.learned.solve import CUES_AGAINST, CUES_FOR
from keywords.lexicon.compile import load_compiled
from keywords.results import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keywords.results import Detection

FLAGGED = {Verdict.ALERT, Verdict.REVIEW}
LEARNED = {"wording", "wordings", "learned"}
COMPILED = load_compiled()
GROUPS = COMPILED["groups"]
PIECES = [
    "象牙", "象*牙", "🐘🦷", "猎套", "虎骨", "穿山甲", "娃娃鱼", "电鱼机", "画眉", "出", "收", "私聊", "没证", "300一斤", "3000元", "13800001111", " ", "，",
    "。", "\n", "白", "牌", "电钻", "新闻", "查获", "举报", "玩具", "有证", "经营利用许可证", "养殖的", "野生", "活的", "\ud800", "\u200b", "xiangya", "果冻料",
    "手镯", "懂的来", "今天下班顺路去菜市场", "不卖", "逆变器", "电瓶", "抄网",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
BARE = ("出售象牙手镯", "低价出猎套", "求购娃娃鱼", "收虎骨", "卖捕兽夹", "出售电鱼机", "出穿山甲")


@pytest.fixture(scope="module")
def silent() -> Detector:
    """A judge that has nothing to say."""
    return Detector(COMPILED, KeywordsConfig(), model=blank({}))


@pytest.fixture(scope="module")
def echo() -> Detector:
    """A judge that says what the rules say, no more: the feature is points / 50."""
    return Detector(COMPILED, KeywordsConfig(), model=with_names({"points": 50.0}))


def with_names(names: Mapping[str, float]) -> Model:
    return Model(names, np.zeros(1 << BITS, dtype=np.int8), 1.0, {}, {})


def found(result: Detection) -> tuple[object, ...]:
    """What the judge of offers has no say in."""
    return tuple((hit.entry, hit.channel, hit.start, hit.end) for hit in result.hits), result.claims, result.flags


@given(TEXTS, st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_factors_shown_add_up_to_the_score(detector: Detector, text: str, offered: bool) -> None:
    result = detector.detect(text, offered=offered)
    assert all(factor.weight == pytest.approx(round(factor.weight, 1), abs=1e-9) for factor in result.factors)
    shown = sum(round(factor.weight * 10) for factor in result.factors)
    assert round(result.score * 10) == min(1000, max(0, shown))
    assert all(text[one.start : one.end] == one.matched for one in result.factors if one.start >= 0)
    assert bool(result.hits) == bool(result.factors)


@given(TEXTS)
@settings(max_examples=120, deadline=None)
def test_what_the_judge_says_is_the_sum_of_its_factors(detector: Detector, text: str) -> None:
    result, case = detector.detect(text), detector.study(text)
    look = detector.look(case) if case else None
    if look is None or not result.hits:
        return
    opinion = load_model().opinion(look.named, look.wording)
    before = sum(factor.weight for factor in result.factors if factor.name != "permit_limit")
    assert before == pytest.approx(opinion.points, abs=0.06)
    assert {"wordings", "learned"} <= {factor.name for factor in result.factors}


@given(TEXTS, st.booleans())
@settings(max_examples=120, deadline=None)
def test_a_judge_that_repeats_the_rules_changes_nothing(
    rules: Detector, echo: Detector, text: str, offered: bool
) -> None:
    alone, repeated = rules.detect(text, offered=offered), echo.detect(text, offered=offered)
    if alone.hits:
        assert found(repeated) == found(alone)
        assert repeated.score == pytest.approx(alone.score, abs=0.1)
        assert [one for one in repeated.factors if one.name not in LEARNED] == list(alone.factors)


@given(TEXTS)
@settings(max_examples=80, deadline=None)
def test_a_blank_judge_changes_the_score_alone(rules: Detector, silent: Detector, text: str) -> None:
    alone, judged = rules.detect(text), silent.detect(text)
    assert (found(judged), judged.departments, judged.intent) == (found(alone), alone.departments, alone.intent)
    assert judged.score == 0.0
    assert judged.suppressed == alone.suppressed or not alone.hits  # what lacks context is asked about once more


@given(TEXTS, st.booleans())
@settings(max_examples=120, deadline=None)
def test_no_hit_of_the_rules_is_lost(detector: Detector, rules: Detector, text: str, offered: bool) -> None:
    alone, judged = (one.detect(text, offered=offered) for one in (rules, detector))
    places = {(hit.entry, hit.channel, hit.start, hit.end) for hit in alone.hits}
    assert places <= {(hit.entry, hit.channel, hit.start, hit.end) for hit in judged.hits}
    assert (alone.verdict is Verdict.NONE) or judged.verdict is not Verdict.NONE


def test_the_switch_turns_it_off(detector: Detector, rules: Detector) -> None:
    text = "出售象牙手镯 3000元"
    assert LEARNED & {factor.name for factor in detector.detect(text).factors}
    assert not LEARNED & {factor.name for factor in rules.detect(text).factors}
    assert rules.version != detector.version


def test_another_model_is_another_version(silent: Detector, echo: Detector) -> None:
    assert silent.version != echo.version


@pytest.mark.parametrize("bare", BARE)
def test_a_word_of_trade_never_lowers_the_rules_score(rules: Detector, bare: str) -> None:
    before = rules.detect(bare).score
    lower = [
        word
        for group in CUES_FOR
        for word in GROUPS.get(group, {"words": ()})["words"]
        if rules.detect(f"{bare}，{word}").score < before
    ]
    # Some words hold a word of another group (拍卖公告 is a notice): a few, never whole groups.
    assert len(lower) <= 0.02 * sum(len(GROUPS[group]["words"]) for group in CUES_FOR if group in GROUPS)


@pytest.mark.parametrize("bare", BARE)
def test_the_judge_never_counts_evidence_against_an_offer(detector: Detector, bare: str) -> None:
    case = detector.study(bare)
    assert case
    look = detector.look(case)
    assert look
    model = load_model()
    before = model.opinion(look.named, look.wording).points
    named = {name: value for name, value in look.named.items() if name != "untraded"}
    for cue in CUES_FOR:
        for kind in ("cue", "cues", "near"):
            assert model.opinion({**named, f"{kind}_{cue}": 1.0}, look.wording).points >= before
    for cue in CUES_AGAINST:
        assert model.opinion({**look.named, f"cue_{cue}": 1.0}, look.wording).points <= before
    assert model.opinion({**look.named, "points": look.named["points"] + 0.1}, look.wording).points >= before


@pytest.mark.parametrize("paper", sorted(KINDS))
def test_a_claim_is_shown_and_never_leaves_an_alert(detector: Detector, rules: Detector, paper: str) -> None:
    for bare in BARE[:4]:
        for text in (f"{bare} 一克三百 私聊 包邮 {paper}", f"{paper}，{bare}，懂的来，没有还价，顺丰发货"):
            for one in (detector, rules):
                result = one.detect(text, offered=True)
                assert result.hits
                assert result.verdict is not Verdict.ALERT
                assert KINDS[paper] in {claim.kind for claim in result.claims}


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_with_a_permit_there_is_no_alert(detector: Detector, text: str) -> None:
    result = detector.detect(f"{text}，有经营利用许可证", offered=True)
    assert result.verdict is not Verdict.ALERT


def test_a_claim_does_not_clear(detector: Detector) -> None:
    result = detector.detect("出售象牙手镯 3000元 微信 demo_01，有经营利用许可证 编号 2023077", offered=True)
    assert result.verdict is Verdict.REVIEW
    assert [(claim.kind, claim.number) for claim in result.claims] == [("经营利用许可证", "2023077")]
    assert result.factors[-1].name == "permit_limit"
    assert result.factors[-1].weight < 0
