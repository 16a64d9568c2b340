"""JSON as sites send it, hostile ones included."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.reading.json_document import LONGEST, assigned, embedded, is_name, read_json
from crawler.reading.page import parse


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ('{"a":1}', {"a": 1}), ('\ufeff{"a":1}', {"a": 1}), ('cb({"a":1});', {"a": 1}), ('/**/ jQuery12_3.cb ( {"a":")"} ) ;\n', {"a": ")"}),
        (")]}',\n[1]", [1]), ("for(;;);[1]", [1]), ('{"a":1,"a":2}', {"a": 2}), ('{"a":NaN,"b":Infinity}', {"a": None, "b": None}),
        ('{"a":1e999999}', {"a": None}), ('{"a":0.10}', {"a": Decimal("0.10")}), ('{"a":' + "9" * 50 + "}", {"a": "9" * 50}),
        ('{"a":"x\ty"}', {"a": "x\ty"}), ('{"a":undefined,"b":"undefined"}', {"a": None, "b": "undefined"}), ("null", None), ("", None),
        ("<html>", None), ("{'a':1}", None), ('{"a":1} x', None), ("alert(1)", 1), ('{"a":', None),
    ],
)  # fmt: skip
def test_read(text, document):
    assert read_json(text) == document


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000, '"' * 300_001, '"\\' * 200_000]
)
def test_nesting_and_quotes_without_end_are_no_document(text):
    assert read_json(text) is None
    assert assigned(f"x={text}", "x") is None or text.startswith('"')


def test_more_than_any_list_holds_is_not_read():
    assert read_json("[" + "1," * (LONGEST // 2) + "1]") is None


def test_a_lone_surrogate_does_no_harm():
    assert read_json(r'{"a":"\ud800x"}') == {"a": "\ud800x"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_json_writes_is_read_back(document):
    assert read_json(json.dumps(document)) == document
    assert assigned(f"var s = 1; window.S = {json.dumps([document])}; next()", "window.S") == [document]


@pytest.mark.parametrize(
    ("script", "name", "document"),
    [
        ('window.__INITIAL_STATE__={"a":1};', "window.__INITIAL_STATE__", {"a": 1}),
        ('var __S__ = {"a":undefined}, y=2', "__S__", {"a": None}),
        ('if(window.S=={})x;window.S={"a":2}', "window.S", {"a": 2}),
        (r'window.S = JSON.parse("{\"a\":\"\\u8c61\"}")', "window.S", {"a": "象"}),
        ("window.S=(function(a){return {x:a}})(1)", "window.S", None),
        ('window.OTHERS={"a":1}', "window.S", None),
        ('let s={"a":1}', "S", None),
    ],
)
def test_variables(script, name, document):
    assert assigned(script, name) == document


def test_within_a_page():
    page = parse(
        b'<script id="d" type="application/json">{"a":"\xe8\xb1\xa1"}</script><script>window.S={"b":"<\\/p>"};x</script>',
        "http://a.cn/",
    )
    assert embedded(page, "#d") == {"a": "象"}
    assert embedded(page, "window.S") == {"b": "</p>"}
    assert embedded(page, "#other") is None
    assert embedded(page, "window.T") is None


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("#__NEXT_DATA__", True),
        ("window.S", True),
        ("$x.y", True),
        ("a b", False),
        ("#", False),
        ("x=1", False),
        ("", False),
    ],
)
def test_names(name, is_one):
    assert is_name(name) == is_one
