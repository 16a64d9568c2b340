"""What the kernel judges is judged as the rules and the learned judge in Python do it."""

from __future__ import annotations

import random
import re
from ctypes import c_int64, c_void_p
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.boundary import WINDOW
from keywords.context import _numbers
from keywords.fold import code_points
from keywords.kernel import rules as laid_out
from keywords.kernel.binding import open_library, plant_dictionary
from keywords.results import Verdict
from tests.detectors import special
from tests.keywords.kernel.test_look import same
from tests.keywords.test_reference import PLAIN

if TYPE_CHECKING:
    from keywords.detector import Detector

NAMES = [
    "象牙", "猎套", "穿山甲", "川山甲", "画眉", "猫头鹰", "犭苗头鹰", "虎皮", "电鱼机", "chuanshanjia", "csj", "ｃｓｊ", "象*牙", "玳瑁", "陆龟", "毒药",
    "鸟网", "山甲", "大象", "黄鸟", "皮子", "小叶紫檀", "石斛", "红隼", "海马", "野味", "夹子", "套子", "粘网", "钢丝套",
]  # fmt: skip
TALK = [
    "出", "收", "卖", "低价", "出售", "诚心", "私聊", "包邮", "500", "2只", "300一斤", "一口价", "￥", "¥ ", "13800001234", "微信demo_abc1", "加abc123",
    "牌", "色", "造型", "玩具", "不卖", "没有", "不收", "植物", "的", "假", "仿", "卡通", "新闻", "民警查获", "举报", "救助", "游戏", "有证", "办证", "养殖",
    "野生", "活的", "刚打的", "手工", "急出", "懂的来", "，", "。", "、", " ", "\n", "*", "12345", "微信a12345", "12345_b", "é12345", "110", "138", "大量", "一批", "要的", "价是80", "qq12345678", "色泽",
]  # fmt: skip
LISTING = st.lists(st.one_of(st.sampled_from(NAMES), st.sampled_from(TALK), st.sampled_from(PLAIN)), max_size=30).map(
    "".join
)
DIGITS = st.text(
    "0123456789一二两十百万只条元块w每/价卖要共是钱qvwx扣企鹅微信薇威号:加abz公斤包邮一口价不还全拿要，人走",
    max_size=40,
)
LETTERS = re.compile(r"[\u4E00-\u9FD5a-zA-Z0-9]+")
KNOWN = {0: "word", 1: "inside", 2: "across"}


@pytest.fixture(scope="module")
def judging(fast: Detector):
    """The fast detector once it judges, with its library and what it judges by."""
    assert fast._looker
    fast.detect("今天下午去看了一只猫头鹰，回家做饭，吃完就睡觉了")
    return fast._looker._tables.kept["rules"]


@given(LISTING, st.booleans())
@settings(max_examples=100, deadline=None)
def test_any_listing_is_judged_alike(fast: Detector, slow: Detector, text: str, offered: bool) -> None:
    same(fast, slow, text, offered=offered)


@given(
    st.lists(
        st.sampled_from(
            ["象牙", "色", "*", "，", "不卖", "出", " ", "牌电钻", "、", "现货", "低价", "小", "的", "植物"]
        ),
        max_size=24,
    )
)
@settings(max_examples=70, deadline=None)
def test_what_stands_beside_is_judged_alike(fast: Detector, slow: Detector, parts: list[str]) -> None:
    same(fast, slow, "今天说说家里的老物件，照片在楼下" + "".join(parts))


@given(DIGITS)
@settings(max_examples=200, deadline=None)
def test_numbers_are_read_alike(judging, text: str) -> None:
    library = open_library()
    assert library
    library.wd_numbers.argtypes = [c_void_p, c_int64, c_void_p, c_void_p]
    library.wd_numbers.restype = c_int64
    sets, found = judging.kept["sets"], np.zeros((4, 4), dtype=np.int64)
    names = {1 << int(sets[9 + place]): name for place, name in enumerate(laid_out.MORE_GROUPS)}
    codes = code_points(text)
    count = library.wd_numbers(codes.ctypes.data, codes.size, sets.ctypes.data, found.ctypes.data)
    cues = [(names[group], start, end) for start, end, group, _ in found[:count].tolist()]
    assert sorted(cues) == sorted((cue.group, cue.start, cue.end) for cue in _numbers(text))


