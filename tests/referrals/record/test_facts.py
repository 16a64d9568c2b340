from __future__ import annotations

import pytest

from referrals.exceptions import ReferralError
from referrals.record.facts import Officer, Witness, order_of, two_officers, witness_of


def test_two_officers_are_read_with_either_comma():
    assert two_officers(("张三,某县林业局,001", "李四，某县公安局， 002 ")) == (
        Officer("张三", "某县林业局", "001"),
        Officer("李四", "某县公安局", "002"),
    )


@pytest.mark.parametrize(
    "texts",
    [
        (),
        ("张三,局,001",),
        ("张三,局,001", "李四,局,002", "王五,局,003"),
        ("张三,局,001", "张三,局,002"),
        ("张三,局,001", "李四,局,001"),
        ("张三,局,001", "李四,局"),
        ("张三,局,001", "李四,,002"),
        ("张三,局,001", "李四,局,002,多"),
    ],
)
def test_anything_but_two_different_officers_is_refused(texts):
    with pytest.raises(ReferralError):
        two_officers(texts)


def test_a_witness_has_a_paper_or_there_is_a_reason():
    assert witness_of("王五，身份证 demo", None) == Witness("王五", "身份证 demo")
    assert witness_of(None, "夜间紧急") == Witness(absence="夜间紧急")
    assert witness_of(None, None) == Witness()
    with pytest.raises(ReferralError, match="只能用一个"):
        witness_of("王五,证", "原因")
    with pytest.raises(ReferralError, match="见证人应写成"):
        witness_of("王五", None)


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        (("张三,甲局,0011", "李四,乙局,0011"), "两人的证号相同：0011"),
        (("张三,甲局,0011", "张三,甲局,0012"), "两人的姓名和单位都相同：张三，甲局"),
    ],
)
def test_what_makes_two_officers_one_is_named(texts, complaint):
    with pytest.raises(ReferralError, match=complaint):
        two_officers(texts)


def test_people_of_one_name_are_two_where_unit_and_number_differ():
    assert "同名（张三）" in order_of(("张三,甲局,0011", "张三,乙局,0012"), None, None).caution
    assert order_of(PAIR, None, None).caution == ""


PAIR = ("张三,甲局,0011", "李四,甲局,0012")


def test_an_officer_is_no_witness():
    with pytest.raises(ReferralError, match="见证人不能是提取人：李四"):
        order_of(PAIR, "李四,身份证 demo", None)
    assert order_of(PAIR, "王五,身份证 demo", None).witness.name == "王五"


@pytest.mark.parametrize("bad", ["甲\n乙", "甲\x1b[31m", "甲\u202e乙", "甲\x00", "甲\r", "甲" * 201])
def test_statements_hold_no_control_characters_and_are_short(bad):
    for given in (
        {"place": bad}, {"case": bad}, {"absence": bad}, {"witness": f"{bad},证"}, {"officers": (f"{bad},甲局,1", PAIR[1])},
    ):  # fmt: skip
        with pytest.raises(ReferralError, match=r"控制字符|最多 200 个"):
            order_of(**{"officers": PAIR, "witness": None, "absence": None} | given)
    with pytest.raises(ReferralError, match=r"案由里有换行或控制字符（U\+001B）"):
        order_of(PAIR, None, None, case="甲\x1b乙")
