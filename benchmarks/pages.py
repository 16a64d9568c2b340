"""Static forum pages for the crawl benchmark, served from memory by a process of their own.

Markup of a Discuz! board, 20 rows a list page, item pages of about 18 KB, one in fifty an illegal offer. And a market
whose list pages of about 18 KB show everything: 20 ads of eight fields each.
"""

from __future__ import annotations

import argparse
import asyncio
import html
import random

ROWS = 20
COUNTED = "#visits#"  # stands where each answer has another number: no two answers are alike, whatever the ads are
SUBJECTS = (
    "九成新实木书桌", "儿童自行车低价转让", "搬家处理洗衣机", "小区车位出租", "全新未拆封电饭煲", "二手相机镜头", "自家种的脐橙",
    "高考复习资料", "健身卡转让", "宠物猫找领养", "办公椅两把", "露营帐篷", "绿植盆栽", "手工编织毛衣", "汽车脚垫",
)  # fmt: skip
SENTENCES = (
    "去年夏天在商场买的，发票还在，用得很爱惜，没有磕碰。", "因为搬家放不下了，所以低价处理，有需要的朋友可以来看。",
    "可以当面验货，满意再付款，市区内可以帮忙送到楼下。", "孩子长大了用不上，希望给它找个新主人，价格还可以再商量。",
    "图片是今天早上刚拍的，颜色和实物差不多，请放心。", "平时上班比较忙，回复可能慢一些，请多多理解。",
    "有问题可以在帖子里留言，看到了一定会回复大家。", "非诚勿扰，谢绝还价太狠的，谢谢各位邻居的支持。",
)  # fmt: skip
OFFERS = ("出售自制猎套猎夹，钢丝的，13800001234", "电鱼机全套现货包邮，加V：demo_fish", "收象牙手串老料，价格私聊")


def make_item(number: int) -> bytes:
    """One thread page."""
    dice = random.Random(number)
    subject = f"{dice.choice(SUBJECTS)} {number}"
    body = "<br>\n".join(dice.choice(SENTENCES) for _ in range(12))
    if number % 50 == 0:
        body = f"{dice.choice(OFFERS)}<br>{body}"
    replies = "".join(_reply(number, place, dice) for place in range(9))
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>{subject} - 本地论坛</title>{_HEAD}</head><body>{_NAVIGATION}
<div id="ct"><h1><span id="thread_subject">{html.escape(subject)}</span></h1>
<div id="post_{number}0"><div class="authi"><a href="space-uid-{number % 300}.html">邻居{number % 300}</a>
<em id="authorposton{number}0">发表于 2026-10-{1 + number % 28:02d} 13:37:00</em></div>
<table><tr><td class="t_f" id="postmessage_{number}0">{body}<br>价格 {dice.randint(10, 3000)}元
<img src="static/none.gif" file="data/{number}.jpg" zoomfile="data/{number}.jpg"></td></tr></table></div>
{replies}</div>{_FOOTER}</body></html>""".encode()


def _reply(number: int, place: int, dice: random.Random) -> str:
    text = dice.choice(SENTENCES)
    return f"""<div id="post_{number}{place + 1}" class="plhin"><div class="pi"><div class="authi"><a href="space-uid-{place}.html">路人{place}</a>
<em id="authorposton{number}{place + 1}">发表于 2026-10-{1 + place:02d} 14:0{place}:00</em><span class="pipe">|</span><a href="#">只看该作者</a></div></div>
<div class="t_fsz"><table><tr><td class="t_f" id="postmessage_{number}{place + 1}">{text}{text}</td></tr></table></div>
<div class="po"><a class="fastre" href="forum.php?mod=post">回复</a> <a href="misc.php?mod=report">举报</a></div></div>"""


def make_list(page: int, pages: int) -> bytes:
    """One board page."""
    first = (page - 1) * ROWS + 1
    rows = "".join(
        f"""<tbody id="normalthread_{tid}"><tr><td class="icn"><a href="thread-{tid}-1-1.html"><img src="static/f.gif"></a></td>
