"""Threads of several makes, and pages whose like blocks are no answers."""

from __future__ import annotations

import pytest

from crawler.reading.page import parse
from crawler.reading.posts import drop_replies
from crawler.reading.readable import readable_text

URL = "https://bbs.example.cn/read.php?tid=7"
FIRST = "出一批地笼，六米十二节，三十一个，要的加微信 demo_dilong，只走同城当面交易，不发快递，诚心要的来看货。"
ANSWERS = (
    "多少钱一个？我也收，加我微信 demo_maijia01 聊聊价钱",
    "我这里有象牙手串，要的来，保证是老料",
    "已经私聊了，请回复一下",
)
SHAPES = {
    "author beside": "<div class='post'><div class='who'><a href='/u/{n}'>demo_{n}</a></div><div>{text}</div></div>",
    "date above": "<div class='post p{n}'><p>发表于 2026-10-1{n} 13:37</p><p>{text}</p></div>",
    "classes of authors": "<li class='row'><span class='author'>demo_{n}</span><div class='msg'>{text}</div></li>",
    "no classes": "<div><p><a href='home.php?mod=space&amp;uid={n}'>demo_{n}</a></p><p>{text}</p></div>",
    "tables": "<table><tr><td><a href='?uid={n}'>demo_{n}</a><br>2026-10-1{n}</td><td>{text}</td></tr></table>",
    "articles": "<article class='c'><header><h3><a href='/user/{n}'>demo_user{n}</a></h3><time>10-1{n}</time></header><p>{text}</p></article>",
    "headings of answers": "<div class='post'><h3>Re: 出一批地笼</h3><p><a href='/profile/{n}'>demo_{n}</a></p><p>{text}</p></div>",
    "floors": "<div class='cell'><b>#{n}</b><p>{text}</p></div>",
    "each in a box": "<div><div class='post'><a href='/u/{n}'>demo_{n}</a><p>{text}</p></div></div>",
}


def _thread(shape: str, texts=(FIRST, *ANSWERS)):
    posts = "".join(SHAPES[shape].format(n=n, text=text) for n, text in enumerate(texts, 1))
    head = "<div><p><a href='/user/login'>登录</a></p><p>今天是2026-10-20</p></div>"
    foot = "<div><p>备案号：2026-0101</p><p>本站不担责任</p></div>"
    return parse(
        f"<title>出一批地笼</title><body>{head}<h1>出一批地笼</h1><div id='t'>{posts}</div>{foot}</body>".encode(), URL
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_keeps_the_first_post_of_a_thread(shape):
    text = readable_text(_thread(shape))
    assert "demo_dilong" in text
    assert not [answer for answer in ANSWERS if answer in text]


@pytest.mark.parametrize("shape", SHAPES)
def test_keeps_the_answers_where_they_are_asked_for(shape):
    text = "".join(readable_text(_thread(shape), replies=True).split())
    assert [answer for answer in ANSWERS if "".join(answer.split()) not in text] == []


def test_a_heading_that_an_answer_writes_changes_nothing():
    assert "象牙" not in readable_text(_thread("author beside", (FIRST, "<h1>顶一下</h1>", *ANSWERS)))


def test_two_like_blocks_are_no_thread():
    assert ANSWERS[0] in readable_text(_thread("author beside", (FIRST, ANSWERS[0])))


@pytest.mark.parametrize(
    "html",
    [
        "".join(f"<li><b>发布时间</b>：2026-10-1{n}</li>" for n in range(4)),
        "".join(f"<tr><td>卖家</td><td><a href='/u/{n}'>demo_{n}</a></td></tr>" for n in range(4)),
        "".join(f"<p>2026-10-1{n} 新到一批地笼第{n}批</p>" for n in range(4)),
        "".join(f"<div><h3>出售地笼第{n}批</h3><p>2026-10-1{n}</p><p>微信 demo_{n}</p></div>" for n in range(4)),
        "<div><a href='/user/login'>登录</a><p>欢迎</p></div><div><p>2026-10-16</p><p>出地笼</p></div><div><ul><li>2026-01-01 版权</li></ul><p>好</p></div>",
        "<div class='row'><a href='/u/1'>我的</a><p>欢迎</p></div><div class='row'><div><p>2026-10-16</p></div><p>出地笼</p></div><div class='row'><ul><li>2026-01-01 版权</li></ul><p>好</p></div>",
        "<div class='part'><a href='/u/1'>我</a><p>欢迎</p></div><div class='part'><h1>出地笼</h1><a href='/u/2'>他</a><p>现货</p></div><div class='part'><a href='/u/3'>站长</a><p>版权</p></div>",
    ],
    ids=["facts", "labels", "notes", "several offers", "head and foot", "rows of a layout", "a title further down"],
)
def test_leaves_what_is_no_thread(html):
    block = "table" if "<tr>" in html else "div"
    root = parse(f"<title>出地笼 - 论坛</title><{block}>{html}</{block}>".encode(), URL).root
    before = root.text_content()
    drop_replies(root)
    assert root.text_content() == before


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200 + "<a href='/u/1'>甲</a>" * 20_000,
        "<div class='" + "author " * 20_000 + "'>2026-10-16<p>好" * 300,
        "<li>#1<li>" * 9000,
    ],
    ids=["deep", "long classes", "many"],
)
def test_survives_hostile_threads(html):
    root = parse(html.encode(), URL).root
    drop_replies(root)
    assert root is not None


def test_counters_are_no_part_of_the_text():
    text = readable_text(
        parse(f"<main><h1>出地笼</h1><p>{FIRST}</p><p>浏览：120次</p><p>3天前更新</p></main>".encode(), URL)
    )
    assert "demo_dilong" in text
    assert "浏览" not in text
    assert "更新" not in text
