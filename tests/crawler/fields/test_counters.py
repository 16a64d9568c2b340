"""Counters and ages, alone on a line, beside facts, and words that only look like them."""

from __future__ import annotations

import pytest

from crawler.fields.counters import without_counter_lines, without_counters

ALONE = (
    "浏览：120次", "阅读 45", "点击：3", "点击数: 1,203", "人气 3.4万", "人气值1234567", "3天前更新", "更新于 5 分钟前", "120 次浏览",
    "已有45人看过", "浏览：120次 | 收藏 3 | 3天前更新", "浏览\n120", "浏览次数：\n1,203", "Views: 45", "45 views", "刚刚更新", "浏览(45)",
    "浏览120收藏3", "本页已被浏览 7 次",
)  # fmt: skip
PROSE = (
    "收藏 45元一只", "查看 13800001234", "查看 QQ 1234567", "欢迎阅读，3元一只", "点击 3元", "阅读45分钟", "收藏 20年老料", "点击查看",
    "浏览 12345678", "3年老店", "发布时间：2026-10-16", "人气20.5元", "阅读 138-0000-1234",
)  # fmt: skip


@pytest.mark.parametrize("line", ALONE)
def test_a_counter_alone_on_its_line_goes(line):
    for told in (without_counters, without_counter_lines):
        assert told(f"出地笼\n{line}\n微信 demo_dilong") == "出地笼\n微信 demo_dilong"
        assert told(line) == ""


@pytest.mark.parametrize("line", PROSE)
def test_what_only_looks_like_a_counter_stays(line):
    text = f"出地笼\n\n{line}\n浏览：1次"
    assert without_counters(text) == without_counter_lines(text) == f"出地笼\n\n{line}"


def test_a_counter_beside_facts_takes_nothing_else_along():
    line = "发布时间：2026-10-16 浏览：120次 联系人：李先生"
    assert without_counter_lines(f"{line}\n阅读 3") == line
    assert without_counters(line).split() == ["发布时间：2026-10-16", "联系人：李先生"]


@pytest.mark.parametrize("text", ["", "\n", " 出地笼 \n\n\n", "出地笼\n微信 demo_dilong"])
def test_a_text_without_counters_is_returned_as_it_is(text):
    assert without_counters(text) == without_counter_lines(text) == text


@pytest.mark.parametrize("piece", ["浏览", "浏览   ", "1", "1万+ ", "更新于   ", "已被", "浏览\n", "1,234", "刚刚"])
def test_survives_long_hostile_text(piece):
    assert isinstance(without_counters(piece * (100_000 // len(piece)) + "浏览 3"), str)
