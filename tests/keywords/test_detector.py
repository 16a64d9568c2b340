from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keywords.results import Verdict
from tests.detectors import special

if TYPE_CHECKING:
    from pathlib import Path

    from keywords.detector import Detector

FLAGGED = {Verdict.ALERT, Verdict.REVIEW}
PIECES = [
    "象牙",
    "象*牙",
    "🐘🦷",
    "猎套",
    "出",
    "私聊",
    "没证",
    "300一斤",
    "\u200b",
    " ",
    "白",
    "狩",
    "装",
    "\ud800",
    "\0",
    "\n",
    "。",
    "xiang",
    "牙",
    "犭苗头鹰",
    "活的",
    "Ａ",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=40)


@pytest.mark.parametrize(
    ("text", "matched", "channel"),
    [
        ("出老犀角，包浆好，私聊", "犀角", "exact"),
        ("出象*牙镯子，克价，私聊", "象*牙", "inserted"),
        ("出象\u200b牙镯子，私聊没证", "象\u200b牙", "inserted"),
        ("出【象】【牙】镯子，私聊没证", "象】【牙", "inserted"),
        ("出玳瑁壳標本，没证私聊", "玳瑁壳", "exact"),
        ("野生貓頭鷹，活的，私聊", "貓頭鷹", "variant"),
        ("犭苗头鹰 活的 1000 面交", "犭苗头鹰", "split"),
        ("xiang牙 镯子 克价 私聊", "xiang牙", "pinyin"),
        ("车渠珠108颗 一串330 老料", "车渠", "homophone"),
        ("🐘🦷 镯子 私聊 没证", "🐘🦷", "emoji"),
        ("血丝牙手镯 懂的来 私聊", "血丝牙", "codeword"),
        ("穿甲山一只 活的 山上抓的 私聊", "穿甲山", "reordered"),
        ("出猎套，200个起，私聊", "猎套", "exact"),
        ("ＰＣＰ气枪 一把 私聊 懂的来", "ＰＣＰ气枪", "width"),
    ],
)
def test_each_disguise_is_found_where_it_stands(rules: Detector, text: str, matched: str, channel: str) -> None:
    result = rules.detect(text)
    assert [hit for hit in result.hits if matched in hit.matched and hit.channel == channel]
    assert result.verdict in FLAGGED


@pytest.mark.parametrize(
    "text",
    [
        "象牙白连衣裙 现货 包邮 私聊",
        "对象牙疼，挂什么科，在线等",
        "狩猎套装 儿童玩具 包邮",
        "狩猎夹克 男款 包邮",
        "本地枪战游戏组队，加微信",
        "产地枪乌贼干 现货 包邮",
        "穿山甲电镐 转子 包邮",
        "画眉笔 三支装 包邮 私聊",
        "大象，牙膏，都有货，包邮",
        "虎\n皮 两样都出 包邮",
        "",
    ],
)
def test_ordinary_words_are_not_flagged(rules: Detector, text: str) -> None:
    assert rules.detect(text).verdict not in FLAGGED


def test_an_ordinary_word_does_not_excuse_a_disguise(rules: Detector) -> None:
    assert "象牙" in {hit.term for hit in rules.detect("象*牙白度高 手串 私聊").hits}


def test_exclusion_is_recorded_with_its_rule(rules: Detector) -> None:
    result = rules.detect("象牙白连衣裙 现货 包邮")
    assert [(item.term, item.matched, item.start) for item in result.suppressed] == [("象牙", "象牙", 0)]
    assert "盖住" in result.suppressed[0].rule


def test_a_permit_claim_caps_at_review_and_is_recorded(rules: Detector) -> None:
    text = "出象牙手串 老料 一克三百 私聊 顺丰 懂的来"
    assert rules.detect(text).verdict is Verdict.ALERT
    claimed = rules.detect(text + " 有证 专用标识齐全")
    assert claimed.verdict is Verdict.REVIEW
    assert "permit" in {factor.name for factor in claimed.factors}


