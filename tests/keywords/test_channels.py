"""Metamorphic: whatever the name and the template, each way of hiding it is found, and harmless text changes nothing."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.learned.disguises import Disguiser, Made, offers
from keywords.learned.features import REACH
from keywords.lexicon.compile import pack_files, read_entries
from keywords.results import Verdict

if TYPE_CHECKING:
    from keywords.detector import Detector
    from keywords.lexicon.schema import Entry

FLAGGED = {Verdict.ALERT, Verdict.REVIEW}
NAMES = (
    "象牙", "犀牛角", "虎骨", "穿山甲", "熊胆", "麝香", "羚羊角", "盔犀鸟", "玳瑁", "砗磲", "红珊瑚", "黄唇鱼胶", "猫头鹰", "苍鹰", "禾花雀",
    "画眉鸟", "红喉歌鸲", "鹩哥", "斑鸠", "非洲灰鹦鹉", "苏卡达陆龟", "黄缘闭壳龟", "缅甸陆龟", "蜂猴", "水獭", "果子狸", "眼镜蛇", "大鲵",
    "娃娃鱼", "中华鲟", "电鱼机", "捕鱼机", "毒鱼药", "绝户网", "可视锚鱼", "地龙仪", "猎套", "捕兽夹", "粘鸟网", "捕鸟网", "地枪", "排铳",
    "电媒机", "电猫", "气枪",
)  # fmt: skip
# Share of offers that are flagged at least: by the rules alone, and by the product. Two characters have too many
# homophones, and initials too many meanings, for the rules alone; the floors lie a few texts below what is measured.
FLOORS = {
    "plain": (0.90, 0.93),
    "symbol": (0.94, 0.95),
    "space": (0.94, 0.95),
    "zero_width": (0.94, 0.95),
    "traditional": (0.90, 0.93),
    "homophone": (0.48, 0.88),
    "pinyin": (0.80, 0.92),
    "mixed_pinyin": (0.94, 0.95),
    "wide_pinyin": (0.94, 0.95),
    "initials": (0.10, 0.65),
    "split": (0.92, 0.94),
    "lookalike": (0.50, 0.90),
    "emoji": (0.94, 0.95),
    "reversed": (0.86, 0.88),
}
SURE = ("symbol", "space", "zero_width", "split", "emoji", "mixed_pinyin", "wide_pinyin")
ROUNDS = 2  # each name in two templates
# Nothing in them is for sale, rare or forbidden; longer together than what the detector reads around a name.
ORDINARY = (
    "今天下午的会议改到三楼的大会议室，请大家提前十分钟到场签到。上周提交的材料已经全部审核完毕，结果会在月底之前公布出来。"
    "图书馆的自习区重新安排了座位，靠窗的一排给准备考试的同学使用。食堂二楼最近添了新的桌椅，中午排队的时间短了不少。"
    "楼下的花坛种上了月季，早晨散步的老人都停下来看。孩子们放学以后在操场上练习跳绳，老师在一旁数着次数。晚上记得把窗户关好，天气预报说夜里有雨。"
)  # fmt: skip
PIECES = st.sampled_from(
    ["象牙", "象*牙", "猎套", "出", "收", "私聊", "没证", "300一斤", " ", "白", "狩", "装", "\n", "。", "xiang", "犭苗头鹰", "活的", "穿山甲", "牌",
     "电钻", "🐘🦷", "新闻", "查获", "果冻料", "手镯", "懂的来", "画眉", "13800001111", "有证", "甲山穿"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@cache
def entries() -> tuple[Entry, ...]:
    found: dict[str, Entry] = {}
    for entry in (entry for path in pack_files() for entry in read_entries(path)):
        for name in {entry.term, *entry.aliases} & set(NAMES):
            if name not in found or entry.strength == "strong":
                found[name] = entry.model_copy(update={"term": name})
    return tuple(found[name] for name in NAMES)


@cache
def made(channel: str) -> tuple[Made, ...]:
    chance = random.Random(f"{channel}, but not the fit's")
    texts: list[Made] = []
    for turn in range(ROUNDS):
        turned = (*entries()[turn * 7 :], *entries()[: turn * 7])  # another template for each name
        texts += offers(turned, Disguiser(), chance, channel)
    return tuple(texts)


def test_the_generator_hides_in_each_channel_and_each_has_its_floor() -> None:
    assert set(FLOORS) == set(Disguiser().channels)
    for channel in FLOORS:
        texts = made(channel)
        assert len(texts) > 40
        assert all(one.written in one.text and one.offer for one in texts)
        assert channel == "plain" or all(one.term not in one.text for one in texts)


@pytest.mark.parametrize("channel", FLOORS)
def test_the_rules_find_offers_in_each_channel(rules: Detector, channel: str) -> None:
    texts = made(channel)
    flagged = [one for one in texts if rules.detect(one.text).verdict in FLAGGED]
    assert len(flagged) / len(texts) >= FLOORS[channel][0]


@pytest.mark.parametrize("channel", FLOORS)
def test_the_product_finds_offers_in_each_channel(detector: Detector, channel: str) -> None:
    texts = made(channel)
    flagged = [one for one in texts if detector.detect(one.text).verdict in FLAGGED]
    assert len(flagged) / len(texts) >= FLOORS[channel][1]


@pytest.mark.parametrize("channel", SURE)
def test_the_name_is_pointed_at_where_it_stands(rules: Detector, channel: str) -> None:
    right = 0
    for one in made(channel):
        start = one.text.index(one.written)
        end = start + len(one.written)
        right += any(hit.start <= start and end <= hit.end for hit in rules.detect(one.text).hits)
    assert right / len(made(channel)) >= 0.93


@given(TEXTS)
@settings(max_examples=120, deadline=None)
def test_ordinary_text_before_or_behind_makes_loses_and_moves_no_hit(rules: Detector, text: str) -> None:
    assert len(ORDINARY) > REACH
    moved = len(ORDINARY) + 1
    alone = [(hit.entry, hit.channel, hit.start, hit.end) for hit in rules.detect(text).hits]
    behind = rules.detect(f"{text}\n{ORDINARY}").hits
    before = rules.detect(f"{ORDINARY}\n{text}").hits
    assert [(hit.entry, hit.channel, hit.start, hit.end) for hit in behind] == alone
    assert [(hit.entry, hit.channel, hit.start - moved, hit.end - moved) for hit in before] == alone


@given(TEXTS)
@settings(max_examples=100, deadline=None)
def test_what_is_far_away_says_nothing(detector: Detector, text: str) -> None:
    near = detector.detect(f"{text}\n{ORDINARY}")
    far = detector.detect(f"{text}\n{ORDINARY}\n{ORDINARY}")
    assert (far.verdict, far.score, far.hits, far.factors) == (near.verdict, near.score, near.hits, near.factors)


def test_ordinary_text_alone_is_nothing(detector: Detector) -> None:
    assert detector.detect(ORDINARY).hits == ()


@given(st.sampled_from(NAMES), st.lists(st.text("*·-_~丶/ \u200b\u2060\ufeff【】", max_size=4), min_size=6, max_size=6))
@settings(max_examples=150, deadline=None)
def test_junk_inside_a_name_belongs_to_the_hit(rules: Detector, name: str, junk: list[str]) -> None:
    written = name[0] + "".join(gap + char for gap, char in zip(junk, name[1:], strict=False))
    text = f"低价出{written}，有货，没证，联系电话"
    found = {(hit.start, hit.matched) for hit in rules.detect(text).hits}
    assert (3, written) in found
