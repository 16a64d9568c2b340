"""The board as a site of today: empty pages whose scripts draw list and items from a JSON interface.

Below ``/app/``: see README.md. What the pages draw has the markup of `pages`, so that one recipe reads both.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.site import pages

if TYPE_CHECKING:
    from tests.site.board import Board, Item
    from tests.site.exchange import Exchange

SIZE = 20  # rows of a page
JSON = "application/json; charset=utf-8"
TEXT = """
const text = (s) => { const d = document.createElement('div'); d.textContent = s; return d.innerHTML }
const yuan = (fen) => (fen / 100) + '元'
const when = (s) => new Date((s + 8 * 3600) * 1000).toISOString().slice(0, 16).replace('T', ' ')
const get = (url) => fetch(url).then((answer) => answer.json())
"""
LIST = (
    TEXT
    + """
let page = 0, busy = false, over = false
const rows = document.getElementById('rows')
async function load() {
  if (busy || over) return
  busy = true
  const {data} = await get('/app/api/items' + (location.search || '?') + '&page=' + ++page)
  for (const one of data.list)
    rows.insertAdjacentHTML('beforeend', `<div class="row" style="height:400px"><a class="title" href="/app/item/${one.id}">${text(one.title)}</a>
      <span class="price">${yuan(one.price_fen)}</span> <span class="replied">${when(one.replied_at)}</span></div>`)
  over = !data.has_more
  busy = false
  if (over && window.button) button.remove()
}
"""
)
SCROLL = (
    LIST
    + "new IntersectionObserver((seen) => seen[0].isIntersecting && load()).observe(document.getElementById('end'))"
)
MORE = LIST + "const button = document.getElementById('more'); button.onclick = load; load()"
ITEM = (
    TEXT
    + """
get('/app/api/item/' + location.pathname.split('/').pop()).then(({code, msg, data}) => {
  document.getElementById('app').innerHTML = code ? `<p class="notice">${text(msg)}</p>` :
    `<h1>${text(data.title)}</h1><p><span class="price">${yuan(data.price_fen)}</span>
    <span class="seller">${text(data.seller.name)}</span> <span class="contact">${text(data.phone)}</span>
    <time class="date">${when(data.created_at)}</time></p><div class="content">${data.description}</div>
    <img src="${data.images[0].url}">`
})
"""
)
HELD = (
    TEXT
    + """
