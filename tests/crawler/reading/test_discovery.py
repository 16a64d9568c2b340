"""Lists of many shapes, among menus and sidebars that must not win."""

from __future__ import annotations

import pytest

import crawler.reading.discovery
from crawler.platforms import recipe as recipes
from crawler.reading.board import read_board
from crawler.reading.discovery import discover_next, discover_rows, says
from crawler.reading.page import parse

URL = "https://shop.example.cn/list/11?page=1"
GOODS = (
    "低价出猎套十个包邮", "新款捕鸟网三米高", "自制猎夹大号小号都有", "可视锚鱼器高清夜视", "地笼网六米折叠", "电媒机带三百种鸟叫",
    "粘网二指半丝网", "弹弓专用钢珠两斤", "强光手电远射王", "户外迷彩帐篷双人",
)  # fmt: skip
MENU = """<div class="header"><ul class="menu"><li><a href="/">网站首页</a></li><li><a href="/c/1">户外用品专区</a></li>
<li><a href="/c/2">渔具用品专区</a></li><li><a href="/c/3">花鸟鱼虫市场</a></li><li><a href="/c/4">二手交易市场</a></li></ul></div>
<div class="breadcrumb"><a href="/">首页</a> &gt; <a href="/c/">全部商品分类</a> &gt; <a href="/c/2">渔具用品专区</a></div>"""
HOT = (
    """<div class="sidebar"><h3>热门帖子</h3><ul class="hot">"""
    + "".join(f'<li><a href="/item/9{n}.html">热门推荐帖子标题长得很长很长的第{n}条</a></li>' for n in range(10, 24))
    + "</ul></div>"
)
CLOUD = '<div class="tagcloud">' + "".join(f'<a href="/t/{n}">热门标签词{n}号</a> ' for n in range(60)) + "</div>"
PAGES = """<div class="pagination"><span class="current">1</span><a href="?page=2">2</a><a href="?page=3">3</a>
<a href="?page=2">下一页</a><a href="?page=9">最后一页</a></div>"""
FOOT = """<div id="footer"><a href="/about.html">关于我们公司介绍</a><a href="/help.html">帮助中心常见问题</a>
<a href="/ad.html">广告服务联系方式</a><a href="/law.html">法律声明隐私政策</a><a href="/join.html">诚聘英才加入我们</a></div>"""


def _page(main: str):
    html = f"<html><head><title>渔具</title></head><body class='has-sidebar'>{MENU}<div class='wrap'>{main}{HOT}</div>{CLOUD}{PAGES}{FOOT}</body></html>"
    return parse(html.encode(), URL)


def _row(shape: str, number: int, title: str) -> str:
    url = f"/item/{number}.html"
    odd = "odd" if number % 2 else "even"
    return {
        "table without classes": f"<tr class='{odd}'><td>{number}</td><td><a href='{url}'>{title}</a> <a href='{url}?p=2'>2</a></td>"
        f"<td><a href='/u/demo{number}'>demo_seller_{number}</a></td><td>2026-10-{10 + number}</td></tr>",
        "cards with two links": f"<div class='card {odd}'><a class='pic' href='{url}'><img src='{number}.jpg' alt='{title}'></a>"
        f"<a class='name' href='{url}'>{title}</a><b>￥{number}0.00</b><a class='buy' href='/buy/{number}'>立即购买</a></div>",
        "list items": f"<li><a href='{url}'>{title}</a><span>10-{10 + number}</span></li>",
        "only a title attribute": f"<li><a href='{url}' title='{title}'><img src='{number}.jpg'></a></li>",
        "cut titles": f"<li><a href='{url}' title='{title}'>{title[:5]}…</a></li>",
        "only a picture's alt": f"<div class='cell'><a href='{url}'><img src='{number}.jpg' alt='{title}'></a></div>",
        "a tbody for each row": f"<tbody id='t{number}'><tr><th><a href='/c/2'>渔具分类</a> <a class='xst' href='{url}'>{title}</a></th>"
        f"<td><a href='/u/{number}'>demo_{number}</a></td></tr></tbody>",
        "some rows highlighted": f"<li><strong><a href='{url}'>{title}</a></strong></li>"
        if number % 3
        else f"<li><a href='{url}'>{title}</a></li>",
        "definition list": f"<dt><a href='{url}'>{title}</a></dt><dd>现货，欢迎咨询 {number}</dd>",
        "links one under the other": f"<a href='{url}'>{title}</a><br>",
        "articles with read-more links": f"<article><h2><a href='{url}'>{title}</a></h2><p>描述文字</p><a class='more' href='{url}?from=more'>查看商品详情</a></article>",
        "whole cards are links": f"<a class='box' href='{url}'><div><img src='{number}.jpg'></div><h4>{title}</h4><span>￥{number}0</span></a>",
    }[shape]


