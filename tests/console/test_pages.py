from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from console import pages
from console.exceptions import Refusal
from console.wording import detail_text

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_times_are_those_of_the_office():
    shown = pages.times(datetime(2026, 11, 1, 17, 30, tzinfo=UTC), SHANGHAI)
    assert shown["local"](datetime(2026, 11, 1, 17, 30, tzinfo=UTC)) == "2026-11-02 01:30"
    assert shown["day"](datetime(2026, 11, 1, 17, 30, tzinfo=UTC)) == "2026-11-02"
    assert shown["local"](None) == shown["day"](None) == shown["ago"](None) == "—"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        ({"seconds": 5}, "刚刚"),
        ({"seconds": -5}, "即将"),
        ({"minutes": 3}, "3 分钟前"),
        ({"minutes": -3}, "3 分钟后"),
        ({"hours": 23, "minutes": 59}, "23 小时前"),
        ({"days": 400}, "400 天前"),
    ],
)
def test_ages(span, said):
    assert pages.ago(NOW - timedelta(**span), NOW) == said


@given(st.text())
def test_paths_of_ours_stay_on_this_server(text):
    path = pages.own_path(text)
    assert path.startswith("/")
    assert not path.startswith(("//", "/\\"))
    assert not set(path) & set("\r\n\t\0 ")


@pytest.mark.parametrize("text", ["-1", "1.5", "１", "1e3", "9" * 30, str(2**63), " 1", "0x1"])
def test_numbers_that_are_none_of_ours_are_refused(text):
    with pytest.raises(Refusal):
        pages.whole_number(text)


def test_numbers():
    assert pages.whole_number("") is pages.whole_number(None) is None
    assert pages.whole_number(str(2**63 - 1)) == 2**63 - 1


def test_addresses_keep_what_is_asked_for():
    assert pages.address_with({"a": "1", "b": "", "c": "象牙"}, a=None, d=5) == "c=%E8%B1%A1%E7%89%99&d=5"
    assert pages.address_with({"a": "\ud800"}) == "a=%3F"


def test_a_misspelt_fact_is_a_fault():
    with pytest.raises(UndefinedError):
        pages._environment().from_string("{{ mispelt }}").render()


def test_texts_are_escaped():
    assert pages._environment().from_string("{{ x }}").render(x="<b>&\"'") == "&lt;b&gt;&amp;&#34;&#39;"
    assert pages._environment().from_string("{{ x|plain }}").render(x="<b>\u202e") == "&lt;b&gt;\ufffd"
    assert pages._environment().from_string("{{ x|tidy(3) }}").render(x="猫\u200b头\u202e鹰") == "猫头鹰"


def test_details_in_words():
    assert detail_text({"roles": ["admin"], "odd": None, "ended": 2}) == "角色：系统管理员；odd：无；退出登录数：2"
    assert detail_text({"before": [], "yes": True}) == "原为：无；yes：是"
