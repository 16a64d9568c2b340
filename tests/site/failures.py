"""One path per failure. `ROUTES` maps a path to the function that answers it."""

from __future__ import annotations

import gzip
import secrets
import struct
import threading
import time
import zlib
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from tests.site import pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.site.exchange import Exchange

BARE = "text/html"  # no charset in the header
MEGABYTE = 1 << 20
DRIP_BYTES = 20  # bounded: a test must not wait for ever
DEEP = 5000  # nested elements, many times what a browser makes

_seen: Counter[str] = Counter()
_lock = threading.Lock()


def forget() -> None:
    """Start counting again (`/flaky`, `/429`)."""
    with _lock:
        _seen.clear()


def _visit(name: str) -> int:
    with _lock:
        _seen[name] += 1
        return _seen[name]


def ok(x: Exchange) -> None:
    x.send(pages.item_page())


def slow(x: Exchange) -> None:
    time.sleep(x.number("s", 5))
    x.send(pages.item_page())


def drip(x: Exchange) -> None:
    body = pages.item_page().encode()
    count = x.whole("n", DRIP_BYTES)
    x.begin(headers={"Content-Length": str(len(body))})
    for at in range(min(count, len(body))):
        x.write(body[at : at + 1])
        time.sleep(x.number("s", 1))
    x.hang_up()


def truncated(x: Exchange) -> None:
    body = pages.item_page().encode()
    x.begin(headers={"Content-Length": str(len(body) + 10_000)})
    x.write(body)
    x.hang_up()


def flaky(x: Exchange) -> None:
    visits = _visit(f"flaky {x.word('id')}")
    if visits <= x.whole("fails", 2):
        return x.send("error", 500)
    return ok(x)


def too_many(x: Exchange) -> None:
    if _visit(f"429 {x.word('id')}") == 1:
        return x.send("slow down", 429, headers={"Retry-After": "1"})
    return ok(x)


def redirect_chain(x: Exchange) -> None:
    left = x.whole("n", 5)
    x.redirect(f"/redirect-chain?n={left - 1}" if left > 1 else "/ok")


def big(x: Exchange) -> None:
    part = ("<p>" + "字" * 21_843 + "</p>\n").encode()  # 65,537 bytes

    def parts() -> Iterator[bytes]:
        yield pages.item_page().encode()
        for _ in range(x.whole("mb", 50) * 16):
            yield part

    x.stream(parts())


@cache
def _bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)  # 31: a gzip header
    block = b" " * MEGABYTE
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


def bomb(x: Exchange) -> None:
    x.send(_bomb(x.whole("mb", 50)), headers={"Content-Encoding": "gzip"})


def zipped(x: Exchange) -> None:
    x.send(gzip.compress(pages.item_page().encode()), headers={"Content-Encoding": "gzip"})


def _meta(charset: str) -> str:
    return f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">'


def gbk_utf8_header(x: Exchange) -> None:
    x.send(pages.item_page(head=_meta("gbk")).encode("gbk"))


def gbk_broken(x: Exchange) -> None:
    raw = pages.item_page(head=_meta("gbk")).encode("gbk")
    x.send(raw.replace(b'<div class="content">', b'<div class="content">\xff'), kind="text/html; charset=gbk")


def utf8_gbk_meta(x: Exchange) -> None:
    x.send(pages.item_page(head=_meta("gbk")), kind=BARE)


def gb2312_gbk(x: Exchange) -> None:
    title = pages.TITLE + pages.ONLY_GBK
    x.send(pages.item_page(title, _meta("gb2312")).encode("gbk"), kind="text/html; charset=gb2312")


def big5(x: Exchange) -> None:
    text = pages.page(pages.item(pages.TRADITIONAL, "實木餐桌", seller="賣家"), pages.TRADITIONAL, _meta("big5"))
    x.send(text.encode("big5", "xmlcharrefreplace"), kind=BARE)


def no_charset(x: Exchange) -> None:
    x.send(pages.item_page(), kind=BARE)


def calendar(x: Exchange) -> None:
    year, month = x.whole("y", 2026), x.whole("m", 11)
    rows = [pages.row(f"/calendar/day?y={year}&m={month}&d={day}", f"{year}-{month}-{day}") for day in range(1, 29)]
    year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    x.send(pages.list_page(rows, f"/calendar?y={year}&m={month}"))


def calendar_day(x: Exchange) -> None:
    x.send(pages.item_page(f"日程 {x.word('y')}-{x.word('m')}-{x.word('d')}"))


def session_trap(x: Exchange) -> None:
    rows = [
        pages.row(f"/session-trap/item?id={number}&sid={secrets.token_hex(16)}", f"商品 {number}")
        for number in range(1, 21)
    ]
    x.send(pages.list_page(rows, f"/session-trap?sid={secrets.token_hex(16)}"))


def session_item(x: Exchange) -> None:
    x.send(pages.item_page(f"商品 {x.word('id')}"))


def listing(x: Exchange) -> None:
    """A list page whose rows lead to the paths named by ``to`` (any number of them)."""
    rows = [pages.row(path, f"{pages.TITLE} {number}") for number, path in enumerate(x.query.get("to", []), 1)]
    x.send(pages.list_page(rows, x.word("next")))


