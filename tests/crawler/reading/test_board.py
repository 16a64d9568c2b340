"""List pages: hostile ones are bounded, and only what matters changes a row's signature."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.platforms import recipe as recipes
from crawler.reading.board import MAX_ROWS, Row, clean_url, key_of, read_board
from crawler.reading.page import parse

URL = "https://bbs.example.cn/forum.php?mod=forumdisplay&fid=2"
DISCUZ = recipes.load("discuz")


def line(
    tid: int,
    title: str = "鸟",
    *,
    href: str = "",
    replies: int = 3,
    views: int = 9,
    kind: str = "normal",
    last: str = "",
) -> str:
    href = href or f"forum.php?mod=viewthread&amp;tid={tid}&amp;extra=page%3D1"
    return f"""<tbody id="{kind}thread_{tid}"><tr><th><a class="s xst" href="{href}">{title}</a></th>
<td class="num"><a href="#">{replies}</a><em>{views}</em></td><td class="by"><cite>x</cite><em><a href="#">{last}</a></em></td></tr></tbody>"""


def rows(*lines: str, after: str = "", url: str = URL) -> tuple[Row, ...]:
    return read_board(parse(f"<table>{''.join(lines)}</table>{after}".encode(), url), DISCUZ).rows


def signature(text: str) -> str:
    return rows(text)[0].signature


def test_ten_thousand_rows_are_bounded() -> None:
    found = rows(*(line(number) for number in range(10_000)))
    assert len(found) == MAX_ROWS
    assert found[0].key == "0"


def test_repeated_thread_is_one_row() -> None:
    assert [row.key for row in rows(line(1), line(2), line(1, "again"))] == ["1", "2"]


def test_pinned_thread_is_pinned_wherever_else_it_stands() -> None:
    assert [(row.key, row.pinned) for row in rows(line(2), line(1, kind="stick"), line(1))] == [
        ("1", True),
        ("2", False),
    ]


@pytest.mark.parametrize(
    "href",
    [
        "javascript:void(0)",
        "http://[::1",
        "data:text/html,tid=1",
        "",
        "mailto:a@b.cn",
        "forum.php?mod=viewthread&tid=1&page=7",
        "https://x/" + "a" * 4000,
    ],
)
def test_row_without_usable_link_is_left_out(href: str) -> None:
    assert [row.key for row in rows(line(1, href=href or "#"), line(2))] == ["2"]


def test_percent_escapes_of_gbk_bytes_stay_as_they_are() -> None:
    (row,) = rows(line(1, href="forum.php?mod=viewthread&amp;tid=1&amp;name=%C4%F1%b0%a1&amp;extra=x"))
    assert row.url == "https://bbs.example.cn/forum.php?mod=viewthread&tid=1&name=%C4%F1%b0%a1"
    board = read_board(
        parse(b"<div class=pg><a class=nxt href='forum.php?mod=forumdisplay&fid=2&q=%bd%F0&page=2'>", URL), DISCUZ
    )
    assert board.next_url == URL + "&q=%bd%F0&page=2"


@pytest.mark.parametrize("href", [URL, "#", "javascript:;", "http://[x", ""])
def test_next_page_that_leads_nowhere_is_none(href: str) -> None:
    assert (
        read_board(
            parse(f'<div class="pg"><a class="nxt" href="{href}">下一页</a></div>'.encode(), URL), DISCUZ
        ).next_url
        is None
    )


def test_offer_half_of_the_signature_follows_the_title_alone() -> None:
    before, replied, renamed = signature(line(1)), signature(line(1, replies=4)), signature(line(1, "虫"))
    assert before == signature(line(1, views=400, last="3&nbsp;天前"))
    assert before.partition(":")[0] == replied.partition(":")[0]
    assert before != replied
    assert before.partition(":")[0] != renamed.partition(":")[0]


def test_last_reply_is_the_same_relative_with_a_title_and_absolute() -> None:
    relative = signature(line(1, last='<span title="2026-10-13 20:05">6&nbsp;天前</span>'))
    assert relative == signature(line(1, last="2026-10-13 20:05"))
    assert relative != signature(line(1, last="2026-10-14 20:05"))


def test_full_title_in_the_link_replaces_a_cut_one() -> None:
    recipe = recipes.load("mybb")
    text = '<table><tr class="inline_row"><td><span id="tid_1"><a href="showthread.php?tid=1" title="出售捕兽夹大号">出售捕…</a></span></td></tr></table>'
    assert read_board(parse(text.encode(), "https://x.example/"), recipe).rows[0].title == "出售捕兽夹大号"


def test_key_without_pattern_is_path_and_query_within_the_column() -> None:
    generic = recipes.load("generic")
    assert key_of("https://x.example/a/b?utm_source=q&c=%b0", generic) == "/a/b?c=%b0"
    long = [key_of(f"https://x.example/{'a' * 300}{number}", generic) for number in range(2)]
    assert [len(key) for key in long] == [200, 200]
    assert long[0] != long[1]


def test_session_noise_is_dropped() -> None:
    phpbb = recipes.load("phpbb")
    assert (
        clean_url("https://x.example/viewtopic.php?t=1&sid=0123&PHPSESSID=a", phpbb)
        == "https://x.example/viewtopic.php?t=1"
    )


@pytest.mark.parametrize("name", recipes.names())
@settings(max_examples=10, deadline=None)  # of each recipe; every one runs all its selectors
@given(body=st.binary(max_size=400))
def test_no_bytes_stop_a_recipe(name: str, body: bytes) -> None:
    board = read_board(parse(body, URL), recipes.load(name))
    assert all(row.url.startswith("http") for row in board.rows)


PIECES = [  # what makes selectors walk far: many alike elements, each of which several steps could meet
    '<div id="post_{n}" class="post"><table><tr><td class="t_f"><div class="authi"><a href="?uid={n}">x</a></div></td></tr></table></div>',
    '<div class="pagination"><li class="active next"><a href="?page={n}">x</a></li><strong>1</strong><a href="?x">2</a></div>',
    '<li component="post" data-index="0"><p component="post/content" class="timeago" title="x">x</p></li>',
    '<table><tr class="inline_row"><td class="thead"><div><strong>x</strong></div></td><td id="posts_container">x</td></tr></table>',
    '<p class="author">x</p>x<br>',
]  # fmt: skip


@pytest.mark.parametrize("name", ["discuz", "mybb", "nodebb", "phpbb", "spirit", "xiuno"])
@pytest.mark.parametrize("piece", range(len(PIECES)))
def test_selectors_end_on_pages_of_many_alike_elements(name: str, piece: int) -> None:
    recipe = recipes.load(name)
    body = (
        '<div id="content">' + "".join(PIECES[piece].replace("{n}", str(number)) for number in range(4000)) + "</div>"
    )
    page = parse(body.encode(), URL)
    assert len(read_board(page, recipe).rows) <= MAX_ROWS
    for pick in (*recipe.item.title, *recipe.item.body, *recipe.item.seller, *recipe.item.date, *recipe.item.replies):
        assert len(pick.found(page.root)) <= 4000