SHAPES = {
    "table without classes": (
        "<table><thead><tr><th><a href='?s=1'>按标题排序</a></th></tr></thead><tbody>",
        "</tbody></table>",
    ),
    "cards with two links": ("<div class='goods'>", "</div>"),
    "list items": ("<ul class='news'>", "</ul>"),
    "only a title attribute": ("<ul class='pics'>", "</ul>"),
    "cut titles": ("<ul class='news'>", "</ul>"),
    "only a picture's alt": ("<div class='grid'>", "</div>"),
    "a tbody for each row": ("<table class='threads'>", "</table>"),
    "some rows highlighted": ("<ol>", "</ol>"),
    "definition list": ("<dl>", "</dl>"),
    "links one under the other": ("<div class='txt'>", "</div>"),
    "articles with read-more links": ("<section>", "</section>"),
    "whole cards are links": ("<div class='boxes'>", "</div>"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_finds_the_main_list_of_any_shape(shape):
    start, end = SHAPES[shape]
    rows = "".join(_row(shape, number, title) for number, title in enumerate(GOODS, 1))
    page = _page(start + rows + end)
    board = read_board(page, recipes.load("generic"))
    assert [row.url for row in board.rows] == [f"https://shop.example.cn/item/{n}.html" for n in range(1, 11)]
    assert all(title in says(link) for link, title in zip(discover_rows(page), GOODS, strict=True))
    assert board.next_url == "https://shop.example.cn/list/11?page=2"


def test_reads_a_grid_of_several_lines_of_cards():
    cards = [f"<div class='col'><a href='/item/{n}.html'>{title}</a></div>" for n, title in enumerate(GOODS, 1)]
    grid = "".join(f"<div class='row'>{''.join(cards[at : at + 5])}</div>" for at in (0, 5))
    assert len(discover_rows(_page(f"<div class='grid'>{grid}</div>"))) == 10


def test_takes_a_last_page_of_two_rows():
    rows = "".join(_row("table without classes", n, GOODS[n]) for n in (1, 2))
    links = discover_rows(_page(f"<table><tbody>{rows}</tbody></table>"))
    assert [link.get("href") for link in links] == ["/item/1.html", "/item/2.html"]


def test_finds_no_list_where_there_is_none():
    page = parse("<p>本店公告：国庆放假三天，敬请谅解。<a href='/a.html'>查看公告全文</a></p>".encode(), URL)
    assert discover_rows(page) == []
    assert discover_next(page) is None


def test_leaves_other_hosts_and_functions_out():
    rows = [f"<li><a href='{href}'>一个足够长的链接文字{n}</a></li>" for n, href in enumerate((
        "https://other.example.cn/1", "javascript:void(0)", "mailto:demo@example.cn", "/login.php?x=1", "/cart/add/3",
        "/user/12", "#top", "http://[broken", "/search?q=1",
    ))]  # fmt: skip
    assert discover_rows(parse(f"<ul>{''.join(rows)}</ul>".encode(), URL)) == []


def test_a_menu_alone_is_no_list():
    words = ("渔具用品", "户外装备", "花鸟鱼虫", "二手交易", "求购信息", "本地新闻")
    menu = "".join(f"<li><a href='/c/{n}'>{word}</a></li>" for n, word in enumerate(words))
    page = parse(f"<div id='nav'><ul>{menu}</ul></div><h1>出售地笼</h1><p>六米地笼，现货。</p>".encode(), URL)
    assert discover_rows(page) == []


def test_what_each_row_offers_to_do_is_no_list():
    rows = "".join(f"<div class='post'><p>第{n}楼的话</p><a href='/only/{n}'>只看该作者</a></div>" for n in range(9))
    assert discover_rows(parse(f"<div id='posts'>{rows}</div>".encode(), URL)) == []


def test_does_not_mistake_words_inside_words():
    rows = "".join(f"<li><a href='/research/{n}'>研究资料第{n}号全文</a></li>" for n in range(5))
    assert len(discover_rows(parse(f"<ul>{rows}</ul>".encode(), URL))) == 5


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<link rel='next' href='/list/2'><a href='/x'>下一页</a>", "/list/2"),
        ("<a rel='nofollow next' href='/list/2'>2</a>", "/list/2"),
        ("<a href='/list/2'>下一页</a>", "/list/2"),
        ("<a href='/list/2'>下页 »</a>", "/list/2"),
        ("<a href='/list/2'>[下一頁]</a>", "/list/2"),
        ("<a href='/list/2' title='下一页'><i class='icon'></i></a>", "/list/2"),
        ("<a href='/list/2' aria-label='Next'><svg></svg></a>", "/list/2"),
        ("<a href='/list/2'><img src='n.gif' alt='下一页'></a>", "/list/2"),
        ("<a href='/list/2'>›</a>", "/list/2"),
        ("<a href='/list/2'>Next page</a>", "/list/2"),
        ("<strong>1</strong><a href='/list/2'>2</a><a href='/list/3'>3</a>", "/list/2"),
        ("<li class='active'><a href='/list/11'>1</a></li><li><a href='/list/2'>2</a></li>", "/list/2"),
        ("<span class='on'>[1]</span><a href='/list/2'>[2]</a>", "/list/2"),
        ("<a href='/item/8'>下一篇：出售猎夹</a>", None),
        ("<a href='/item/8'>下一主题</a>", None),
        ("<ul class='pagination'><li><a href='/list/2'>下一个</a></li></ul>", "/list/2"),
        ("<div class='album'><a href='/item/8'>下一个</a></div>", None),
        ("<a href='/list/1'>1</a><a href='/list/2'>2</a><strong>3</strong>", None),
        ("<a href='https://other.example.cn/2'>下一页</a>", None),
        ("<a href='javascript:next()'>下一页</a>", None),
        ("<a href=''>下一页</a>", None),
    ],
)
def test_finds_the_next_page(html, expected):
    page = parse(f"<html><head></head><body>{html}</body></html>".encode(), URL)
    assert discover_next(page) == (expected and "https://shop.example.cn" + expected)


