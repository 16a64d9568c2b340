"""Kits of harmless parts are judged by the kernel as the detector reads them."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.results import Verdict
from tests.keywords.kernel.test_look import same
from tests.keywords.kernel.test_rules import TALK
from tests.keywords.test_reference import PLAIN

if TYPE_CHECKING:
    from keywords.detector import Detector

WHY = [
    "捕鱼",
    "打鱼",
    "野鱼",
    "打猎",
    "偷偷",
    "野生",
    "晚上",
    "出",
    "私聊",
    "举报",
    "露营",
    "民警",
    "游戏",
    "12v",
    "🐟",
    "象牙",
]
DEVICE = "出一套 电瓶 升压器 逆变器 网兜 头灯 捕鱼用 偷偷出 私聊"


@given(st.data(), st.booleans())
@settings(max_examples=120, deadline=None)
def test_any_parts_are_judged_alike(fast: Detector, slow: Detector, data, offered: bool) -> None:
    parts = sorted(fast._sight.finders[0].words)
    pieces = st.one_of(st.sampled_from(parts), st.sampled_from(WHY), st.sampled_from(TALK), st.sampled_from(PLAIN))
    text = "".join(data.draw(st.lists(st.one_of(st.sampled_from(parts), pieces), max_size=16)))
    same(fast, slow, text, offered=offered)


def test_each_kit_is_judged_alike(fast: Detector, slow: Detector) -> None:
    finder = fast._sight.finders[0]
    chance = random.Random(13)
    for number, kit in enumerate(finder.kits):
        own = sorted(word for word in finder.words if any(of == number for of, _ in finder.roles(word)))
        for apart in ("", " ", "，今天" * kit.within):
            text = apart.join(chance.sample(own, min(len(own), 9)))
            for why in ("", "捕鱼打猎用，偷偷出，私聊", chance.choice([*kit.exclude_near, "出"])):
                same(fast, slow, text + why)


def test_a_kit_is_found_and_judged_here(fast: Detector, slow: Detector) -> None:
    assert fast._looker
    assert any(hit.channel == "kit" for hit in slow.detect(DEVICE).hits)
    assert isinstance(fast._looker.of(DEVICE + "。孩子的作业终于写完了，周末想去爬山", offered=False), Verdict)


@pytest.mark.parametrize("text", [DEVICE * 12, "电瓶升压器逆变捞鱼网兜头灯" * 60, "电瓶" * 900 + "捕鱼"])
def test_more_parts_than_there_is_room_for_are_judged_alike(fast: Detector, slow: Detector, text: str) -> None:
    same(fast, slow, text)
