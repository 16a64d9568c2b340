"""A plain forum board whose every property a test can change while it is being crawled."""

from __future__ import annotations

import gzip
import hashlib
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.site import failures, pages
from tests.site.exchange import HTML

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.site.exchange import Exchange

PAGE_ROWS = 20
_FIRST = datetime(2026, 10, 1, 8, 0)  # noqa: DTZ001 -- pages show local time without a zone


@dataclass(frozen=True)
class Item:
    """One item of the board."""

    id: int
    title: str
    body: str
    price: str
    seller: str
    contact: str
    date: str
    replied: str
    image: str = "/picture.png"
    delay: float = 0
    """Seconds its page takes, on top of the board's own delay."""


def make_item(number: int, **given: Any) -> Item:
    """An item with generated facts, replaced by those given."""
    date = (_FIRST + timedelta(hours=number)).strftime("%Y-%m-%d %H:%M")
    made = Item(
        id=number,
        title=f"第{number}号 闲置转让",
        body=f"编号{number}的闲置物品，功能正常，城南自提。\n有意请联系，非诚勿扰。",
        price=f"{100 + number}元",
        seller=f"卖家{number % 7}",
        contact=f"1380000{number:04d}",
        date=date,
        replied=date,
    )
    return replace(made, **given)


@dataclass
class State:
    """All that a test may set."""

    items: dict[int, Item] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    gone_as: str = "404"
    delay: dict[str, float] = field(default_factory=dict)
    fail: dict[str, Any] = field(default_factory=dict)
    sort: str = "newest"
    wall: str | None = None
    empty: bool = False
    shift: bool = False
    robots: str = "none"
    files: dict[str, Any] = field(default_factory=dict)
    head: str = ""
    etag: str = ""


