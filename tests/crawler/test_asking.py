"""How lists and items of a site are asked for."""

from __future__ import annotations

import pytest

from crawler.asking import Asking
from crawler.config import Site

ITEM = {"title": "t", "url": "/api/{key}"}


def asking(**keys):
    return Asking(Site.model_validate({"name": "b", "start": "https://a.cn/list", **keys}))


def test_a_plain_site():
    plain = asking()
    assert (plain.list_meta, plain.item_meta, plain.list_headers) == ({}, {}, {})
    assert plain.item_url("https://a.cn/i/7", "7") == "https://a.cn/i/7"
    assert plain.item_headers({"If-None-Match": "x"}) == {"If-None-Match": "x"}


@pytest.mark.parametrize(
    ("item", "url", "key", "asked"),
    [
        (ITEM, "https://a.cn/i/7", "7", "https://a.cn/api/7"), (ITEM, "https://a.cn/i/7", "a/b?c", "https://a.cn/api/a%2Fb%3Fc"),
        ({**ITEM, "key": r"/i/(\d+)"}, "https://a.cn/i/7", "/i/7", "https://a.cn/api/7"), ({**ITEM, "key": r"\d+"}, "https://a.cn/i/7", "/i/7", "https://a.cn/api/7"),
        ({**ITEM, "key": r"x(\d+)"}, "https://a.cn/i/7", "7", "https://a.cn/api/7"), ({**ITEM, "url": "https://b.cn/{key}"}, "https://a.cn/i/7", "7", "https://b.cn/7"),
        ({"title": "t", "source": "#d"}, "https://a.cn/i/7", "7", "https://a.cn/i/7"),
    ],
)  # fmt: skip
def test_where_the_json_of_an_item_is(item, url, key, asked):
    assert asking(json={"item": item}).item_url(url, key) == asked


def test_what_a_browser_draws_is_asked_for_anew():
    drawn = asking(render="browser")
    assert (drawn.list_meta, drawn.item_meta) == ({"render": "lists"}, {"render": "items"})
    assert drawn.item_headers({"If-None-Match": "x"}) == {}
    assert asking(render={"lists": "browser"}).item_meta == {}


def test_json_is_asked_for_as_json():
    rules = {"list": {"rows": "a", "url": "/{id}"}, "item": ITEM}
    assert asking(json=rules).list_headers["Accept"].startswith("application/json")
    assert asking(json=rules).item_headers({"If-None-Match": "x"}).keys() == {"If-None-Match", "Accept"}
    held = asking(json={"list": {"rows": "a", "url": "/{id}", "source": "#d"}, "item": {"title": "t", "source": "#d"}})
    assert (held.list_headers, held.item_headers({})) == ({}, {})
