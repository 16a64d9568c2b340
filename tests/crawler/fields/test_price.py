"""Prices as pages write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.fields.price import read_price
from crawler.items import Price

CNY = "CNY"


@pytest.mark.parametrize(
    ("text", "amount", "currency", "unit"),
    [
        ("3000元/只", "3000", CNY, "只"),
        ("¥3,371.00", "3371", CNY, None),
        ("￥３,３７１", "3371", CNY, None),
        ("¥ 88", "88", CNY, None),
        ("RMB300", "300", CNY, None),
        ("300 RMB", "300", CNY, None),
        ("人民币3000元", "3000", CNY, None),
        ("¥3.5万", "35000", CNY, None),
        ("3.5w一条", "35000", CNY, "条"),
        ("2k/只", "2000", CNY, "只"),
        ("一千二百元", "1200", CNY, None),
        ("三千五", "3500", CNY, None),
        ("两万三", "23000", CNY, None),
        ("壹仟贰佰圆整", "1200", CNY, None),
        ("3千5", "3500", CNY, None),
        ("1万2千", "12000", CNY, None),
        ("3万5000元", "35000", CNY, None),
        ("两百一对", "200", CNY, "对"),
        ("三百五一只", "350", CNY, "只"),
        ("五百块钱一只", "500", CNY, "只"),
        ("300块", "300", CNY, None),
        ("300块5只", "300", CNY, None),
        ("三块五", "3.5", CNY, None),
        ("3块5一斤", "3.5", CNY, "斤"),
        ("5元8角", "5.8", CNY, None),
        ("8毛/斤", "0.8", CNY, "斤"),
        ("5-8元/斤", "5", CNY, "斤"),
        ("100～200元", "100", CNY, None),
        ("3-5万元", "30000", CNY, None),
        ("5000-1万元", "5000", CNY, None),
        ("5千至8千", "5000", CNY, None),
        ("¥100 - ¥200", "100", CNY, None),
        ("99.9/斤", "99.9", CNY, "斤"),
        ("99.9 元/公斤", "99.9", CNY, "公斤"),
        ("120元/千克", "120", CNY, "千克"),
        ("120元/kg", "120", CNY, "公斤"),
        ("15元每克", "15", CNY, "克"),
        ("售价:￥150元/每斤", "150", CNY, "斤"),
        ("300元/500克", "300", CNY, "500克"),
        ("每只300元", "300", CNY, "只"),
        ("一斤50", "50", CNY, "斤"),
        ("80/隻", "80", CNY, "只"),
        ("价格：3000元", "3000", CNY, None),
        ("售价 3500元一只 包邮", "3500", CNY, "只"),
        ("2只 500元", "500", CNY, None),
        ("原价¥500 现价¥300", "300", CNY, None),
        ("¥300 ¥500", "300", CNY, None),
        ("运费10元 售价200元", "200", CNY, None),
        ("3000", "3000", None, None),
        ("价格: 3,000.50", "3000.50", None, None),
        ("$12.50", "12.50", "USD", None),
        ("US$ 12", "12", "USD", None),
        ("HK$88", "88", "HKD", None),
        ("NT$1,200", "1200", "TWD", None),
        ("€99", "99", "EUR", None),
        ("1.299,00 €", "1299", "EUR", None),
        ("1.299 €", "1299", "EUR", None),
        ("12,50 €", "12.50", "EUR", None),
        ("£9.99", "9.99", "GBP", None),
        ("RM 120", "120", "MYR", None),
        ("500泰铢", "500", "THB", None),
        *(
            (f"10元/{unit}", "10", CNY, unit)
            for unit in [
                "只",
                "条",
                "斤",
                "公斤",
                "千克",
                "克",
                "对",
                "个",
                "株",
                "棵",
                "张",
                "台",
                "套",
                "尾",
                "头",
                "把",
                "瓶",
                "盒",
                "件",
                "米",
            ]
        ),
    ],
)
def test_amounts(text, amount, currency, unit):
    assert read_price(text) == Price(text, Decimal(amount), currency, unit)


@pytest.mark.parametrize(
    "text",
    [
        "面议",
        "价格：面议",
        "电议",
        "私聊",
        "价格私信",
        "价格：电话联系",
        "0",
        "¥0.00",
        "0元",
        "價格面議",
        "电议 13800001234",
    ],
)
def test_negotiable(text):
    assert read_price(text) == Price(text, negotiable=True)


def test_amount_that_can_be_talked_about():
    assert read_price("300元/只 可议价") == Price("300元/只 可议价", Decimal(300), CNY, "只", negotiable=True)


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "abc", "13800001234", "138-0000-1234", "电话13800001234", "13800001234元", "2026-10-16", "10-16", "3条", "v1.2.3",
        "一", "一只", "微信demo_300", "192.168.1.1", "¥", "元", "暂无", "1/2", "第3楼", "\ud800", "订单99999999999999999999",
    ],
)  # fmt: skip
def test_no_price(text):
    assert read_price(text) is None


def test_white_space_is_folded_in_the_text():
    assert read_price(" ¥\u00a03,371.00\n /\u3000只 ") == Price("¥ 3,371.00 / 只", Decimal("3371.00"), CNY, "只")


def test_prose_gives_the_place_of_the_price():
    prose = (
        "本店成立多年，诚信经营，欢迎新老顾客光临选购。" * 6 + "猎夹 120元/只，电话13800001234。" + "量大从优。" * 20
    )
    assert read_price(prose) == Price("120元/只", Decimal(120), CNY, "只")
    assert read_price("本店成立多年，诚信经营3000。" * 30) is None


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=60)
    | st.text(st.sampled_from("0123456789.,-~ 万千百十一二两三五元块毛角¥$€/每只斤kw原价面议至\ud800"), max_size=40)
    | st.text(
        st.sampled_from("0123456789.,-~ 万千百十一二两三五元块毛角¥$€/每只斤kw原价面议至好"), min_size=125, max_size=400
    )
)
def test_any_text_reads_and_its_own_text_reads_the_same(text):
    price = read_price(text)
    if price is not None:
        assert price.negotiable or price.amount is not None
        assert price.amount is None or price.amount > 0
        assert read_price(price.text) == price


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10**8))
def test_grouped_and_plain_numbers_agree(number):
    assert read_price(f"¥{number:,}") == Price(f"¥{number:,}", Decimal(number), CNY)
    assert read_price(f"{number}元") == Price(f"{number}元", Decimal(number), CNY) or str(number).startswith("1")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("一口价：380包邮", 380),
        ("380包邮", 380),
        ("9.9 包邮", Decimal("9.9")),
        ("80（不含运费）", 80),
        ("售价 380 不议价", 380),
        ("不议价，380，不包邮", 380),
        ("画眉鸟，会唱，" * 20 + "一口价380包邮，要的来", 380),
    ],
)
def test_firm_amounts_in_the_words_of_trade(text, amount):
    price = read_price(text)
    assert (price.amount, price.currency, price.negotiable) == (amount, "CNY", False)


@pytest.mark.parametrize(("text", "amount"), [("1200可小刀", 1200), ("2.5万可刀", 25000), ("售价380可议", 380)])
def test_amounts_that_may_be_beaten_down(text, amount):
    price = read_price(text)
    assert (price.amount, price.currency, price.negotiable) == (amount, "CNY", True)


@pytest.mark.parametrize("text", ["满99包邮", "拍2包邮", "买 3 包邮", "全场包邮", "谢绝议价"])
def test_words_of_trade_without_a_price(text):
    assert read_price(text) is None


@pytest.mark.parametrize("text", ["QQ：12345678 可议", "13800001234可议"])
def test_accounts_are_no_amounts(text):
    assert read_price(text).amount is None


@pytest.mark.parametrize(
    ("text", "amount"),
    [("运费10，380包邮", 380), ("￥３,３７１", 3371), ("3,371元", 3371), ("原价500，现价120元", 120)],
)
def test_a_chinese_comma_parts_two_numbers(text, amount):
    assert read_price(text).amount == amount
