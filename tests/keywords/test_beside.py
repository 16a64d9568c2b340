from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keywords.results import Verdict

if TYPE_CHECKING:
    from keywords.detector import Detector

FLAGGED = {Verdict.ALERT, Verdict.REVIEW}
NEGATIVES = [
    "狩猎套装 皮肤",
    "狩猎夹克",
    "本地枪战",
    "产地枪乌贼",
    "对象牙齿",
    "象牙白连衣裙",
    "海马汽车",
    "海马床垫",
    "穿山甲牌电钻",
    "玳瑁色眼镜",
    "老虎机",
    "雪豹牌冲锋衣",
    "猫头鹰望远镜",
    "鱼翅瓜",
    "熊掌豆腐",
    "熊掌支架",
    "虎皮鹦鹉鸟食",
    "狼毫毛笔",
    "弹弓裤",
    "虎牙直播",
    "龟背竹",
    "象牙塔",
    "鹿茸菇",
    "牛角梳",
]


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("低价出猎套", "出"),
        ("长期收犀牛角", "收"),
        ("求 娃娃鱼", "求"),
        ("收购穿山甲鳞片", "收购"),
        ("川山甲片 出", "出"),
        ("🐘🦷 出", "出"),
        ("xiang ya 出", "出"),
        ("猎套 现货", "现货"),
        ("卖了电瓶，转一只 果子狸", "转"),
    ],
)
def test_a_trading_verb_beside_the_name_is_an_offer(rules: Detector, text: str, verb: str) -> None:
    result = rules.detect(text)
    assert result.verdict in FLAGGED
    assert [factor.matched for factor in result.factors if factor.name == "attached"] == [verb]
    assert all(text[factor.start : factor.end] == factor.matched for factor in result.factors if factor.start >= 0)


@pytest.mark.parametrize("text", ["穿山甲出没的林子", "掏出象牙", "演出。象牙", "村里有人养过果子狸出名"])
def test_a_verb_of_another_word_is_no_offer(rules: Detector, text: str) -> None:
    assert "attached" not in {factor.name for factor in rules.detect(text).factors}


@pytest.mark.parametrize("name", NEGATIVES)
@pytest.mark.parametrize(
    "offer",
    ["{}", "{} 转让 380元 包邮", "出{} 一个 微信 demo_abc123", "{}\n全新 现货 ¥99 顺丰包邮 联系13800001234 不还价"],
)
def test_brands_colours_and_shapes_stay_quiet_in_an_offer(rules: Detector, name: str, offer: str) -> None:
    assert rules.detect(offer.format(name), offered=True).verdict not in FLAGGED


def test_a_brand_is_one_in_the_whole_text_and_the_rule_says_so(rules: Detector) -> None:
    result = rules.detect("穿山甲牌冲击钻转让\n穿山甲用了一年，面交 380元")
    assert result.hits == ()
    found = [item for item in result.suppressed if item.matched == "穿山甲"]
    assert {item.start for item in found} == {0, 10}
    assert all("品牌" in item.rule for item in found)


@pytest.mark.parametrize(
    "text",
    [
        "穿*山*甲玩具 活的 没证 私聊",
        "猫头鹰一只 送鸟笼 1000元 面交",
        "出象牙牌子 老料 一克三百 私聊",
        "老鹰 活的 带笼 800 面交",
    ],
)
def test_a_disguise_or_goods_given_along_excuse_nothing(rules: Detector, text: str) -> None:
    assert rules.detect(text).verdict in FLAGGED


def test_a_denied_name_does_not_count(rules: Detector) -> None:
    result = rules.detect("巴西龟苗 五块一只，不卖任何陆龟，加微信")
    assert "陆龟" not in {hit.matched for hit in result.hits}
    assert rules.detect("不卖假象牙，只出老象牙手串，一克三百私聊").verdict in FLAGGED


@pytest.mark.parametrize("name", ["电鱼机", "可视锚鱼器", "地龙仪", "捕兽夹", "粘鸟网"])
def test_gear_without_lawful_use_is_reviewed_by_its_name(rules: Detector, name: str) -> None:
    assert rules.detect(name).verdict is Verdict.REVIEW
    assert rules.detect(f"新闻：民警查获{name}，嫌疑人被刑拘").verdict not in FLAGGED


def test_the_words_of_a_name_do_not_speak_against_it(rules: Detector) -> None:
    assert "imitation" not in {factor.name for factor in rules.detect("收犀牛角").factors}
    assert "imitation" in {factor.name for factor in rules.detect("收犀牛角 颜色不限").factors}


@pytest.mark.parametrize("piece", ["出象牙", "象牙出", "低价急出老大小象牙", "不卖象牙", "象牙色", "象牙、", "出 "])
def test_hostile_repeats_end(rules: Detector, piece: str) -> None:
    rules.detect(piece * (200_000 // len(piece)), offered=True)