def test_news_about_the_same_words_is_not_flagged(rules: Detector) -> None:
    news = "海关查获走私象牙12公斤，嫌疑人已被刑拘，法院将择期宣判"
    assert rules.detect(news).verdict not in FLAGGED


def test_the_score_is_the_sum_of_the_factors_that_are_shown(rules: Detector) -> None:
    result = rules.detect("出犀牛角杯 包浆好 一克三百 私聊")
    assert result.score == min(100.0, round(sum(factor.weight for factor in result.factors), 1))
    text = "出犀牛角杯 包浆好 一克三百 私聊"
    assert all(text[f.start : f.end] == f.matched for f in result.factors if f.start >= 0)


@pytest.mark.parametrize(
    ("text", "first", "intent"),
    [
        ("出老象牙手串，一克三百，私聊", "forestry", "sell"),
        ("求购猫头鹰活的，价高", "forestry", "buy"),
        ("电鱼机一套 下河用 600 自提", "agriculture", "sell"),
        ("本店招牌菜果子狸现杀，包厢订座电话联系", "market_supervision", "serve"),
        ("高压气枪一把 打鸟 懂的来 私聊", "public_security", "sell"),
    ],
)
def test_lead_department_and_intent(rules: Detector, text: str, first: str, intent: str) -> None:
    result = rules.detect(text)
    assert result.departments[0] == first
    assert result.intent == intent


def test_courier_customs_and_cyberspace_support(rules: Detector) -> None:
    result = rules.detect("象*牙镯子 缅甸过来 没证 顺丰发货 懂的来 私聊")
    assert {"postal", "customs", "cyberspace", "market_supervision"} <= set(result.departments)


def test_result_is_json_ready(rules: Detector) -> None:
    found = json.loads(json.dumps(rules.detect("出象*牙手串 私聊").as_dict(), ensure_ascii=False))
    assert found["verdict"] == "alert"
    assert found["hits"][0]["term"] == "象牙"


def test_many_is_the_same_as_one_by_one(rules: Detector) -> None:
    texts = ["出象*牙手串 私聊", "今天天气好", ""]
    assert rules.detect_many(texts) == [rules.detect(text) for text in texts]


def test_a_page_that_states_a_price_is_an_offer(rules: Detector) -> None:
    text = "娃娃鱼"
    alone, priced = rules.detect(text), rules.detect(text, offered=True)
    assert alone.score < priced.score
    assert [factor.label for factor in priced.factors if factor.name == "offered"] == ["页面标价或留有联系方式"]
    assert priced.score == round(sum(factor.weight for factor in priced.factors), 1)
    assert rules.detect("今天天气好", offered=True).verdict is Verdict.NONE


def test_each_text_has_its_own_page(rules: Detector) -> None:
    texts, offered = ["出象*牙手串 私聊", "娃娃鱼", "\uffff娃娃鱼", "好"], [False, True, True, True]
    expected = [rules.detect(text, offered=page) for text, page in zip(texts, offered, strict=True)]
    assert rules.detect_many(texts, offered=offered) == expected
    assert rules.detect_many(texts[:2], offered=offered[:2]) == expected[:2]
    with pytest.raises(ValueError, match="offered"):
        rules.detect_many(texts, offered=[True])


@pytest.mark.parametrize(
    "text", ["本店ｙｅｗｅｉ一桌 提前预订", "出xiongzhang2只 面交", "x\u200biong\u200dzhang1只，炖汤"]
)
def test_a_number_may_touch_pinyin(rules: Detector, text: str) -> None:
    assert "pinyin" in {hit.channel for hit in rules.detect(text).hits}


@given(st.lists(TEXTS | st.just("\uffff象牙"), max_size=6))
@settings(max_examples=60, deadline=None)
def test_many_is_the_same_on_any_texts(detector: Detector, texts: list[str]) -> None:
    assert detector.detect_many(texts) == [detector.detect(text) for text in texts]