<th class="common"><a href="forum.php?mod=viewthread&amp;tid={tid}&amp;extra=page%3D{page}" class="s xst">{SUBJECTS[tid % 15]} {tid}</a></th>
<td class="by"><cite><a href="space-uid-{tid % 300}.html">邻居{tid % 300}</a></cite><em><span>2026-10-{1 + tid % 28:02d}</span></em></td>
<td class="num"><a class="xi2">9</a><em>{tid % 977}</em></td><td class="by"><em><a href="#">2026-10-28 09:00</a></em></td></tr></tbody>"""
        for tid in range(first, first + ROWS)
    )
    following = (
        f'<a href="forum.php?mod=forumdisplay&fid=2&page={page + 1}" class="nxt">下一页</a>' if page < pages else ""
    )
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>二手市场 - 本地论坛</title>{_HEAD}</head><body>{_NAVIGATION}
<table id="threadlisttableid">{rows}</table><div class="pg">{following}</div>{_FOOTER}</body></html>""".encode()


def make_ads(page: int, pages: int) -> bytes:
    """One page of the market."""
    first = (page - 1) * ROWS + 1
    following = f'<a class="next" href="/ads?page={page + 1}">下一页</a>' if page < pages else ""
    rows = "\n".join(_ad(number) for number in range(first, first + ROWS))
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>二手市场</title>{_HEAD}</head><body>{_NAVIGATION}
<p class="visits">本页已浏览 {COUNTED} 次</p><div id="ads">{rows}</div><div class="pages">{following}</div>{_FOOTER}</body></html>""".encode()


def _ad(number: int) -> str:
    dice = random.Random(number)
    offer = dice.choice(OFFERS) if number % 50 == 0 else ""
    text = offer + "".join(dice.choice(SENTENCES) for _ in range(2))
    return f"""<div class="ad" data-id="{number}"><h3><a class="title" href="/ad/{number}.html">{dice.choice(SUBJECTS)} {number}</a></h3>
<p class="text">{text}</p><span class="price">{dice.randint(10, 3000)}元</span>
<span class="seller">邻居{number % 300}</span> <span class="region">城{number % 9}区</span>
<time class="date">2026-10-{1 + number % 28:02d} 13:37</time> <img src="/data/{number}.jpg"></div>"""


_HEAD = '<meta name="generator" content="Discuz! X3.4">' + "".join(
    f'<link rel="stylesheet" href="data/cache/style_{n}.css"><script src="static/js/common_{n}.js"></script>'
    for n in range(12)
)
_NAVIGATION = (
    "<div id='nv'><ul>"
    + "".join(f'<li><a href="forum-{n}-1.html">版块 {n}</a></li>' for n in range(60))
    + "</ul></div>"
)
_FOOTER = (
    "<div id='ft'>"
    + "".join(f'<p><a href="misc.php?mod=faq&amp;id={n}">帮助 {n}</a> 本站信息由网友发布</p>' for n in range(50))
    + "</div>"
)


class Pages:
    """Answers each request from what is in memory."""

    def __init__(self, items: int) -> None:
        lists = items // ROWS
        self.ads: dict[int, bytes] = {}
        self.ad_pages = lists
        self.visits = 0
        self.by_path = {f"/forum.php?mod=forumdisplay&fid=2&page={n}": make_list(n, lists) for n in range(1, lists + 1)}
        # a few hundred distinct item pages stand for all: the server must not need gigabytes
        self.items = [make_item(n) for n in range(1, 401)]

    def body(self, target: str) -> bytes | None:
        """The page at this address; None when there is none."""
        if target.startswith("/ads?page="):
            return self._ads(int(target.rpartition("=")[2]))
        if "tid=" in target:
            tid = int(target.partition("tid=")[2].partition("&")[0])
            # the number in the text makes every listing another one
            return self.items[tid % 400].replace(b"</h1>", f"<i>{tid}</i></h1>".encode(), 1)
        return self.by_path.get(target)

    def _ads(self, page: int) -> bytes:
        """Made when first asked for: a benchmark of item pages needs none."""
        if page not in self.ads:
            self.ads[page] = make_ads(page, self.ad_pages)
        self.visits += 1
        return self.ads[page].replace(COUNTED.encode(), b"%d" % self.visits)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One keep-alive connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                body = self.body(head.split(b" ", 2)[1].decode("latin-1"))
                status = b"200 OK" if body is not None else b"404 Not Found"
                body = body or b""
                writer.write(
                    b"HTTP/1.1 "
                    + status
                    + b"\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(body)
                    + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def main(items: int) -> None:
    """Serve until ended; the port is printed first."""
    server = await asyncio.start_server(Pages(items).serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("items", type=int)
    asyncio.run(main(parser.parse_args().items))
