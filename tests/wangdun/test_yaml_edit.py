"""Single settings change; every other character stays."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.console.monitoring import CONFIG
from wangdun.yaml_edit import NotEditable, with_settings

SITE = ("crawler", "sites")


def edited(text, number, **wanted):
    return with_settings(text, (*SITE, number), wanted, after="start")


def test_a_value_is_replaced_and_its_comment_stays():
    assert edited(CONFIG, 0, every="2h") == CONFIG.replace("every: 6h   #", "every: 2h   #")


def test_a_key_is_taken_out_with_its_line():
    assert edited(CONFIG, 0, every=None) == CONFIG.replace("      every: 6h   # 白天四次\n", "")


def test_a_new_key_stands_below_the_start_pages():
    line = "        - https://shop.example.org/list   # 列表\n"
    assert edited(CONFIG, 1, every="1h") == CONFIG.replace(line, line + "      every: 1h\n")


def test_line_ends_of_windows_stay():
    text = CONFIG.replace("\n", "\r\n")
    made = edited(text, 0, enabled="false", every="2h")
    assert made.count("\n") == made.count("\r\n") == text.count("\r\n") + 1


def test_a_block_is_replaced_as_a_whole():
    text = CONFIG.replace(
        "every: 6h   # 白天四次", "active:\n        from: 2026-11-01\n        to: 2026-12-31\n      every: 6h"
    )
    made = edited(text, 0, active="{from: 2027-01-01}")
    assert "      active: {from: 2027-01-01}\n      every: 6h\n" in made


def test_the_first_key_of_a_site_is_emptied_not_taken_out():
    text = CONFIG.replace("- name: 示例论坛   # 最大的论坛\n", "- every: 6h\n      name: 示例论坛\n").replace(
        "      every: 6h   # 白天四次\n", ""
    )
    assert "- every: null\n" in edited(text, 0, every=None)


@pytest.mark.parametrize("wanted", ["6h\n      evil: true", "[", "&a 6h\n      b: *a", "6h, evil: 1}"])
def test_what_would_change_more_is_refused(wanted):
    with pytest.raises(NotEditable):
        edited(CONFIG, 2, enabled=wanted)


def test_a_value_that_others_refer_to_is_refused():
    text = CONFIG.replace("every: 6h   #", "every: &often 6h   #").replace('cron: "0 7 * * 1-5"', "every: *often")
    with pytest.raises(NotEditable):
        edited(text, 0, every="2h")


@given(st.text(alphabet="ab:#'\"{}[]\\ \n中", max_size=12))
@settings(max_examples=60)
def test_any_text_in_quotes_is_that_text(value):
    made = edited(CONFIG, 0, cron=json.dumps(value, ensure_ascii=False))
    assert yaml.safe_load(made)["crawler"]["sites"][0]["cron"] == value
    assert made.count("#") >= CONFIG.count("#")