def test_channel_switch_turns_a_disguise_off(rules: Detector) -> None:
    quiet = special(learned=False, channels={"split": False, "emoji": False})
    assert quiet.detect("果子犭里 活的 1000 面交").verdict not in FLAGGED
    assert quiet.detect("🐘🦷 镯子 私聊 没证").verdict not in FLAGGED
    assert quiet.version != rules.version


def test_gear_of_another_province_weighs_less() -> None:
    text = "阎王碓一套 山上打野猪用 80一个 私聊"
    here = special(province="福建省", learned=False).detect(text)
    there = special(province="甘肃省", learned=False).detect(text)
    assert here.score > there.score


def test_overlay_adds_an_entry(rules: Detector, tmp_path: Path) -> None:
    path = tmp_path / "local.yaml"
    path.write_text("entries:\n  - {term: 山中宝, kind: species, strength: strong}\n", encoding="utf-8")
    local = special(overlay=(path,), learned=False)
    assert [hit.entry for hit in local.detect("出山中宝一只 私聊 600一只").hits] == ["local:山中宝"]
    assert local.version != rules.version


@given(TEXTS)
@example("象\ud800牙\0手串私聊")
@settings(max_examples=150, deadline=None)
def test_every_span_is_the_text_it_names(detector: Detector, text: str) -> None:
    result = detector.detect(text)
    assert all(text[hit.start : hit.end] == hit.matched for hit in result.hits)
    assert all(text[item.start : item.end] == item.matched for item in result.suppressed)
    assert all(a.end <= b.start for a, b in zip(result.hits, result.hits[1:], strict=False))
    assert 0 <= result.score <= 100


@given(TEXTS)
@settings(max_examples=80, deadline=None)
def test_appending_ordinary_text_moves_no_hit(rules: Detector, text: str) -> None:
    before = {(hit.entry, hit.start, hit.end) for hit in rules.detect(text).hits}
    after = {(hit.entry, hit.start, hit.end) for hit in rules.detect(text + "。\n今天公园里人很多").hits}
    assert before == after


@given(TEXTS)
@settings(max_examples=80, deadline=None)
def test_the_learned_judge_hides_no_hit(detector: Detector, rules: Detector, text: str) -> None:
    found = {(hit.entry, hit.start, hit.end) for hit in rules.detect(text).hits}
    assert found <= {(hit.entry, hit.start, hit.end) for hit in detector.detect(text).hits}


@pytest.mark.parametrize("piece", ["象牙", "🐘🦷", "\ud800", "\0", "象*", "一", "1", "qq1", "出售猎套私聊", "犭"])
def test_a_megabyte_of_anything_ends(rules: Detector, piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    result = rules.detect(text)
    assert all(text[hit.start : hit.end] == hit.matched for hit in result.hits)


@pytest.mark.parametrize("number", ["QQ 112345667", "QQ 112315667", "QQ 1234567"])
def test_a_hotline_inside_a_longer_number_is_no_hotline(rules: Detector, number: str) -> None:
    found = rules.detect(f"出售野生画眉鸟\n350元，联系{number}")
    assert "report" not in {factor.name for factor in found.factors}
    assert found.verdict in {"alert", "review"}


def test_a_claimed_permit_keeps_the_score_below_an_alert(rules: Detector) -> None:
    plain = rules.detect("出售象牙手镯 虎骨\n3000元，微信 demo_01")
    claimed = rules.detect("出售象牙手镯 虎骨，有经营利用许可证\n3000元，微信 demo_01")
    assert plain.verdict == "alert"
    assert claimed.verdict == "review"
    assert claimed.score < plain.score
    assert claimed.score == pytest.approx(sum(factor.weight for factor in claimed.factors), abs=0.15)
