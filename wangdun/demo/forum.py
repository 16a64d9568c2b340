"""The demo forum: 青溪论坛, in the markup of Discuz! X3.4."""

from __future__ import annotations

import re
import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from wangdun.demo import answers
from wangdun.demo.answers import Answer, Request
from wangdun.demo.catalogue import Board, DemoListing, load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ZONE = ZoneInfo("Asia/Shanghai")
PAGE_ROWS = 20  # Discuz default: threads on a list page
PAGE_POSTS = 10  # Discuz default: posts on a thread page
_MEMBERS_BOARD = 44  # a board that guests may not enter
_NAMES = (
    "路过的风",
    "青溪小龙",
    "半夏",
    "老街坊",
    "海阔天空",
    "不吃香菜",
    "石桥人",
    "晨跑大叔",
    "水边人家",
    "夏天的云",
    "小满",
    "阿杰",
)
_REWRITTEN = re.compile(r"/(forum|thread)-(\d{1,9})-(\d{1,4})(?:-\d{1,4})?\.html")
_DISPLAY_WINDOW = timedelta(days=7)  # Discuz shows younger dates relative to now


@dataclass(frozen=True, slots=True)
class Post:
    """One post of a thread, as the template shows it."""

    pid: int
    floor: int
    author: str
    lines: tuple[str, ...]
    date: Markup


def day(moment: datetime) -> str:
    """``2026-3-5``: Discuz writes month and day without zeros."""
    return f"{moment.year}-{moment.month}-{moment.day}"


def shown_date(moment: datetime, now: datetime, *, seconds: bool = False) -> Markup:
    """A date as Discuz shows it: relative for a week, the full date in the title."""
    local, today = moment.astimezone(ZONE), now.astimezone(ZONE)
    full = f"{day(local)} {local:%H:%M:%S}"
    if today - local >= _DISPLAY_WINDOW:
        return Markup("{}").format(full if seconds else day(local))
    return Markup('<span title="{}">{}</span>').format(full, _relative(local, today))