def login_wall(x: Exchange) -> None:
    x.send(
        pages.page(
            '<div id="messagetext" class="alert_error"><p>抱歉，您需要登录后才能继续本操作</p></div>', "提示信息"
        )
    )


def captcha(x: Exchange) -> None:
    inside = '<div id="captcha"><h2>安全验证</h2><p>请按住滑块，滑动完成拼图后继续访问</p></div>'
    x.send(pages.page(inside, "安全验证"))


def soft404(x: Exchange) -> None:
    x.send(pages.page('<div class="alert">主题不存在</div>', "主题不存在"))


def empty(x: Exchange) -> None:
    x.send(b"")


def pdf(x: Exchange) -> None:
    x.send(b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n", kind="application/pdf")


def binary(x: Exchange) -> None:
    x.send(bytes(range(256)) * 64, kind="application/octet-stream")


def binary_as_html(x: Exchange) -> None:
    x.send(bytes(range(256)) * 64)


def broken_html(x: Exchange) -> None:
    nested = "<div><b><i>" * (DEEP // 3 + 1)
    x.send(f"<html><body>{pages.item()}<p><td></span>{nested}深<table><tr><td")


def nul(x: Exchange) -> None:
    x.send(pages.item_page().replace("餐桌", "餐\0桌"))


def surrogate(x: Exchange) -> None:
    x.send(pages.item_page().replace("象牙", "象\ud800&#xD800;&#55357;牙"))


def meta_refresh(x: Exchange) -> None:
    x.send(pages.page("<p>正在跳转</p>", "跳转", '<meta http-equiv="refresh" content="0; url=/ok">'))


def base_href(x: Exchange) -> None:
    text = pages.list_page([pages.row("item?id=1", "商品 1")], "list")
    x.send(text.replace("<head>", '<head><base href="/session-trap/x">'))


def reset(x: Exchange) -> None:
    x.reset()


def reset_midway(x: Exchange) -> None:
    x.begin(headers={"Content-Length": "100000"})
    x.write(pages.item_page().encode())
    x.reset()


@cache
def _picture() -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)  # 1x1, 8-bit grey
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def picture(x: Exchange) -> None:
    x.send(_picture(), kind="image/png")


def home(x: Exchange) -> None:
    links = "\n".join(f'<li><a href="{path}">{path}</a></li>' for path in sorted(ROUTES))
    x.send(pages.page(f'<h1>测试站点</h1><ul><li><a href="/board/">/board/</a></li>{links}</ul>', "测试站点"))


def error(status: int) -> Callable[[Exchange], None]:
    def answer(x: Exchange) -> None:
        x.send(pages.page(f"<h2>{status}</h2>", str(status)), status)

    return answer


ROBOTS = {
    "none": "",
    "allow": "User-agent: *\nDisallow: /admin\n",
    "deny": "User-agent: *\nDisallow: /\n",
    "deny-items": "User-agent: *\nDisallow: /board/item/\nDisallow: /board304/item/\n",
    "delay": "User-agent: *\nCrawl-delay: 1\nDisallow:\n",
    "html": pages.page("<h1>首页</h1>", "首页"),  # a site that answers every unknown address with its home page
}
"""Kinds of robots.txt with the text of each; ``missing``, ``forbidden``, ``error``, ``slow`` and ``big`` have none."""


def robots(x: Exchange, kind: str) -> None:
    """Answer as robots.txt of this kind: also at ``/robots-KIND``."""
    match kind:
        case "missing" | "forbidden" | "error":
            x.send("no", {"missing": 404, "forbidden": 403, "error": 500}[kind])
        case "slow":
            time.sleep(x.number("s", 5))
            x.send(ROBOTS["allow"], kind="text/plain")
        case "big":
            x.send("# long\n" * MEGABYTE + ROBOTS["deny"], kind="text/plain")
        case "html":
            x.send(ROBOTS["html"])
        case _:
            x.send(ROBOTS[kind], kind="text/plain")


ROUTES: dict[str, Callable[[Exchange], None]] = {
    "/": home, "/ok": ok, "/slow": slow, "/drip": drip, "/truncated": truncated, "/500": error(500), "/503": error(503),
    "/403": error(403), "/no-such": error(404), "/gone": error(410), "/flaky": flaky, "/429": too_many,
    "/loop": lambda x: x.redirect("/loop"), "/redirect-chain": redirect_chain, "/big": big, "/bomb": bomb,
    "/gzip": zipped, "/gbk-utf8-header": gbk_utf8_header, "/gbk-broken": gbk_broken, "/utf8-gbk-meta": utf8_gbk_meta,
    "/gb2312-gbk": gb2312_gbk, "/big5": big5, "/nocharset": no_charset, "/calendar": calendar,
    "/calendar/day": calendar_day, "/session-trap": session_trap, "/session-trap/item": session_item,
    "/list": listing, "/login-wall": login_wall, "/login": login_wall, "/captcha": captcha, "/soft404": soft404,
    "/missing-home": lambda x: x.redirect("/"), "/empty": empty, "/pdf": pdf, "/binary": binary,
    "/binary-as-html": binary_as_html, "/broken-html": broken_html, "/nul": nul, "/surrogate": surrogate,
    "/meta-refresh": meta_refresh, "/base-href": base_href, "/reset": reset, "/reset-midway": reset_midway,
    "/picture.png": picture,
}  # fmt: skip