def test_reads_a_page_of_ten_thousand_links():
    rows = "".join(f"<li class='c{n}'><a href='/item/{n}.html'>商品名称编号{n}</a></li>" for n in range(10_000))
    board = read_board(parse(f"<ul>{rows}</ul>".encode(), URL), recipes.load("generic"))
    assert len(board.rows) == 1000
    assert board.rows[0].title == "商品名称编号0"


@pytest.mark.parametrize(
    "html",
    [
        "<div>" + "<a href='/item/1'>同一个商品的链接</a>" * 60_000 + "</div>",
        "<table><tr>" + "<td><a href='/item/1'>同一个商品的链接</a></td>" * 20_000 + "</tr></table>",
        "<h3>相关商品</h3>" * 5_000 + "<div><a href='/item/1'>同一个商品的链接</a></div>" * 5_000,
    ],
    ids=["links side by side", "cells side by side", "headings side by side"],
)
def test_reads_hostile_siblings_in_linear_time(html):
    assert discover_rows(parse(html.encode(), URL)) == []


def test_survives_links_inside_links():
    html = "<div>" * 200 + "".join(f"<a href='/item/{n}'>嵌套的链接{n}<b>" for n in range(300))
    assert isinstance(discover_rows(parse(html.encode(), URL)), list)


class Counting:
    """A pattern that keeps how many characters it was asked to search in each call."""

    def __init__(self, pattern) -> None:
        self.pattern, self.lengths = pattern, []

    def search(self, text):
        self.lengths.append(len(text))
        return self.pattern.search(text)


def test_looks_at_each_ancestor_once_however_many_links_it_holds(monkeypatch):
    words = Counting(crawler.reading.discovery._ASIDE_WORDS)
    monkeypatch.setattr("crawler.reading.discovery._ASIDE_WORDS", words)
    rows = "".join(f"<li><a href='/item/{n}.html'>一个足够长的商品名称{n}</a></li>" for n in range(400))
    page = parse((f"<div class='{'x-' * 10_000}' id='{'y ' * 10_000}'>" * 100 + f"<ul>{rows}</ul>").encode(), URL)
    assert len(discover_rows(page)) == 400
    assert len(words.lengths) == 100 + 1 + 400  # the nested blocks, the list, its rows
    assert max(words.lengths) <= 1000


def test_a_list_deep_inside_a_sidebar_is_aside():
    rows = "".join(f"<li><a href='/item/{n}.html'>一个足够长的商品名称{n}</a></li>" for n in range(5))
    page = parse(f"<div class='sidebar'>{'<div>' * 20}<ul>{rows}</ul>{'</div>' * 20}</div>".encode(), URL)
    assert crawler.reading.discovery.discover_list(page).aside