class Board:
    """Serves ``/board/`` (plain) and ``/board304/`` (with ETag and 304) from one state."""

    def __init__(self) -> None:
        self._state = State()
        self._lock = threading.RLock()

    @property
    def robots(self) -> str:
        return self._state.robots

    def control(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out an order, in the order of its keys.

        Raises:
            KeyError: an unknown key; nothing after it is done.
        """
        with self._lock:
            for name, value in order.items():
                self._orders[name](value)
            return {"ids": sorted(self._state.items)}

    @property
    def _orders(self) -> dict[str, Callable[[Any], None]]:
        plain = ("gone_as", "delay", "sort", "wall", "empty", "shift", "robots", "files", "head", "etag")
        setters = {name: self._setter(name) for name in plain}
        deeds = {"reset": self._reset, "fill": self._fill, "add": self._add, "edit": self._edit}
        return {**setters, **deeds, "delete": self._delete, "fail": self._fail}

    def _setter(self, name: str) -> Callable[[Any], None]:
        return lambda value: setattr(self._state, name, value)

    def _reset(self, _: Any) -> None:
        self._state = State()
        failures.forget()

    def _fill(self, count: int) -> None:
        self._state.items |= {number: make_item(number) for number in range(1, count + 1)}

    def _add(self, items: list[dict[str, Any]]) -> None:
        for given in items:
            number = given.get("id") or max(self._state.items, default=0) + 1
            self._state.items[number] = make_item(number, **{**given, "id": number})
            self._state.deleted.discard(number)

    def _edit(self, changes: dict[str, dict[str, Any]]) -> None:
        for number, change in changes.items():
            self._state.items[int(number)] = replace(self._state.items[int(number)], **change)

    def _delete(self, numbers: list[int]) -> None:
        for number in numbers:
            del self._state.items[number]
            self._state.deleted.add(number)

    def _fail(self, changes: dict[str, Any]) -> None:
        for page, how in changes.items():
            self._state.fail[page] = {"how": how} if not isinstance(how, dict) else dict(how)

    def send_file(self, x: Exchange) -> bool:
        """Answer with a file that a test has put there, sitemaps and the like; False when there is none."""
        text = self._state.files.get(x.path)
        if text is None:
            return False
        if x.path.endswith(".gz"):
            x.send(gzip.compress(text.encode()), kind="application/gzip")
        elif x.path == "/robots.txt":
            x.send(text, kind="text/plain")
        else:
            _send_conditionally(x, text, kind="application/xml")
        return True

    def answer(self, x: Exchange) -> None:
        """Answer a request below ``/board/`` or ``/board304/``."""
        _, prefix, rest = x.path.split("/", 2)
        is_list = rest == ""
        page = f"list:{x.whole('page', 1)}" if is_list else rest.removeprefix("item/")
        time.sleep(self._delay("list" if is_list else "item", page))
        if how := self._failure(page):
            return _fail_as(x, how)
        if self._state.wall:
            return _fail_as(x, self._state.wall)
        text = self._list(x.whole("page", 1), f"/{prefix}/") if is_list else self._item(x, page)
        if text is None:
            return None
        return _send_conditionally(x, text, self._state.etag) if prefix == "board304" else x.send(text)

    def _delay(self, kind: str, page: str) -> float:
        item = self._state.items.get(int(page)) if page.isdigit() else None
        return float(self._state.delay.get(kind, 0)) + (item.delay if item else 0)

    def _failure(self, page: str) -> Any:
        with self._lock:
            plan = self._state.fail.get(page)
            if plan is None or plan["how"] is None or plan.get("times") == 0:
                return None
            if "times" in plan:
                plan["times"] -= 1
            return plan["how"]

    def _list(self, page: int, base: str) -> str:
        with self._lock:
            items = self._sorted()
            if self._state.shift and items:
                self._bump(items[-1])
        shown = items[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
        rows = [pages.row(f"{base}item/{one.id}", one.title, one.price, one.replied) for one in shown]
        following = f"{base}?page={page + 1}" if page * PAGE_ROWS < len(items) else ""
        return pages.list_page(rows, following, f"闲置交易 第{page}页").replace(
            "</head>", f"{self._state.head}</head>", 1
        )

    def items(self) -> list[Item]:
        """As a list shows them, from the first page to the last."""
        with self._lock:
            return self._sorted()

    def _sorted(self) -> list[Item]:
        if self._state.empty:
            return []
        by_reply = self._state.sort == "replied"
        return sorted(self._state.items.values(), key=lambda one: (by_reply and one.replied, one.id), reverse=True)

    def _bump(self, item: Item) -> None:
        """Somebody replies to the last item: it moves to the top and every page shifts."""
        newest = max(one.replied for one in self._state.items.values())
        moment = datetime.strptime(newest, "%Y-%m-%d %H:%M") + timedelta(minutes=1)  # noqa: DTZ007
        self._state.items[item.id] = replace(item, replied=moment.strftime("%Y-%m-%d %H:%M"))

    def _item(self, x: Exchange, page: str) -> str | None:
        item = self._state.items.get(int(page)) if page.isdigit() else None
        if item is None:
            _fail_as(x, self._state.gone_as)
            return None
        facts = {name: getattr(item, name) for name in ("price", "seller", "contact", "date", "image")}
        return pages.page(pages.item(item.title, item.body, **facts), item.title)


def _fail_as(x: Exchange, how: Any) -> None:
    """Answer with a status number, or in the way of a failure path (``reset``, ``login``, ``truncated``…)."""
    names = {"login": "/login-wall", "soft": "/soft404", "home": "/missing-home"}
    if str(how).isdigit():
        return failures.error(int(how))(x)
    return failures.ROUTES[names.get(how, f"/{how}")](x)


def _send_conditionally(x: Exchange, text: str, etag: str = "", kind: str = HTML) -> None:
    """`etag` is one that stays the same whatever is sent, as some servers have it."""
    etag = f'"{etag or hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]}"'
    if x.header("If-None-Match") == etag:
        return x.begin(304, headers={"ETag": etag})
    return x.send(text, kind=kind, headers={"ETag": etag})
