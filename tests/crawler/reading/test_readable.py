"""The main text of pages that nobody described."""

from __future__ import annotations

from crawler.reading.page import parse
from crawler.reading.readable import MAX_ELEMENTS, MAX_TEXT, readable_text

URL = "https://www.example.cn/1.html"
MENU = "<div class='menu'><ul>" + "".join(f"<li><a href='/{n}'>栏目第{n}号</a></li>" for n in range(20)) + "</ul></div>"
TEXT = "<p>本店长期供应各种地笼、粘网，支持定做，量大从优。</p><p>联系人李先生，微信 demo_dilong，非诚勿扰，快递发货。</p><p>第二批货周三到店，想要的提前打招呼，先到先得。</p>"


def test_reads_the_text_and_leaves_the_menu():
    text = readable_text(
        parse(f"<html><body>{MENU}<div class='content'><h1>供应地笼</h1>{TEXT}</div></body></html>".encode(), URL)
    )
    assert "微信 demo_dilong" in text
    assert "第二批货周三到店" in text
    assert "栏目第" not in text


def test_reads_a_very_short_offer():
    page = parse(f"<html><body>{MENU}<main><p>出猎套十个</p></main></body></html>".encode(), URL)
    assert readable_text(page).splitlines()[-1] == "出猎套十个"


def test_what_was_cut_out_of_the_tree_stays_out():
    page = parse(
        f"<html><body><article>{TEXT}<div class='related'><p>相关推荐：出售猎夹一批，价格面议，欢迎来电咨询订购</p></div></article></body></html>".encode(),
        URL,
    )
    page.root.find_class("related")[0].drop_tree()
    assert "猎夹" not in readable_text(page)
    assert "demo_dilong" in readable_text(page)


def test_leaves_the_tree_as_it_was():
    page = parse(f"<html><body>{MENU}<main>{TEXT}</main></body></html>".encode(), URL)
    before = page.root.text_content()
    readable_text(page)
    assert page.root.text_content() == before


def test_reads_nothing_from_nothing():
    assert readable_text(parse(b"", URL)) == ""


def test_a_page_too_large_is_read_by_its_own_marks():
    huge = "<main><p>" + "出售地笼。" * (MAX_TEXT // 5 + 1) + "</p></main>"
    assert readable_text(parse(huge.encode(), URL)).startswith("出售地笼。")
    many = "<main>" + "<b>网</b>" * (MAX_ELEMENTS + 1) + "</main>"
    assert readable_text(parse(many.encode(), URL)).startswith("网网")
