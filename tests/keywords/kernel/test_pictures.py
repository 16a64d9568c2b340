"""Emoji that stand for characters are judged by the kernel as the detector reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keywords.results import Verdict
from tests.detectors import special
from tests.keywords.kernel.test_look import same
from tests.keywords.kernel.test_rules import LISTING, TALK
from tests.keywords.test_reference import PLAIN

if TYPE_CHECKING:
    from keywords.detector import Detector

DRAWN = [
    "🐘牙", "象🦷", "🐘🦷", "🐯骨", "虎🦴", "🐢", "🦅", "🦉", "🐍", "猫头🦅", "🐆皮", "🐘 牙", "🐘*🦷", "🐘，牙", "山🦅", "🐗套", "电🐟机", "🐟", "🦜", "野🐷",
    "🐘牙白", "白🐘牙牌", "🐱🦅", "🐆🐱", "犀🐂角", "🦏角", "🐻胆", "熊🦷", "鹿🐺",
]  # fmt: skip
PICTURED = st.lists(
    st.one_of(st.sampled_from(DRAWN), st.sampled_from(DRAWN), LISTING, st.sampled_from(TALK), st.sampled_from(PLAIN)),
    max_size=14,
).map("".join)
OFFERS = [
    "出🐘牙手串，老料，私聊", "低价出 🐯骨 500一斤 微信demo_abc1", "🐘🦷 老料 懂的来", "今天看见一只🦅飞过公园，孩子们都很高兴", "收🐍 活的 两条 面交", "🐱很可爱",
    "🐘牙白的墙，🐘牙色的漆", "猫头🦅 活的 1000 面交", "出🦅", "🦅出", "🐢🐢🐢", "🐘", "🦷出🐘", "偷偷出一批🐘牙 没有证 量大从优 私聊 500一件",
]  # fmt: skip

LATER = "。今天下班顺路去菜市场买了排骨和玉米，孩子的作业终于写完了"


@given(PICTURED, st.booleans())
@settings(max_examples=120, deadline=None)
def test_any_text_with_emoji_is_judged_alike(fast: Detector, slow: Detector, text: str, offered: bool) -> None:
    same(fast, slow, text, offered=offered)


@pytest.mark.parametrize("text", OFFERS)
def test_offers_with_emoji_are_judged_alike(fast: Detector, slow: Detector, text: str) -> None:
    same(fast, slow, text)
    same(fast, slow, text + LATER)


def test_most_offers_with_emoji_are_judged_here(fast: Detector) -> None:
    assert fast._looker
    found = [fast._looker.of(text + LATER, offered=False) for text in OFFERS]
    assert sum(one is None or isinstance(one, Verdict) for one in found) > len(OFFERS) - 3  # few are close calls


def test_an_emoji_makes_an_alert_here(fast: Detector) -> None:
    assert fast._looker
    offer = "偷偷出一批🐘牙手串，老料，没有证，量大从优，懂的私聊，500一件，今天下午在家里等你"
    assert fast._looker.of(offer, offered=False) is Verdict.ALERT


@pytest.mark.parametrize("text", [
    "🦅" * 300 + "出象牙", "鹰" * 2500 + "🦅", "🐘牙 " * 90, "🐘" * 3000, "🐘牙" * 2900, "象牙" * 200 + "🐘牙" + "今天" * 90, "\ud800🐘\0牙\U0010ffff",
])  # fmt: skip
def test_more_emoji_than_there_is_room_for_are_judged_alike(fast: Detector, slow: Detector, text: str) -> None:
    same(fast, slow, text)


@pytest.mark.parametrize("channels", [{"emoji": False}, {"variant": False}, {"inserted": False, "kit": False}])
def test_channels_that_are_off_are_off_here(channels: dict[str, bool]) -> None:
    quick, slow = special(channels=channels), special(channels=channels)
    slow._looker = None
    assert quick._looker
    for text in (*OFFERS, *DRAWN):
        same(quick, slow, text)
