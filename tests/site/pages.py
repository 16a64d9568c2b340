"""HTML in the shapes that all paths of the test site share."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

TITLE = "出售闲置餐桌，象牙白，九成新"
BODY = "实木餐桌带四把椅子，搬家出，城南自提。"
TRADITIONAL = "出售閒置餐桌，象牙白，九成新"  # the title as a big5 page writes it
ONLY_GBK = "喆囍镕"  # in GBK, not in GB2312


def page(inside: str, title: str = "", head: str = "") -> str:
    """A whole HTML page."""
    return (
        f"<!DOCTYPE html>\n<html><head><title>{escape(title)}</title>{head}</head>\n"
        f'<body><div id="nav"><a href="/">首页</a> <a href="/login">登录</a></div>\n{inside}\n</body></html>\n'
    )


def item(
    title: str = TITLE,
    body: str = BODY,
    *,
    price: str = "380元",
    seller: str = "演示卖家",
    contact: str = "13800000001",
    date: str = "2026-10-16 13:37",
    image: str = "/picture.png",
) -> str:
    """What stands inside an item page: h1, div.content, span.price, span.seller, span.contact, time.date, img."""
    lines = "<br>".join(escape(line) for line in body.split("\n"))
    picture = f'<img src="{escape(image)}" alt="">' if image else ""
    return (
        f'<h1>{escape(title)}</h1>\n<p><span class="price">{escape(price)}</span> '
        f'<span class="seller">{escape(seller)}</span> <span class="contact">{escape(contact)}</span> '
        f'<time class="date">{escape(date)}</time></p>\n<div class="content">{lines}</div>\n{picture}'
    )


def item_page(title: str = TITLE, head: str = "") -> str:
    """A whole, healthy item page."""
    return page(item(title), title, head)


def row(address: str, title: str, price: str = "380元", replied: str = "2026-10-16 13:37") -> str:
    """One row of a list: div.row > a.title + span.price + span.replied."""
    return (
        f'<div class="row"><a class="title" href="{escape(address)}">{escape(title)}</a> '
        f'<span class="price">{escape(price)}</span> <span class="replied">{escape(replied)}</span></div>'
    )


def list_page(rows: Iterable[str], following: str = "", title: str = "列表") -> str:
    """A list page; `following` is the address of the next one (a.next)."""
    link = f'<a class="next" href="{escape(following)}">下一页</a>' if following else ""
    inside = "\n".join(rows)
    return page(f'<div class="rows">\n{inside}\n</div>\n<p class="pages">{link}</p>', title)
