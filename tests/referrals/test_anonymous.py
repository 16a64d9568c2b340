from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referrals.anonymous import anonymise


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("查明犯罪嫌疑人赵铁柱通过网络出售，赵铁柱已归案", "查明犯罪嫌疑人赵某通过网络出售，赵某已归案"),
        ("当事人李四在网上出售", "当事人李某在网上出售"),
        ("嫌疑人李小花与村民李四", "嫌疑人李某甲与村民李某乙"),
        ("卖家：欧阳锋出售", "卖家：欧阳某出售"),
        ("犯罪嫌疑人张某、王某某", "犯罪嫌疑人张某、王某"),
        ("电话138-0000-1234", "电话某手机号"),
        ("微信号demo_owl88转账", "微信号某账号转账"),
        ("网店“林中客野味”下架", "某网店下架"),
        ("在林中客野味店查获", "在某野味店查获"),
        ("见 http://127.0.0.1/thread-1 一帖", "见 某网址 一帖"),
        ("驾驶甲A12345货车", "驾驶某车牌货车"),
        ("检查饭店12家、网店3家", "检查饭店12家、网店3家"),
        ("查获猫头鹰3只，价值2.5万元", "查获猫头鹰3只，价值2.5万元"),
    ],
)
def test_who_and_where_is_hidden(text, told):
    assert anonymise(text) == told


def test_what_is_known_of_the_pages_is_hidden_whatever_it_looks_like():
    text = "“鹰之家”主人用 yzj.owl 联系"
    assert anonymise(text, sellers=["鹰之家"], contacts=["yzj.owl"]) == "某网店主人用 某账号 联系"


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="嫌疑人张三李四在店“”微信号1380000a_ ，。", max_size=200))
def test_any_text_is_read_and_no_number_of_a_telephone_stays(text):
    assert "13800001234" not in anonymise(f"{text}，电话13800001234，{text}")


def test_long_texts_take_no_long_time():
    assert len(anonymise("嫌疑人" * 20_000 + "店" * 20_000)) > 20_000
