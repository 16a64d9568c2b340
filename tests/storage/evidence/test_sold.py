"""The words by which a page says that its offer is over, and those that only sound like it."""

from __future__ import annotations

import pytest

from storage.evidence.sold import sold_by


@pytest.mark.parametrize(
    "title",
    [
        "【已售】画眉鸟一只", "[已出]猫头鹰标本", "画眉鸟 已出", "已出，画眉鸟", "画眉（已售出）", "（交易完成）捕鸟网", "穿山甲鳞片 已转让",
        "象牙手镯 售罄", "八哥一对 已卖掉", "该商品已下架", "［已售罄］夹子", "已成交 鹩哥", "鹦鹉 SOLD OUT", "已经出手 画眉", "画眉 缺货", "最后一只已售",
    ],
)  # fmt: skip
def test_a_title_that_says_it(title):
    assert sold_by(title, None, ()) is not None
    assert "标题" in sold_by(title, None, ())


@pytest.mark.parametrize(
    "title",
    [
        "出售画眉鸟", "已出一个，还剩两个", "已售 120 件 捕鸟网", "已售120+ 猎夹", "已售出3只，还有2只", "已出壳鹦鹉幼鸟", "已出窝画眉", "支持售后 猎夹",
        "未售出 画眉", "永不缺货 弩箭", "即将售罄 快来", "部分已售 画眉五只", "求购画眉 市面缺货", "已出栏竹鼠", "尚未卖完", "已售两只 剩一只",
        "代售 画眉", "出手画眉", "未下架", "快卖完了", "已售后无忧", "上架新品 画眉", "",
    ],
)  # fmt: skip
def test_a_title_that_only_sounds_like_it(title):
    assert sold_by(title, None, ()) is None


def test_price_state_and_stock_say_it():
    assert sold_by("画眉", "3000元 已售", ()) == "价格处标明“已售”"
    assert sold_by("画眉", "3000元（已售12）", ()) is None
    assert sold_by("画眉", None, [("库存", "0")]) == "“库存”一栏为“0”"
    assert sold_by("画眉", None, [("库存", "0 件")]) is not None
    assert sold_by("画眉", None, [("商品状态", "已售罄")]) is not None
    assert sold_by("画眉", None, [("交易状态", "交易完成")]) is not None
    assert sold_by("画眉", None, [("标签", "已售")]) is not None
    assert sold_by("画眉", None, [("Availability", "Out of stock")]) is not None


@pytest.mark.parametrize(
    "fact",
    [("库存", "10"), ("库存", "100件"), ("已售", "12"), ("销量", "已售120件"), ("商品状态", "在售"), ("交易状态", "未成交"), ("状态", "未下架"),
     ("品相", "已出壳"), ("状态", "部分已售")],
)  # fmt: skip
def test_facts_that_do_not_say_it(fact):
    assert sold_by("画眉", None, [fact]) is None


def test_the_text_counts_only_when_it_says_nothing_else():
    assert sold_by("画眉", None, (), "已出，谢谢大家") is not None
    assert sold_by("画眉", None, (), "已售") is not None
    assert sold_by("画眉", None, (), "已出一个，还剩两个") is None
    assert sold_by("画眉", None, (), "出售画眉鸟一只，上一只已售，微信 demo_owl") is None


def test_hostile_text_is_read_in_bounded_pieces():
    for text in ("已" * 10**5, "已售" * 10**5, "【" * 10**5, "剩 " * 10**5, "0" * 10**5, "交易已经" * 10**5):
        assert len(sold_by(text, text, [("库存", text), ("状态", text)] * 200, text) or "") < 100
