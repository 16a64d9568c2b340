from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.claims import PAPERS
from keywords.numbered import MATTERS, numbers

LONGEST = 20_000
PIECES = st.sampled_from(
    [
        "国",
        "粤",
        "水野",
        "林护",
        "濒管",
        "驯繁",
        "经",
        "出",
        "字",
        "第",
        "（2021）",
        "〔２０２１〕",
        "2021-",
        "12",
        "号",
        "只",
        " ",
    ]
)


def read(text: str) -> list[tuple[str, str]]:
    return [(one.kind, text[one.start : one.end]) for one in numbers(text, LONGEST)]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("水野驯繁字第（2021）12号", "人工繁育许可证"),
        ("国水野驯繁字〔2010〕第 012 号", "人工繁育许可证"),
        ("（京）水野驯繁字第2021012号", "人工繁育许可证"),
        ("水野驯繁(粤)字第12号", "人工繁育许可证"),
        ("水野（驯繁）字〔二〇二一〕第十二号", "人工繁育许可证"),
        ("(2021)水野驯繁字第12号", "人工繁育许可证"),
        ("农渔野繁（2021）12号", "人工繁育许可证"),
        ("川林护驯繁2021-012号", "人工繁育许可证"),
        ("浙杭林护驯繁（2019）字第12号", "人工繁育许可证"),
        ("湘林野繁字〔２０２１〕第１２号", "人工繁育许可证"),
        ("陆野驯繁字[2021]第12号", "人工繁育许可证"),
        ("京驯繁证字第12号", "人工繁育许可证"),
        ("苏水野经字【2021】第0012号", "经营利用许可证"),
        ("粤水野经营利用字〔2021〕第12号", "经营利用许可证"),
        ("川水野经利字（2021）12号", "经营利用许可证"),
        ("国水野特许猎捕字〔2021〕第12号", "特许猎捕证"),
        ("水野捕字[2021]第3号", "特许猎捕证"),
        ("农野采字﹝2021﹞第3号", "采集证"),
        ("濒管（2019）出字第123号", "允许进出口证明书"),
        ("濒办进字〔2018〕12号", "允许进出口证明书"),
        ("2019CN/EC000123/GZ", "允许进出口证明书"),
        ("林护许准〔2021〕1234号", "批准文件"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "自家养的，{}，可看", "证号：{} 3000元一对", "【{}】"])
def test_a_number_is_read_whole(number: str, kind: str, around: str) -> None:
    assert read(around.format(number)) == [(kind, number)]


def test_words_in_front_are_no_part_of_it() -> None:
    assert read("本店有粤水野驯繁字〔2021〕第12号") == [("人工繁育许可证", "粤水野驯繁字〔2021〕第12号")]


@pytest.mark.parametrize(
    "text",
    [
        "人工驯养（2021）12只",
        "野生驯养2020-2021年",
        "驯养第2代，繁育第3代",
        "驯养12号发货",
        "水族驯养100只",
        "农经〔2021〕12号",
        "林护发〔2008〕26号",
        "公告2021年第3号",
        "(粤)船捕(2021)HY-100123号",
        "出2021年12号的",
        "进口2019款，出口12号",
        "经营（2020）3号楼",
        "驯繁 13800001111",
    ],
)
def test_animals_dates_and_notices_are_none(text: str) -> None:
    assert read(text) == []


def test_the_kinds_are_those_of_claims() -> None:
    assert set(MATTERS) <= set(PAPERS)


@given(st.lists(PIECES, max_size=14).map("".join))
@settings(max_examples=200, deadline=None)
def test_numbers_lie_within_the_text_and_apart(text: str) -> None:
    found = list(numbers(text, LONGEST))
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@pytest.mark.parametrize(
    "piece",
    [
        "水野驯繁字第",
        "水野驯繁字（2021",
        "林野渔护水",
        "繁",
        "（2021）",
        "粤广水野（2021）",
        "经(a)字 第 ",
        "驯繁AAAA-1",
    ],
)
def test_hostile_repeats_take_time_by_their_length(piece: str) -> None:
    began = time.process_time()
    assert sum(1 for _ in numbers(piece * (1_000_000 // len(piece)), 1_000_000)) == 0
    assert time.process_time() - began < 10
