"""Lists in JSON: rows, identity, addresses, the next page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.platforms.recipe import load
from crawler.reading.json_board import read_json_board
from crawler.reading.json_rules import JsonList

URL = "https://api.example.cn/list?size=2&page=3"
RECIPE = load("generic")
ROWS = [
    {"id": 7, "name": "象牙 <b>手镯</b>", "fen": 123450, "seen": 3, "top": 0},
    {"id": "8", "name": "  猎夹\n转让 ", "fen": "面议", "seen": 4, "top": "1"},
]


def read(document, **more):
    rules = {"rows": "data.list[*]", "key": "id", "url": "https://www.example.cn/item/{id}", "title": "name", **more}
    return read_json_board(document, URL, JsonList.model_validate(rules), RECIPE)


def answer(rows=ROWS, **more):
    return {"data": {"list": rows, **more}}


def test_rows_are_those_of_a_list_page():
    board = read(answer(), price="fen", unit="分", activity="seen", pinned="top")
    assert [(row.key, row.title, row.url, row.pinned) for row in board.rows] == [
        ("8", "猎夹 转让", "https://www.example.cn/item/8", True),
        ("7", "象牙 手镯", "https://www.example.cn/item/7", False),
    ]
    assert board.next_url is None


@pytest.mark.parametrize(
    ("change", "offer", "activity"),
    [({"fen": 1}, True, False), ({"name": "新"}, True, False), ({"seen": 9}, False, True), ({"x": 1}, False, False)],
)
def test_a_row_changes_when_its_offer_or_its_activity_does(change, offer, activity):
    before, after = (
        read(answer([row]), price="fen", activity="seen").rows[0].signature.split(":")
        for row in (ROWS[0], ROWS[0] | change)
    )
    assert (before[0] != after[0], before[1] != after[1]) == (offer, activity)


@pytest.mark.parametrize(
    ("rows", "keys"),
    [
        ([None, 1, "x", [], {}, {"id": None}, {"id": True}, {"id": {}}, {"id": ""}], []), ([{"id": 1}, {"id": 1}], ["1"]),
        ([{"id": "x" * 300}], None), ([{"id": "a\nb"}], ["a b"]), ([{"id": "\ud800"}], ["?"]), ([{"id": 10**30}], None),
    ],
)  # fmt: skip
def test_hostile_rows(rows, keys):
    found = [row.key for row in read(answer(rows)).rows]
    if keys is None:
        assert len(found) == 1
        assert len(found[0]) <= 200
    else:
        assert found == keys


def test_rows_without_a_key_are_known_by_their_address():
    assert [row.key for row in read(answer(), key=[]).rows] == ["/item/7", "/item/8"]


@pytest.mark.parametrize(("url", "rows"), [("{u}", 0), ("/x/{id}", 1)])
def test_only_web_addresses_are_followed(url, rows):
    assert len(read(answer([{"id": 1, "u": "javascript:alert(1)"}]), url=url).rows) == rows


@pytest.mark.parametrize(
    ("following", "told", "address"),
    [
        ({"page": "page"}, {}, "https://api.example.cn/list?size=2&page=4"),
        ({"page": "p"}, {}, "https://api.example.cn/list?size=2&page=3&p=2"),
        ({"page": "p", "first": 0}, {}, "https://api.example.cn/list?size=2&page=3&p=1"),
        ({"page": "page", "pages": "data.pages"}, {"pages": 4}, "https://api.example.cn/list?size=2&page=4"),
        ({"page": "page", "pages": "data.pages"}, {"pages": "3"}, None),
        ({"page": "page", "more": "data.more"}, {"more": False}, None), ({"page": "page", "more": "data.more"}, {}, None),
        ({"page": "page", "more": "data.more"}, {"more": 1}, "https://api.example.cn/list?size=2&page=4"),
        ({"offset": "from"}, {}, "https://api.example.cn/list?size=2&page=3&from=2"),
        ({"cursor": "data.c", "parameter": "after"}, {"c": "a&b"}, "https://api.example.cn/list?size=2&page=3&after=a%26b"),
        ({"cursor": "data.c", "parameter": "after"}, {"c": None}, None), ({"cursor": "data.c", "parameter": "page"}, {"c": 3}, None),
        ({"address": "data.n"}, {"n": "/list?page=9"}, "https://api.example.cn/list?page=9"), ({"address": "data.n"}, {"n": ""}, None),
        ({"address": "data.n"}, {"n": URL}, None), ({"address": "data.n"}, {"n": "javascript:1"}, None),
    ],
)  # fmt: skip
def test_the_next_page(following, told, address):
    assert read(answer(**told), next=following).next_url == address


def test_an_empty_page_is_the_last():
    assert read(answer([]), next={"page": "page"}).next_url is None


@pytest.mark.parametrize(
    ("told", "total"),
    [({"total": 45}, 45), ({"total": "45"}, 45), ({"total": -1}, None), ({"total": "many"}, None), ({}, None)],
)
def test_how_many_there_are_in_all(told, total):
    assert read(answer(**told), total="data.total").total == total


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["data", "list", "id", "name"]), inner),
        max_leaves=20,
    )
)
def test_no_answer_is_too_strange(document):
    for row in read(document, price="fen", activity="name", next={"page": "page"}, total="data.total").rows:
        assert row.url.startswith("https://www.example.cn/item/")
        assert 0 < len(row.key) <= 200