const held = window.__INITIAL_STATE__ || JSON.parse(document.getElementById('__NEXT_DATA__').text)
const {code, msg, data} = held.props.pageProps
const app = document.getElementById('app')
"""
)
STATE = (
    HELD
    + """app.innerHTML = data.list.map((one) => `<div class="row"><a class="title" href="FOLDER${one.id}">${text(one.title)}</a>
  <span class="price">${yuan(one.price_fen)}</span> <span class="replied">${when(one.replied_at)}</span></div>`).join('')"""
)
STATE_ITEM = (
    HELD
    + "app.innerHTML = code ? text(msg) : `<h1>${text(data.title)}</h1><div class='content'>${data.description}</div>`"
)
ROW = "<div class=row><a class=title href=/app/item/1>第1号 闲置转让</a></div>"
HOSTILE = {
    "written": "<div id=rows></div><script>for(let i=9;i;i--)document.getElementById('rows').insertAdjacentHTML('beforeend',"
    "`<div class=row><a class=title href=/board/item/${i}>第${i}号 闲置转让</a> <b>10${i}元</b></div>`)</script>",
    "endless": ROW + "<script>onscroll=()=>{for(let i=0;i<20;i++)document.body.insertAdjacentHTML("
    "'beforeend','<p style=\"height:200px\">又一条</p>')};onscroll()</script>",
    "unsettled": ROW + "<p id=n></p><script>setInterval(()=>{document.body.append(new Text('.'));"
    "document.body.append(document.createElement('i'));fetch('/app/api/items')},50)</script>",
    "alert": "<script>setTimeout(()=>{while(true)alert('在吗')},50)</script>" + ROW,
    "one-alert": "<script>alert('欢迎');confirm('登录？');prompt('名字')</script>" + ROW,
    "away": ROW + "<script>setTimeout(()=>{location.href='http://elsewhere.example/page'},100)</script>",
    "away-later": ROW + "<button class=more onclick=\"location.href='/app/item/1'\">加载更多</button>",
    "third": ROW + "<img src=/picture.png><img src=http://elsewhere.example/p.png><link rel=stylesheet href=/app/s.css>"
    "<script src=http://elsewhere.example/s.js></script><iframe src=/app/framed></iframe>"
    "<script>fetch('http://elsewhere.example/api').catch(()=>document.body.append('拦下'));"
    "navigator.serviceWorker.register('/app/sw.js').catch(()=>document.body.append('无驻留'));"
    "fetch('/app/inner').catch(()=>document.body.append('内网不通'))</script>",
    "spin": ROW + "<script>while(true);</script>",
    "memory": ROW + "<script>let a=[];setInterval(()=>a.push(new Uint8Array(2e8).fill(7)),1)</script>",
    "big": ROW + "<script>document.body.insertAdjacentHTML('beforeend','<p>长</p>'.repeat(1e6))</script>",
    "popup": ROW + "<script>for(let i=0;i<5;i++)window.open('/app/item/1?'+i)</script>",
    "cookie": "<script>document.body.append('见过:'+document.cookie+localStorage.length);"
    "document.cookie='a=1';localStorage.a=1</script>" + ROW,
}
"""Path below ``/app/`` → a page without any data, or one that does to its browser what hostile and broken pages do."""
_ZONE = ZoneInfo("Asia/Shanghai")


def answer(x: Exchange, board: Board) -> None:
    """Answer a request below ``/app/``."""
    rest = x.path.removeprefix("/app/")
    if rest in HOSTILE:
        return x.send(pages.page(HOSTILE[rest], "敌意"))
    if rest == "inner":
        return x.redirect(x.word("to", "http://127.0.0.1:9/"))
    if rest.startswith("api/"):
        return _send_json(x, _items(x, board) if rest == "api/items" else _item(board, rest.rpartition("/")[2]))
    if rest in {"scroll", "more"}:
        return x.send(_shell(SCROLL if rest == "scroll" else MORE, LISTED))
    if rest.startswith("item/"):
        return x.send(_shell(ITEM, "<div id=app>正在加载…</div>"))
    return _state(x, board, rest)


LISTED = '<div id="rows"></div><p id="end">正在加载…</p><button id="more" class="more">加载更多</button>'


def _shell(script: str, inside: str) -> str:
    return pages.page(f"{inside}<script>{script}</script>", "闲置交易")


def _send_json(x: Exchange, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    callback = x.word("callback")
    x.send(f"/**/{callback}({text});" if callback else text, kind="text/javascript" if callback else JSON)


def _items(x: Exchange, board: Board) -> dict[str, Any]:
    found = board.items()
    size = x.whole("size", SIZE)
    start = int(re.sub(r"\D", "", x.word("cursor")) or x.whole("offset", (x.whole("page", 1) - 1) * size))
    shown, end = found[start : start + size], start + size
    more = end < len(found)
    data: dict[str, Any] = {"list": [_row(one) for one in shown], "total": len(found), "has_more": more}
    data |= {"pages": -(-len(found) // size), "cursor": f"c{end}" if more else None}
    data["next"] = f"/app/api/items?size={size}&offset={end}" if more else ""
    return {"code": 0, "msg": "ok", "data": data}


def _item(board: Board, number: str) -> dict[str, Any]:
    found = {str(one.id): one for one in board.items()}.get(number)
    if found is None:
        return {"code": 404, "msg": "信息不存在或已被删除", "data": None}
    lines = "<br>".join(escape(line) for line in found.body.split("\n"))
    facts = {"description": lines, "phone": found.contact, "seller": {"name": found.seller}}
    facts |= {"images": [{"url": found.image}], "created_at": _seconds(found.date)}
    return {"code": 0, "msg": "ok", "data": _row(found) | facts}


def _row(item: Item) -> dict[str, Any]:
    fen = int(float(re.sub(r"[^\d.]", "", item.price) or 0) * 100)
    return {"id": item.id, "title": item.title, "price_fen": fen, "replied_at": _seconds(item.replied)}


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=_ZONE).timestamp())


def _state(x: Exchange, board: Board, rest: str) -> None:
    """Pages that hold their data in a script: ``state/next`` and ``state/variable``, items below each."""
    kind, _, inner = rest.removeprefix("state/").partition("/")
    if not rest.startswith("state/") or kind not in {"next", "variable"}:
        return x.send("no", 404)
    document = _item(board, inner.rpartition("/")[2]) if inner else _items(x, board)
    text = json.dumps({"props": {"pageProps": document}}, ensure_ascii=False).replace("</", "<\\/")
    script = f'<script id="__NEXT_DATA__" type="application/json">{text}</script>'
    if kind == "variable":
        script = f'<script>window.__INITIAL_STATE__ = {text[:-1]},"user":undefined}};window.x=1</script>'
    script += f"<script>{STATE if not inner else STATE_ITEM}</script>".replace("FOLDER", f"/app/state/{kind}/item/")
    return x.send(pages.page(f"<div id=app>正在加载…</div>{script}", "闲置交易"))