def _relative(local: datetime, today: datetime) -> Markup:
    passed = today - local
    days = (today.date() - local.date()).days
    if passed < timedelta(hours=1):
        return Markup("{}&nbsp;分钟前").format(max(1, passed.seconds // 60))
    if days == 0:
        return Markup("{}&nbsp;小时前").format(passed.seconds // 3600)
    if days in {1, 2}:
        return Markup("{}&nbsp;{}").format("昨天" if days == 1 else "前天", f"{local:%H:%M}")
    return Markup("{}&nbsp;天前").format(passed.days)


def noise() -> str:
    """A few random characters, new on each load: what anti-copy plug-ins mix into posts."""
    letters = "abcdefghkmnpqrstuvwxyz0123456789&^%$!~* "
    return "".join(secrets.choice(letters) for _ in range(8 + secrets.randbelow(12)))


def stable_number(text: str, below: int) -> int:
    """A number that looks random and is the same on every load."""
    return zlib.crc32(text.encode()) % below


class Forum:
    """Answers for every address of the forum."""

    def __init__(self, started: datetime, clock: Callable[[], datetime]) -> None:
        self._started = started
        self._clock = clock
        self._data = load()
        self._templates = answers.environment("forum")
        self._templates.globals |= {"noise": noise, "number": stable_number}
        self._boards = {board.id: board for board in self._data.forum_boards}

    @property
    def starts(self) -> tuple[str, ...]:
        """Paths of the list pages to crawl, one a board."""
        return tuple(f"/forum.php?mod=forumdisplay&fid={number}" for number in self._boards)

    def answer(self, request: Request) -> Answer:
        """The page, picture or error for one request."""
        if request.path == "/robots.txt":
            return answers.plain(answers.ROBOTS)
        if request.path.endswith((".png", ".gif", ".css")):
            return self._file(request)
        if found := _REWRITTEN.fullmatch(request.path):
            return self._rewritten(request, found)
        if request.path in {"/", "/forum.php"}:
            return self._forum_php(request)
        if request.path in {"/member.php", "/home.php", "/misc.php"}:
            return self._message(request, "抱歉，您需要登录后才能继续本操作")
        return self._message(request, "抱歉，您访问的页面不存在", status=404)

    def _file(self, request: Request) -> Answer:
        name = request.path.rpartition("/")[2]
        if name.endswith(".css"):
            return answers.stylesheet("forum")
        if name.endswith(".gif"):
            return Answer(answers.BLANK_GIF, content_type="image/gif")
        return answers.picture(name) or self._message(request, "抱歉，您访问的页面不存在", status=404)

    def _rewritten(self, request: Request, found: re.Match[str]) -> Answer:
        kind, number, page = found[1], int(found[2]), int(found[3])
        return self._board(request, number, page) if kind == "forum" else self._thread(request, number, page)

    def _forum_php(self, request: Request) -> Answer:
        page = _whole(request.query.get("page")) or 1
        match request.query.get("mod", ""):
            case "":
                return self._index(request)
            case "forumdisplay":
                return self._board(request, _whole(request.query.get("fid")), page)
            case "viewthread":
                return self._thread(request, _whole(request.query.get("tid")), page)
            case "post" | "ajax" | "redirect" | "misc":
                return self._message(request, "抱歉，您需要登录后才能继续本操作")
            case _:
                return self._message(request, "抱歉，未定义的操作")

    def _index(self, request: Request) -> Answer:
        groups: dict[str, list[dict[str, Any]]] = {}
        for board in self._boards.values():
            threads = self._threads(board)
            row = {"board": board, "count": len(threads), "newest": self._row(threads[0])}
            groups.setdefault(board.group, []).append(row)
        return self._render(request, "index.html", groups=groups)

    def _threads(self, board: Board) -> list[DemoListing]:
        return sorted(self._data.of_board(board.id), key=self._last_reply, reverse=True)

    def _posted(self, listing: DemoListing) -> datetime:
        return self._started - timedelta(hours=listing.age)

    def _last_reply(self, listing: DemoListing) -> datetime:
        return self._reply_time(listing, len(listing.replies))

    def _reply_time(self, listing: DemoListing, number: int) -> datetime:
        """Replies are spread evenly between the posting and the start of the demo."""
        share = number / (len(listing.replies) + 1)
        return self._posted(listing) + timedelta(hours=listing.age) * share

    def _board(self, request: Request, number: int, page: int) -> Answer:
        if number == _MEMBERS_BOARD:
            return self._message(request, "抱歉，您需要登录后才能访问本版块")
        if number not in self._boards:
            return self._message(request, "抱歉，指定的版块不存在")
        threads = self._threads(self._boards[number])
        pinned = [self._row(row) for row in threads if row.pinned]
        normal = [row for row in threads if not row.pinned]
        pages = _page_count(normal, PAGE_ROWS)
        page = min(page, pages)
        rows = [self._row(row) for row in normal[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]]
        names: dict[str, Any] = {"board": self._boards[number], "page": page, "pages": pages, "total": len(threads)}
        return self._render(request, "forumdisplay.html", pinned=pinned, rows=rows, **names)

    def _row(self, listing: DemoListing) -> dict[str, Any]:
        now = self._clock()
        last = listing.replies and _NAMES[stable_number(listing.replies[-1], len(_NAMES))]
        return {
            "listing": listing,
            "posted": shown_date(self._posted(listing), now),
            "replied": shown_date(self._last_reply(listing), now),
            "last": last or listing.seller,
            "pages": _page_count((*listing.replies, listing.title), PAGE_POSTS),
        }

    def _thread(self, request: Request, number: int, page: int) -> Answer:
        listing = self._data.find("forum", number)
        if listing is None or not isinstance(listing.board, int):
            return self._message(request, "抱歉，指定的主题不存在或已被删除或正在被审核")
        posts = self._posts(listing)
        pages = _page_count(posts, PAGE_POSTS)
        page = min(page, pages)
        shown = posts[(page - 1) * PAGE_POSTS : page * PAGE_POSTS]
        board = self._boards[listing.board]
        return self._render(request, "viewthread.html", t=listing, board=board, posts=shown, page=page, pages=pages)

    def _posts(self, listing: DemoListing) -> list[Post]:
        goods = self._boards[int(listing.board)].kind == "goods"
        opening = ("欢迎光临本柜台，商品详情请看下方，支持同城自提。",) if goods else listing.lines
        texts = [(listing.seller, opening)]
        if goods:  # Discuz keeps the text of the goods in a post of its own
            texts.append((listing.seller, listing.lines))
        texts += [(_NAMES[stable_number(text, len(_NAMES))], (text,)) for text in listing.replies]
        later = len(texts) - len(listing.replies) - 1
        return [
            Post(listing.id * 100 + floor, floor + 1, author, lines, self._post_date(listing, max(0, floor - later)))
            for floor, (author, lines) in enumerate(texts)
        ]

    def _post_date(self, listing: DemoListing, number: int) -> Markup:
        return shown_date(self._reply_time(listing, number), self._clock(), seconds=True)

    def _message(self, request: Request, text: str, status: int = 200) -> Answer:
        """Discuz answers 200 for almost every refusal."""
        return self._render(request, "message.html", status=status, text=text)

    def _render(self, request: Request, template: str, status: int = 200, **names: Any) -> Answer:
        names |= {"origin": request.origin, "boards": self._data.forum_boards}
        return Answer(self._templates.get_template(template).render(**names).encode(), status=status)


def _page_count(rows: Sequence[object], size: int) -> int:
    return max(1, -(-len(rows) // size))


def _whole(text: str | None) -> int:
    """A page or thread number from an address; 0 when it is none."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else 0