@given(
    st.lists(st.sampled_from([*NAMES, *TALK, *"低价出猎套象牙白大小a1"]), min_size=1, max_size=8).map("".join),
    st.data(),
)
@settings(max_examples=150, deadline=None)
def test_windows_are_cut_alike(fast: Detector, judging, text: str, data) -> None:
    library = open_library()
    assert library
    library.wd_cut.argtypes = [c_void_p, c_void_p, c_int64, c_int64, c_int64]
    window = text[: 2 * WINDOW + 3]
    start = data.draw(st.integers(0, len(window) - 1))
    end = data.draw(st.integers(start + 1, min(len(window), start + 3)))
    codes = code_points(window)
    found = library.wd_cut(_address(judging), codes.ctypes.data, codes.size, start, end)
    if not LETTERS.fullmatch(window):
        assert found == -1
    else:
        assert KNOWN[found] == fast._judge._cut_window(window, start, end).verdict


def _address(structure) -> int:
    from ctypes import addressof

    return addressof(structure)


def test_characters_that_are_surely_no_digits_are_none() -> None:
    sure = [*range(0x3001, 0x3100), *range(0x3400, 0xA000)]
    assert not any(chr(code).isdigit() for code in sure)


def test_characters_that_are_surely_seen_are_seen() -> None:
    from unicodedata import category

    sure = [*range(128), *range(0x3000, 0xA000), *range(0xFF01, 0xFFF0)]
    assert not any(category(chr(code)) == "Cf" for code in sure)


def test_most_texts_with_names_are_judged_here(fast: Detector) -> None:
    assert fast._looker
    chance, told = random.Random(11), []
    for _ in range(200):
        talk = chance.choices(PLAIN, k=8)
        talk.insert(chance.randrange(8), "，".join(chance.sample(NAMES[:8], 2)))
        told.append(fast._looker.of("，".join(talk), offered=False))
    assert sum(isinstance(one, Verdict) for one in told) > 170


@pytest.mark.parametrize("text", [
    "象牙 " * 300, "出象牙手串，老料，私聊。" * 40, "象牙白 " * 90, "低价出猎套，包邮，私聊，懂的来。" * 60, "今天去公园" * 1300 + "出穿山甲片 私聊",
    "象牙" + "今天天气不错" * 200 + "出穿山甲片 私聊" + "明天也好" * 200 + "收虎皮", "12345 110 13800001234 " * 50 + "象牙",
])  # fmt: skip
def test_more_than_there_is_room_for_is_judged_alike(fast: Detector, slow: Detector, text: str) -> None:
    same(fast, slow, text)


@pytest.mark.parametrize("limits", [{"alert": 36.0, "review": 35.5}, {"review": 0.5}, {"alert": 100.0, "review": 20.0}])
def test_other_limits_are_judged_alike(limits: dict[str, float]) -> None:
    quick, slow = special(**limits), special(**limits)
    slow._looker = None
    assert quick._looker
    for text in (
        "出象*牙手串，老料，私聊，今天在家里等你来看",
        "今天看见一只猫头鹰飞过公园，孩子们都很高兴",
        "收穿山甲片 有证 500一斤 微信demo_abc1，诚心的来聊",
    ):
        same(quick, slow, text)


def test_limits_too_close_to_each_other_are_left_to_the_twins(fast: Detector) -> None:
    points = fast._facts.points
    from dataclasses import replace

    assert laid_out.are_judged(points)
    assert not laid_out.are_judged(replace(points, alert=points.review + 1))
    assert not laid_out.are_judged(replace(points, review=0.5))


def test_a_dictionary_may_hold_anything(judging) -> None:
    library = open_library()
    assert library
    for lines in (
        b"",
        b"\n",
        b"a",
        "象牙\n".encode(),
        "象\n0\n象牙\n7\n𠀀字\n3\n".encode(),
        b"\xff\xfe\n12\n\xe8\xb1",
        b"x" * 500 + b"\n1\n",
    ):
        known = plant_dictionary(library, lines, 100)
        assert known is not None
    trie, weights = plant_dictionary(library, "象\n0\n象牙\n7\n".encode(), 100) or (None, None)
    assert trie is not None
    assert weights is not None
    assert weights[1] == pytest.approx(np.log(0.07))


def test_claims_of_permits_keep_an_alert_a_review(fast: Detector, slow: Detector) -> None:
    alert = "出象*牙手串，老料，私聊，量大从优，懂的来，偷偷出，不带证"
    numbered = alert.replace("不带证", "水野驯繁字第（2021）12号")
    for text in (alert, alert.replace("不带证", "手续齐全"), alert + "，有合法来源证明 编号：林护2023-0012", numbered):
        same(fast, slow, text)
    assert fast.detect(alert.replace("，不带证", "")).verdict is Verdict.ALERT
    assert fast.detect(numbered).verdict is Verdict.REVIEW  # a number without its paper's name clears nothing, either
