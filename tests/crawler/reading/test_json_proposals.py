"""From what a browser showed to where it stands in the JSON behind it."""

from __future__ import annotations

import pytest

from crawler.platforms.recipe import load
from crawler.reading.json_board import read_json_board
from crawler.reading.json_proposals import (
    drawn_links,
    is_drawn_by_script,
    propose_json_item,
    propose_json_list,
    sources,
)
from crawler.reading.json_rules import JsonItem, JsonList
from crawler.reading.page import parse

URL = "https://m.example.cn/api/list?pageNo=1&size=20"
LINKS = {f"第{number}号 闲置转让": f"https://m.example.cn/detail/{number}.html" for number in (71, 72, 73)}
ROWS = [
    {
        "goods_id": number,
        "shop_id": 5,
        "goods": {"name": f"第{number}号 闲置转让 "},
        "market_price": 9,
        "price": "12.5",
        "reply_num": 3,
    }
    for number in (71, 72, 73)
]
ADS = [{"id": number, "title": "广告", "link": "/ad"} for number in range(9)]


def answer(rows=ROWS):
    return {"code": 0, "data": {"ads": ADS, "result": {"items": rows, "totalCount": 60, "hasMore": True}}}


def test_a_list_is_found_by_its_drawn_titles_and_addresses():
    rules = propose_json_list(answer(), URL, LINKS)
    assert rules == {
        "rows": "data.result.items[*]", "key": "goods_id", "url": "/detail/{goods_id}.html", "title": "goods.name", "price": "price",
        "activity": "reply_num", "next": {"page": "pageNo", "more": "data.result.hasMore"}, "total": "data.result.totalCount",
    }  # fmt: skip
    board = read_json_board(answer(), URL, JsonList.model_validate(rules), load("generic"))
    assert {row.title: row.url for row in board.rows} == LINKS
    assert board.next_url == "https://m.example.cn/api/list?size=20&pageNo=2"


def test_pages_of_another_host_are_named_in_full():
    links = {title: url.replace("m.example", "www.example") for title, url in LINKS.items()}
    assert propose_json_list(answer(), URL, links)["url"] == "https://www.example.cn/detail/{goods_id}.html"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        ROWS[:1],
        [{**row, "goods": "别的"} for row in ROWS],
        [{**row, "goods_id": None} for row in ROWS],
        [None, 1, "x"],
    ],
)
def test_nothing_is_proposed_that_does_not_read_what_was_drawn(rows):
    assert propose_json_list(answer(rows), URL, LINKS) == {}


def test_an_item_is_found_by_its_title():
    goods = {"id": 71, "title": "第71号 闲置转让", "content": "<p>老料，有意加微信 demo_shop</p>", "price_fen": 1250, "user": {"nickname": "演示"},
             "create_time": 1792137600, "city": "青川", "mobile": "13800000001", "pics": [{"url": "/a.jpg"}]}  # fmt: skip
    document = {"code": 0, "data": {"goods": goods, "related": [{"title": "第72号 闲置转让"}]}}
    rules = propose_json_item(document, "https://m.example.cn/api/item?id=71", "71", "第71号 闲置转让")
    assert rules == {
        "url": "/api/item?id={key}", "root": "data.goods", "title": "title", "body": "content", "price": "price_fen", "unit": "分",
        "seller": "user.nickname", "contact": "mobile", "date": "create_time", "region": "city", "images": "pics[*].url",
    }  # fmt: skip
    JsonItem.model_validate(rules)
    assert propose_json_item(document, "", "71", "第71号 闲置转让").keys().isdisjoint({"url"})
    assert propose_json_item(document, "https://m.example.cn/x", "71", "别的") == {}


@pytest.mark.parametrize(
    ("text", "is_drawn"),
    [
        ("<div id=app></div><script src=a.js></script>", True), ("<div id=app></div>", False),
        ("<script>x</script><p>您需要登录后才能查看</p><input type=password>", False), ("<script src=geetest.js></script>", False),
        ("<script>x</script>" + "".join(f"<div class=r><a href=/i/{n}>第{n}号闲置转让出售</a></div>" for n in range(9)), False),
        ("<script>x</script><p>" + "很长的正文，" * 400, False),
    ],
)  # fmt: skip
def test_which_pages_are_drawn_by_script(text, is_drawn):
    assert is_drawn_by_script(parse(text.encode(), "http://a.cn/"), load("generic")) == is_drawn


def test_documents_in_a_page():
    page = parse(
        b'<script type="application/json" id="d">{"a":1}</script><script>var CFG = {"b":2}; window.__S__ = [3]</script>',
        "http://a.cn/",
    )
    assert dict(sources(page)) == {"#d": {"a": 1}, "window.CFG": {"b": 2}, "window.__S__": [3]}


def test_links_that_were_drawn():
    rows = "".join(f"<div class=r><a href=/i/{n}>第{n}号 闲置转让出售</a></div>" for n in range(9))
    assert drawn_links(parse(rows.encode(), "http://a.cn/"))["第3号 闲置转让出售"] == "http://a.cn/i/3"
