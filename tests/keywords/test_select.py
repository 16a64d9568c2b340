from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keywords.config import KeywordsConfig
from keywords.detector import Detector
from keywords.learned.model import blank
from keywords.lexicon.compile import load_compiled
from keywords.results import Verdict
from keywords.select import MOST_AGAIN, Reason

if TYPE_CHECKING:
    from keywords.select import Selection

FLAGGED = {Verdict.ALERT, Verdict.REVIEW}


@pytest.fixture(scope="module")
def asked() -> Detector:
    """One that is asked about what lacks context, and says nothing."""
    return Detector(load_compiled(), KeywordsConfig(), model=blank({}))


def chosen(detector: Detector, text: str) -> Selection:
    case = detector.study(text)
    assert case
    return case.chosen


def reasons(selection: Selection) -> set[tuple[str, Reason]]:
    return {(drop.candidate.matched, drop.reason) for drop in selection.dropped}


@pytest.mark.parametrize(
    ("text", "matched", "reason"),
    [
        ("象牙白连衣裙 现货 包邮", "象牙", Reason.COVERED),
        ("画眉笔 三支装 包邮", "画眉", Reason.COVERED),
        ("大象牙膏现货", "大象牙", Reason.BOUNDARY),
        ("原生画眉鸟一只 300", "生画眉", Reason.BOUNDARY),
        ("今天看到了野兔", "野兔", Reason.CONTEXT),
        ("穿山甲牌电钻 380元", "穿山甲", Reason.EXCUSED),
        ("不卖陆龟，只卖巴西龟苗", "陆龟", Reason.EXCUSED),
    ],
)
def test_each_rule_names_its_reason(rules: Detector, text: str, matched: str, reason: Reason) -> None:
    found = chosen(rules, text)
    assert (matched, reason) in reasons(found)
    assert matched not in {candidate.matched for candidate in found.kept}


def test_every_rule_is_named_in_chinese(rules: Detector) -> None:
    text = "象牙白 大象牙膏 穿山甲牌电钻 眼镜蛇 不卖陆龟 画眉笔"
    rulings = {drop.rule for drop in chosen(rules, text).dropped}
    assert rulings
    assert all(any("\u4e00" <= char <= "\u9fff" for char in rule) for rule in rulings)


@pytest.mark.parametrize(
    "text",
    [
        "低价出猎套，路边交货 私聊",
        "低价出猎套 路边交货 私聊",
        "出象牙\n白色的 老料 一克三百 私聊",
        "出玳瑁，色好，老料 私聊",
        "收画眉，笔直站姿的 私聊",
    ],
)
def test_an_ordinary_word_covers_in_one_piece_alone(rules: Detector, detector: Detector, text: str) -> None:
    for one in (rules, detector):
        result = one.detect(text)
        assert result.verdict in FLAGGED
        assert not [
            item for item in result.suppressed if "盖住" in item.rule and item.matched in {"猎套", "象牙", "画眉"}
        ]


def test_a_shorter_name_within_a_longer_one_is_no_second_hit(rules: Detector) -> None:
    result = rules.detect("收购穿山甲鳞片 私聊")
    assert len(result.hits) == 1
    assert "穿山甲" in result.hits[0].matched


def test_the_same_name_elsewhere_is_the_brand_too(rules: Detector) -> None:
    found = chosen(rules, "穿山甲牌冲击钻转让\n穿山甲用了一年，面交 380元")
    assert not found.kept
    excused = {drop.candidate.start for drop in found.dropped if drop.reason is Reason.EXCUSED}
    assert excused == {0, 9}  # folded: without the line break


def test_a_brand_does_not_excuse_where_the_source_is_named(rules: Detector) -> None:
    found = chosen(rules, "穿山甲牌冲击钻转让\n穿山甲 野生的 没证 私聊")
    assert "穿山甲" in {candidate.matched for candidate in found.kept}


def test_the_verb_beside_what_counts_is_remembered(rules: Detector) -> None:
    text = "转让旧书，低价出猎套十个"
    found = chosen(rules, text)
    assert [text[start:end] for start, end in found.verbs] == ["出"]
    assert chosen(rules, "山上捡到猎套 私聊 300").verbs == []


def test_what_counts_carries_the_cut_it_was_judged_by(rules: Detector) -> None:
    found = chosen(rules, "低价出猎套十个")
    (words,) = (found.cuts[candidate] for candidate in found.kept if candidate.matched == "猎套")
    assert "".join(words) == "低价出猎套十个"


def test_what_lacks_context_alone_is_told_from_what_lacks_more(asked: Detector, rules: Detector) -> None:
    text = "雪豹牌冲锋衣 今天看到了野兔"
    assert reasons(chosen(rules, text)) == {("雪豹", Reason.CONTEXT), ("野兔", Reason.CONTEXT)}
    assert reasons(chosen(asked, text)) == {("雪豹", Reason.EXCUSED), ("野兔", Reason.CONTEXT)}
    assert not chosen(asked, text).kept


def test_asking_again_takes_nothing_that_counts(asked: Detector, rules: Detector) -> None:
    for text in ("海马 麻雀 野兔", "出象牙 3000元 麻雀", "新闻 鸽子 麻雀 刺猬"):
        case, other = asked.study(text), rules.study(text)
        if other is None:
            assert case is None or not case.chosen.kept
            continue
        assert case
        assert [one.matched for one in case.chosen.kept] == [one.matched for one in other.chosen.kept]


def test_only_the_first_are_asked_about_again(asked: Detector) -> None:
    found = chosen(asked, "海马" * 500)
    assert len([drop for drop in found.dropped if drop.reason is Reason.CONTEXT]) <= MOST_AGAIN


def test_what_sounds_like_a_term_across_punctuation_is_not_it(rules: Detector) -> None:
    said = rules.detect("新鲜麂子肉，个头大，野猪、麂子都有，出售，私聊")
    assert "电击装置" not in {hit.term for hit in said.hits}
    assert "电击装置" in {hit.term for hit in rules.detect("出售打 耶 猪 机，私聊").hits}
