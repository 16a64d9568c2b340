from __future__ import annotations

import pytest

from referrals.exceptions import ReferralError
from referrals.record.facts import Officer, Witness, two_officers, witness_of


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
