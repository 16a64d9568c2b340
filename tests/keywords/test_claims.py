from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.claims import HINT, KINDS, MOST, PAPERS, read

PIECES = st.sampled_from(
    [
        *KINDS,
        "水野驯繁字第",
        "（2021）12号",
        "没有",
        "无",
        "编号",
        "号",
        "：",
        "〔2024〕",
        "018",
        "3000元",
        "13800001111",
        "\n",
        "吗",
        "带",
        "\ud800",
    ]
)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_each_name_of_a_paper_is_a_claim_of_its_kind(name: str) -> None:
    (claim,) = read(f"出一对，{name}，要的来")
    assert claim.kind == KINDS[name]
    assert (claim.matched, claim.start, claim.number) == (name, 4, "")


def test_the_papers_of_the_plans_are_known() -> None:
    assert {
        "特许猎捕证",
        "狩猎证",
        "经营利用许可证",
        "人工繁育许可证",
        "允许进出口证明书",
        "专用标识",
        "批准文件",
        "合法来源证明",
    } <= set(PAPERS)


def test_the_longest_name_is_read() -> None:
    assert [claim.matched for claim in read("有人工繁育许可证")] == ["人工繁育许可证"]
    assert [claim.matched for claim in read("Cites证书")] == ["Cites证书"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("有经营利用许可证 编号：闽林护经字〔2024〕018号", "闽林护经字〔2024〕018号"),
        ("人工繁育许可证号（鄂林护繁2023-0456）", "鄂林护繁2023-0456"),
        ("人工繁育许可证：2023077", "2023077"),
        ("CITES证书 No.2019CN/EC000123", "2019CN/EC000123"),
        ("芯片编号 900123456789012", "900123456789012"),
        ("采集证号 GS20240012，支持查验", "GS20240012"),
        ("合法来源证明20260101", "20260101"),
        ("驯养繁殖许可证号：青林护（2019）第12号", "青林护（2019）第12号"),
        ("人工繁育许可证：鄂林护繁【2023】第0456号", "鄂林护繁【2023】第0456号"),
        ("驯养繁殖许可证号 国水野驯繁字（2021）第12号", "国水野驯繁字（2021）第12号"),
        ("特许猎捕证：水野捕字〔２０２１〕第 ３ 号", "水野捕字〔２０２１〕第 ３ 号"),
    ],
)
def test_the_number_is_read_as_it_is_written(text: str, number: str) -> None:
    assert [claim.number for claim in read(text)] == [number]


@pytest.mark.parametrize(
    "text",
    [
        "证件齐全 3000元一只",
        "手续齐全，价格12000元一只",
        "手续齐全 1500 包邮",
        "检疫证 1500元",
        "经营利用许可证 2800-3500一对",
        "专用标识齐全 13800001234",
        "有证，电话13800001111",
        "有证 微信demo_20241",
        "人工繁育许可证 138 0000 1234",
        "带证 98",
        "手续齐全。20240001",
    ],
)
def test_prices_and_telephones_are_no_numbers(text: str) -> None:
    assert [claim.number for claim in read(text)] == [""]


@pytest.mark.parametrize(
    "text",
    [
        "没有证",
        "没有专用标识",
        "无经营利用许可证",
        "不带标识",
        "不带芯片",
        "缺检疫证",
        "不需要狩猎证",
        "假的专用标识",
        "办不了养殖证",
        "未办理狩猎证",
    ],
)
def test_what_is_denied_is_not_claimed(text: str) -> None:
    assert read(f"出一对 {text} 懂的来") == ()


@pytest.mark.parametrize(
    "text", ["有证吗", "有证吗？急", "需要狩猎证吗", "安全证书", "有证据", "有证券账户", "带标本盒", "带标签"]
)
def test_a_question_or_another_word_is_no_claim(text: str) -> None:
    assert read(text) == ()


def test_a_denial_speaks_of_its_own_paper_alone() -> None:
    assert [claim.kind for claim in read("没有狩猎证，有人工繁育许可证")] == ["人工繁育许可证"]


def test_a_number_without_a_name_is_a_claim_beside_those_with_one() -> None:
    text = "有林护繁(2020)5号，水野驯繁字第（2021）12号，驯养繁殖许可证号：青林护（2019）12号，要的来"
    assert [(claim.number, claim.matched) for claim in read(text)] == [
        ("林护繁(2020)5号", "林护繁(2020)5号"),
        ("水野驯繁字第（2021）12号", "水野驯繁字第（2021）12号"),
        ("青林护（2019）12号", "驯养繁殖许可证"),
    ]
    assert {claim.kind for claim in read(text)} == {"人工繁育许可证"}


def test_a_number_that_names_its_paper_is_one_claim() -> None:
    (claim,) = read("出一对，国水野特许猎捕字〔2021〕第12号，要的来")
    assert (claim.kind, claim.number, claim.start) == ("特许猎捕证", "国水野特许猎捕字〔2021〕第12号", 4)


@pytest.mark.parametrize(
    "text",
    ["没有水野驯繁字〔2021〕12号", "水野驯繁字〔2021〕12号吗", "没有驯养繁殖许可证号 国水野驯繁字（2021）第12号"],
)
def test_a_number_that_is_denied_or_asked_for_is_not_claimed(text: str) -> None:
    assert read(text) == ()


def test_many_claims_are_a_list_of_words() -> None:
    assert len(read("狩猎证，" * 1000)) == MOST


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_spans_are_exact_in_order_and_numbers_stand_behind(text: str) -> None:
    found = read(text)
    assert all(text[claim.start : claim.end] == claim.matched for claim in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert all(claim.number in text[claim.start :] for claim in found)
    assert {claim.kind for claim in found} <= set(PAPERS)


@pytest.mark.parametrize(
    "piece",
    ["有证", "没有", "狩猎证：", "专用标识1", "证编号：〔", "带证 （", "cites 1-", "专用标识水野驯繁字（2021）1号"],
)
def test_hostile_repeats_end(piece: str) -> None:
    assert len(read(piece * (1_000_000 // len(piece)))) <= MOST


@pytest.mark.parametrize("name", [*KINDS, "CITES", "cİteſ"])
def test_every_name_has_the_sign_by_which_texts_are_read(name: str) -> None:
    assert HINT.search(name)
