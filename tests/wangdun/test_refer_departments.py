from __future__ import annotations

import pytest

from referrals.config import NAMES, DepartmentConfig, ReferralsConfig
from wangdun.exceptions import UsageError
from wangdun.refer_departments import known_department

POLICE = DepartmentConfig(name="青山县公安局森林警察大队")
CONFIG = ReferralsConfig(departments={"public_security": POLICE})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("forestry", "forestry"), ("林业", "forestry"), (" 林业局 ", "forestry"), ("公安", "public_security"),
        ("公安局", "public_security"), ("公安机关", "public_security"), ("青山县公安局森林警察大队", "public_security"),
        ("市场监管局", "market_supervision"), ("网信办", "cyberspace"), ("平台", "platform"), ("邮政管理局", "postal"),
    ],
)  # fmt: skip
def test_a_department_is_known_by_what_people_call_it(text, code):
    assert known_department(text, CONFIG) == code


@pytest.mark.parametrize("text", ["国安局", "安全局", "公安厅", "税务局", "", "\ud800"])
def test_another_authority_is_never_taken_for_a_department(text):
    with pytest.raises(UsageError) as caught:
        known_department(text, CONFIG)
    assert "是不是" not in str(caught.value)
    for code, name in NAMES.items():
        assert f"{code} {name}" in str(caught.value)


def test_a_slip_in_a_code_is_named():
    with pytest.raises(UsageError, match="是不是 public_security？；可用：forestry 林业局"):
        known_department("public_securty", CONFIG)
