"""Paths into JSON and templates of addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.exceptions import RecipeError
from crawler.reading.json_paths import MOST, compile_path, fill, find

DOCUMENT = {
    "data": {
        "list": [{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": []}, None, "x"],
        "a.b": 7,
        "空": {"标题": "出售"},
    },
    "pairs": [[1, 2], [3]],
    "byid": {"7": {"t": "七"}, "8": {"t": "八"}},
    "none": None,
    "no": False,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("data.list[*].id", [1, 2]), ("data.list[1].id", [2]), ("data.list[*].tags[*]", ["a", "b"]), ("pairs[*][0]", [1, 3]),
        ("pairs[0][1]", [2]), ('data."a.b"', [7]), ("data.空.标题", ["出售"]), ("byid[*].t", ["七", "八"]), ("none", []), ("no", [False]),
        ("missing.a", []), ("data.list.id", []), ("data[0]", []), ("data.list[99]", []), ("pairs[*].x", []), (".", [DOCUMENT]),
    ],
)  # fmt: skip
def test_found(path, found):
    assert find(DOCUMENT, path) == found


@pytest.mark.parametrize(
    "path",
    ["", " ", "a..b", ".a", "a.", "a[", "a[-1]", "a[x]", "a b", "$.a", "a[?(@.x)]", "a[*", '"', "a{b}", "a.*", "a[0]b"],
)
def test_no_paths(path):
    if path == "$.a":  # a dollar may well be the name of a key
        assert compile_path(path) == ("$", "a")
        return
    with pytest.raises(RecipeError, match="JSON 路径无法识别"):
        compile_path(path)


def test_a_path_finds_no_more_than_can_be_read():
    assert len(find([[1] * 100] * 100, "[*][*]")) == MOST


@pytest.mark.parametrize(
    ("template", "values", "address"),
    [
        ("/item/{id}", {"id": "7"}, "/item/7"), ("/item/{id}", {"id": "../../admin?x#y"}, "/item/..%2F..%2Fadmin%3Fx%23y"),
        ("/item/{id}", {"id": ".."}, None), ("/item/{id}", {"id": ""}, None), ("/item/{id}", {}, None),
        ("{url}", {"url": "https://a.cn/x?y=1"}, "https://a.cn/x?y=1"), ("{a}/{b}", {"a": "/x", "b": "象牙"}, "/x/%E8%B1%A1%E7%89%99"),
        ("/i/{id}", {"id": "\ud800"}, "/i/%3F"), ("/i/{id}", {"id": "x" * 3000}, None),
    ],
)  # fmt: skip
def test_filled(template, values, address):
    assert fill(template, values) == address


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_no_document_is_too_strange(document):
    for path in (".", "a", "[*]", "[*][*].a", "a[0].b[*]"):
        assert None not in find(document, path)
