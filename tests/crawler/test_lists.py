"""What an answer to a request for a list means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.answers import Answer
from crawler.config import Site
from crawler.lists import ListReader

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ROWS = b"<div class=r><a href=/i/1>a</a></div>"
RULES = {"rows": "list", "url": "/i/{id}"}


def reader(**keys):
    site = Site.model_validate({"name": "b", "start": "https://a.cn/list", **keys})
    return ListReader(site, site.recipe)


def answer(body, status=200, content_type="text/html", **more):
    return Answer("https://a.cn/list", status, body, NOW, content_type, **more)


@pytest.mark.parametrize(
    ("rules", "given", "kind"),
    [
        (None, answer(b"x", 404), "http_error"), (None, answer(b"%PDF", content_type="application/pdf"), "not_html"), (None, answer(ROWS), None),
        (RULES, answer(b"{}", content_type="application/json"), None), (RULES, answer(b"{}", 401), "login_wall"),
        ({**RULES, "source": "#d"}, answer(b"{}", content_type="application/pdf"), "not_html"),
    ],
)  # fmt: skip
def test_what_is_no_list(rules, given, kind):
    fault = reader(**({"json": {"list": rules}} if rules else {})).fault(given)
    assert (fault[0] if fault else None) == kind


def test_a_page():
    read = reader(list={"rows": "div.r", "link": "a"}).read(answer(ROWS))
    assert ([row.url for row in read.board.rows], read.board.cut, read.lack) == (["https://a.cn/i/1"], False, "")
    assert reader().read(answer(ROWS, cut=True)).board.cut


@pytest.mark.parametrize(
    ("rules", "body", "urls", "lack"),
    [
        (RULES, b'{"list":[{"id":1}]}', ["https://a.cn/i/1"], ""), (RULES, b'{"msg":"x"}', [], ""), (RULES, b"<p>x", [], "不是 JSON"), (RULES, b"[" * 99999, [], "嵌套过深"),
        ({**RULES, "source": "#d"}, b'<script id=d>{"list":[{"id":1}]}</script>', ["https://a.cn/i/1"], ""), ({**RULES, "source": "#d"}, b"<p>x", [], "#d"),
        (RULES, '{"list":[{"id":"象"}]}'.encode("gbk"), ["https://a.cn/i/%E8%B1%A1"], ""),
    ],
)  # fmt: skip
def test_json(rules, body, urls, lack):
    read = reader(json={"list": rules}).read(
        answer(body, content_type="application/json; charset=gbk" if b"\xcf" in body else "application/json")
    )
    assert [row.url for row in read.board.rows] == urls
    assert lack in read.lack
    assert bool(lack) == bool(read.lack)


def test_what_an_interface_says_to_people_can_be_looked_for():
    read = reader(json={"list": RULES}).read(answer('{"code":401,"msg":"请先登录 <b>x</b>"}'.encode()))
    assert "请先登录 <b>x</b>" in read.page.root.text_content()
